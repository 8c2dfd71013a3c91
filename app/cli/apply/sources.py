"""The templates that files describe, as they shall be stored."""

from collections.abc import Iterable, Iterator
from os.path import realpath
from pathlib import Path
from typing import Any

from msgspec import Struct

from app.domain.characters import escaped
from app.domain.errors import Invalid, UserError
from app.domain.launch.cluster import USUAL, LaunchCluster
from app.domain.model_template import CreateModelTemplate
from app.domain.validation.template_size import size_violations
from app.transfer import wire
from app.transfer.files import FileMessage, check_file, template_files
from app.transfer.record import ACCOUNT_ID, EXTRA_KEYS, REQUEST_ID

OWNER_LABEL = "model-templates/managed-by"
"""The label of every template that `apply` writes. Its value tells which set of files it is from,
so that `--prune` leaves alone what others have made."""

STANDARD_INPUT = "-"
NO_ACCOUNT = "account_id: is required in the file, or give --account [REQUIRED]"
NO_TEMPLATES = "contains no template; so that a wrong path archives nothing, this is an error"

Key = tuple[str, str]
"""An account and a name, which is unique in it."""


class Source(Struct, frozen=True, kw_only=True):
    """A template that a file describes: the command that would create it, completed with defaults
    and the label. `position` counts the templates of the file from 1."""

    file: Path
    position: int
    command: CreateModelTemplate

    @property
    def key(self) -> Key:
        return self.command.account_id, self.command.name


class Files(Struct):
    """The contents of files: templates, and errors and warnings."""

    sources: list[Source] = []
    messages: list[FileMessage] = []

    @property
    def errors(self) -> list[FileMessage]:
        return [message for message in self.messages if not message.is_warning]

    @property
    def warnings(self) -> list[FileMessage]:
        return [message for message in self.messages if message.is_warning]


def read_files(
    paths: Iterable[str],
    *,
    account: str | None,
    owner: str,
    max_bytes: int,
    cluster: LaunchCluster = USUAL,
) -> Files:
    """The templates of files, directories and standard input (`-`). With `account`, files need not
    name theirs, and must not name another. `owner` is the value of OWNER_LABEL."""
    reader = _Reader(account, owner, max_bytes, cluster)
    for path in paths:
        files = template_files(Path(path))
        if not files:
            reader.report(Path(path), NO_TEMPLATES)
        for file in files:
            reader.read(file)
    return reader.found


class _Reader:
    """Reads one file after the other, each once, and each template once."""

    def __init__(
        self, account: str | None, owner: str, max_bytes: int, cluster: LaunchCluster
    ) -> None:
        self.found = Files()
        self._account = account
        self._owner = owner
        self._max_bytes = max_bytes
        self._cluster = cluster
        self._files = set[str]()
        self._keys: dict[Key, Path] = {}

    def report(self, file: Path, text: str) -> None:
        self.found.messages.append(FileMessage(file=file, text=text))

    def read(self, file: Path) -> None:
        """Read a file."""
        if (real := realpath(file)) in self._files:
            return
        self._files.add(real)
        raws: list[Any] = []
        messages = [*check_file(file, self._max_bytes, self._cluster, keep=raws.append)]
        self.found.messages += messages
        if all(message.is_warning for message in messages):
            for position, raw in enumerate(raws, 1):
                where = "" if len(raws) == 1 else f"document {position}: "
                for text in self._add(raw, file, position):
                    self.report(file, escaped(f"{where}{text}"))

    def _add(self, raw: dict[str, Any], file: Path, position: int) -> Iterator[str]:
        """Adds a valid template in wire form to the sources, or yields why it cannot be applied."""
        account = raw.get(ACCOUNT_ID) or self._account
        if account is None:
            yield NO_ACCOUNT
            return
        if self._account not in (None, account):
            yield f"{ACCOUNT_ID}: is {account}, but --account is {self._account} [INCONSISTENT]"
            return
        if (raw.get("labels") or {}).get(OWNER_LABEL, self._owner) != self._owner:
            yield f"labels.{OWNER_LABEL}: must be the --owner, {self._owner} [INCONSISTENT]"
            return
        try:
            command = self._command(raw, account)
        except Invalid as invalid:
            yield from map(_with_label, invalid.errors)
            return
        source = Source(file=file, position=position, command=command)
        if source.key in self._keys:
            first = self._keys[source.key]
            yield f"name: {account} has the template {command.name} already, in {first} [DUPLICATE]"
            return
        self._keys[source.key] = file
        self.found.sources.append(source)

    def _command(self, raw: dict[str, Any], account: str) -> CreateModelTemplate:
        """The command that creates the template with the label. Raises Invalid."""
        own = {name: raw[name] for name in raw if name not in EXTRA_KEYS | {REQUEST_ID}}
        labels = {**(raw.get("labels") or {}), OWNER_LABEL: self._owner}
        command = wire.read({**own, ACCOUNT_ID: account, "labels": labels})
        if errors := size_violations(command, self._max_bytes):
            raise Invalid(errors)
        return command.completed()


def _with_label(error: UserError) -> str:
    where = ".".join(error.path) or "(all)"
    code = error.code.name
    return (
        f"{where}: {error.message} [{code}] This includes the label {OWNER_LABEL}, which is added."
    )
