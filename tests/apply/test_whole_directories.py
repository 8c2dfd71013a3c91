"""A file that cannot be read is an error, so that --prune does not take its template for gone."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from app.storage.driver import Database
from tests.apply.applied import Repository
from tests.privileges import ordinary_user


def messages(repository: Repository) -> list[str]:
    found = repository.read()
    return [str(each).replace(f"{repository.directory}/", "") for each in found.errors]


def test_links_that_lead_nowhere_are_errors(repository: Repository) -> None:
    repository.write(there={})
    (repository.directory / "gone.yaml").symlink_to("elsewhere.yaml")
    (repository.directory / "round.yaml").symlink_to("round.yaml")
    (repository.directory / "up").symlink_to(".")

    assert messages(repository) == [
        "gone.yaml: cannot be read: No such file or directory",
        "round.yaml: cannot be read: Too many levels of symbolic links",
    ]


def test_links_to_files_are_read_once(repository: Repository) -> None:
    # As Kubernetes mounts a config map.
    data = repository.directory / "..2026"
    data.mkdir()
    repository.write(one={})
    (repository.directory / "one.json").rename(data / "one.json")
    (repository.directory / "..data").symlink_to("..2026")
    (repository.directory / "one.json").symlink_to("..data/one.json")

    assert messages(repository) == []
    assert [source.command.name for source in repository.read().sources] == ["one"]


def test_a_directory_that_cannot_be_read_is_an_error(mongomock: Database) -> None:
    # Not in pytest's own directory, which only its owner can enter.
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        repository = Repository(Path(directory), mongomock)
        repository.write(there={})
        closed = repository.directory / "closed"
        closed.mkdir(mode=0)
        try:
            with ordinary_user():
                assert messages(repository) == ["closed: cannot be read: Permission denied"]
        finally:
            closed.chmod(0o700)


def test_a_pipe_is_no_file(repository: Repository, tmp_path: Path) -> None:
    repository.write(there={})
    os.mkfifo(repository.directory / "pipe.yaml")

    assert messages(repository) == []
