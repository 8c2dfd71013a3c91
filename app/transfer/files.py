"""Validation of template files, such as teams keep in git: SGP's wire form, as JSON or YAML."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from msgspec import Struct

from app.domain.characters import escaped
from app.domain.errors import Invalid, UserError
from app.domain.launch.checks import warnings
from app.domain.launch.cluster import USUAL, LaunchCluster
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES, size_violations
from app.transfer import record, wire
from app.transfer.file_documents import Document
from app.transfer.file_forms import SUFFIXES, templates_in
from app.transfer.wrong_forms import UnreadableFile

STANDARD_INPUT = Path("-")
NO_TEMPLATE = "contains no template"


class FileMessage(Struct, frozen=True, kw_only=True):
    """An error or a warning about a file, or about what is on one of its lines."""

    file: Path
    text: str
    line: int | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}"
        return f"{escaped(str(self.file))}{line}: {self.text}"


def template_files(path: Path) -> list[Path]:
    """The path itself if it is a file; all JSON, NDJSON and YAML files below it if it is a
    directory. Links to files count, even if they lead nowhere, and so do directories that cannot be
    read: reading them is an error, so that nobody takes their templates for deleted. Links to
    directories are not followed."""
    if not path.is_dir():
        return [path]
    found, unreadable = list[Path](), list[Path]()
    for directory, _, names in os.walk(
        path, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        files = (Path(directory, name) for name in names)
        found += (file for file in files if file.suffix.lower() in SUFFIXES and _is_file(file))
    return sorted(found + unreadable)


def _is_file(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except OSError:
        return True  # Whoever reads it gets the reason.


def _drop(_: Any) -> None:
    """Callers that only check a file need not keep its templates."""


def check_file(
    file: Path,
    max_bytes: int = MAX_TEMPLATE_BYTES,
    cluster: LaunchCluster = USUAL,
    *,
    keep: Callable[[Any], None] = _drop,
) -> Iterator[FileMessage]:
    """The errors and warnings of a file, whose templates have at most `max_bytes` each (see
    `template_size`). `keep` is called with each template, in wire form."""
    is_empty = True
    try:
        is_input = file == STANDARD_INPUT
        with nullcontext(sys.stdin.buffer) if is_input else file.open("rb") as stream:
            for document in templates_in(stream, str(file), lambda _: None):
                is_empty = False
                if document.unreadable is None:
                    keep(document.value)
                errors, is_warning = _errors(document, max_bytes, cluster)
                for line, text in document.reports(errors):
                    yield FileMessage(file=file, line=line, text=text, is_warning=is_warning)
    except (OSError, UnreadableFile) as error:
        yield FileMessage(file=file, text=f"cannot be read: {escaped(_reason(error))}")
        return
    if is_empty:
        yield FileMessage(file=file, text=NO_TEMPLATE)


def check_path(
    path: Path, max_bytes: int = MAX_TEMPLATE_BYTES, cluster: LaunchCluster = USUAL
) -> Iterator[FileMessage]:
    """The errors and warnings of a file, or of all files below a directory; a directory without any
    is an error, as a file without templates is."""
    files = template_files(path)
    if not files:
        yield FileMessage(file=path, text=NO_TEMPLATE)
    for file in files:
        yield from check_file(file, max_bytes, cluster)


def _reason(error: OSError | UnreadableFile) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)


def _errors(
    document: Document, max_bytes: int, cluster: LaunchCluster
) -> tuple[Sequence[UserError], bool]:
    """The errors of a template, or else its warnings and True."""
    errors, raw = document.errors(), document.value
    if document.unreadable is not None:
        return errors, False
    # A file need not name its account.
    owned = {"account_id": "any", **raw} if isinstance(raw, dict) else raw
    try:
        command = wire.read(record.without_extra_keys(owned))
        errors += size_violations(command, max_bytes)
    except Invalid as invalid:
        errors += invalid.errors
    return (errors, False) if errors else (warnings(command.completed(), cluster), True)
