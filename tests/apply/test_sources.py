"""The templates of files, with accounts and the owner's label, or why they cannot be applied."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.apply.sources import OWNER_LABEL
from app.transfer import record
from tests.apply.applied import Repository
from tests.builders import a_record, a_wire_template

UNOWNED = {name: value for name, value in a_wire_template().items() if name != "account_id"}


def said(repository: Repository, *paths: str, **options: Any) -> list[str]:
    """The messages about files, with paths below the directory."""
    messages = repository.read(*paths, **options).messages
    return [str(message).replace(f"{repository.directory}/", "") for message in messages]


def test_a_file_need_not_name_the_account(repository: Repository) -> None:
    repository.write_yaml("a.yaml", UNOWNED)
    repository.write_yaml("b.yml", {**UNOWNED, "name": "b", "account_id": "a1"})

    found = repository.read(account="a1")

    assert found.messages == []
    assert [source.key for source in found.sources] == [("a1", "echo"), ("a1", "b")]
    assert said(repository) == [
        "a.yaml: account_id: is required in the file, or give --account [REQUIRED]"
    ]
    assert said(repository, account="a2") == [
        "b.yml: account_id: is a1, but --account is a2 [INCONSISTENT]"
    ]


def test_two_templates_of_one_name_are_an_error(repository: Repository) -> None:
    repository.write_yaml("a.yaml", a_wire_template(), a_wire_template(account_id="a2"))
    repository.write_yaml("b.yaml", a_wire_template(name="other"), a_wire_template())

    assert said(repository) == [
        "b.yaml: document 2: name: a1 has the template echo already, in a.yaml [DUPLICATE]"
    ]


def test_a_file_that_is_given_twice_is_read_once(repository: Repository) -> None:
    repository.write(echo={})
    directory, file = str(repository.directory), str(repository.directory / "echo.json")

    found = repository.read(file, directory, file)

    assert (len(found.sources), found.messages) == (1, [])


def test_every_violation_of_every_file_is_reported(repository: Repository) -> None:
    repository.write(good={}, bad={"model_type": "SOUND"})
    (repository.directory / "none.yaml").write_text("# Nothing yet.\n")
    (repository.directory / "worse.json").write_text("{")
    (repository.directory / "empty").mkdir()

    first, *rest = said(repository)
    assert first.startswith("bad.json:1: model_type: model_type must be one of ")
    assert rest[0] == "none.yaml: contains no template"
    assert rest[1].startswith("worse.json: cannot be read: ")
    assert len(rest) == 2
    assert said(repository, str(repository.directory / "empty")) == [
        "empty: contains no template; so that a wrong path archives nothing, this is an error"
    ]


def test_warnings_are_no_errors(repository: Repository) -> None:
    repository.write(echo={"vendor_configuration": {"bundle_config": {"env": {"HF_TOKEN": "x"}}}})

    found = repository.read()

    assert found.errors == []
    (warning,) = found.warnings
    assert "HF_TOKEN looks like a secret" in warning.text
    assert len(found.sources) == 1


def test_the_owner_is_a_label(repository: Repository) -> None:
    repository.write(
        mine={"labels": {"team": "ml"}}, again={"labels": {OWNER_LABEL: "search"}}, bare={}
    )

    sources = repository.read(owner="search").sources

    assert [(source.command.name, source.command.labels) for source in sources] == [
        ("again", {OWNER_LABEL: "search"}),
        ("bare", {OWNER_LABEL: "search"}),
        ("mine", {"team": "ml", OWNER_LABEL: "search"}),
    ]
    assert said(repository, owner="ranking") == [
        f"again.json: labels.{OWNER_LABEL}: must be the --owner, ranking [INCONSISTENT]"
    ]


def test_the_label_counts(repository: Repository) -> None:
    labels = {f"l{number}": "" for number in range(64)}
    repository.write(echo={"labels": labels})

    assert said(repository) == [
        "echo.json: labels: labels must have at most 64 entries. [OUT_OF_RANGE] This includes the "
        f"label {OWNER_LABEL}, which is added."
    ]


def test_what_the_server_sets_is_ignored(repository: Repository) -> None:
    """So are the keys of an export and the requestId of a create."""
    exported = record.write(a_record("Earlier.", "Now.")).decode()
    values = json.loads(exported)
    del values["revisions"]
    repository.write_yaml("a.yaml", {**values, "request_id": "r", "archived_at": None})

    (source,) = repository.read().sources

    assert (source.command.request_id, source.command.description) == (None, "Now.")


@pytest.mark.parametrize("text", [json.dumps(UNOWNED), "name: [", "", "--- {}\n--- {}\n"])
def test_standard_input_is_a_file_of_either_format(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    found = repository.read("-", account="a1")

    assert len(found.sources) == text.startswith("{")
    assert bool(found.errors) is not text.startswith("{")
    assert {message.file for message in found.messages} <= {Path("-")}
