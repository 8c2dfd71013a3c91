"""Validation of template files, such as teams keep in git: SGP's wire form, as JSON or YAML."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from app.domain.characters import escaped
from app.domain.errors import Invalid
from app.domain.launch.checks import warnings
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES, size_violations
from app.transfer import wire
from app.transfer.yaml_loader import yaml_documents

YAML_SUFFIXES = (".yaml", ".yml")
SUFFIXES = (".json", *YAML_SUFFIXES)
MAX_CHARACTERS = 16_000_000
"""The limit of a YAML document with its aliases expanded, as JSON; templates are far smaller."""


class FileMessage(Struct, frozen=True, kw_only=True):
    """An error or a warning about a file."""

    file: Path
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{escaped(str(self.file))}: {self.text}"


def template_files(path: Path) -> list[Path]:
    """The path itself if it is a file; all JSON and YAML files below it if it is a directory."""
    if not path.is_dir():
        return [path]
    return sorted(
        file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
    )


def _drop(_: Any) -> None:
    """Callers that only check a file need not keep its templates."""


def check_file(
    file: Path, max_bytes: int = MAX_TEMPLATE_BYTES, keep: Callable[[Any], None] = _drop
) -> Iterator[FileMessage]:
    """The errors and warnings of a file: one template, or several YAML documents, each of at most
    `max_bytes` (see `template_size`). `keep` is called with each template, in wire form."""
    try:
        templates = _parsed(file)
    except (OSError, ValueError, RecursionError) as error:
        yield FileMessage(file=file, text=f"cannot be read: {escaped(_reason(error))}")
        return
    if not templates:
        yield FileMessage(file=file, text="contains no template")
    for position, raw in enumerate(templates):
        keep(raw)
        where = "" if len(templates) == 1 else f"document {position + 1}: "
        for text, is_warning in _messages(raw, max_bytes):
            yield FileMessage(file=file, text=where + text, is_warning=is_warning)


def _parsed(file: Path) -> list[Any]:
    text = file.read_text(encoding="utf-8")
    if file.suffix.lower() in YAML_SUFFIXES:
        # A document with only comments is loaded as None.
        return [_bounded(loaded) for loaded in yaml_documents(text) if loaded is not None]
    return [json.loads(text)]


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"line {line:,}: is not UTF-8 text"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return " ".join(str(error).split())


def _bounded(document: Any) -> Any:
    """The document, unless its aliases are circular or expand beyond MAX_CHARACTERS. Raises
    ValueError."""
    size = 0
    for part in json.JSONEncoder(skipkeys=True, default=str).iterencode(document):
        size += len(part)
        if size > MAX_CHARACTERS:
            raise ValueError(f"its aliases expand to over {MAX_CHARACTERS:,} characters")
    return document


def _messages(raw: Any, max_bytes: int) -> Iterator[tuple[str, bool]]:
    """Message texts; True for a warning."""
    # A file need not name its account.
    owned = {"account_id": "any", **raw} if isinstance(raw, dict) else raw
    try:
        command = wire.read(owned)
        if errors := size_violations(command, max_bytes):
            raise Invalid(errors)
    except Invalid as invalid:
        for error in invalid.errors:
            yield wire.line(owned, error), False
    else:
        for warning in warnings(command):
            yield wire.line(owned, warning), True
