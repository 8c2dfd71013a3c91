"""Templates in files, as teams keep them in git: SGP's wire form, JSON or YAML."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from app.domain.errors import Invalid
from app.domain.launch.checks import warnings
from app.transfer import wire

YAML_SUFFIXES = (".yaml", ".yml")
SUFFIXES = (".json", *YAML_SUFFIXES)
MAX_CHARACTERS = 16_000_000
"""As JSON: what no template comes near."""


class FileMessage(Struct, frozen=True, kw_only=True):
    """Something that is wrong in a file, or odd."""

    file: Path
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


def template_files(path: Path) -> list[Path]:
    """A file itself; of a directory, the files in it and its directories that hold templates."""
    if not path.is_dir():
        return [path]
    return sorted(
        file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
    )


def check_file(file: Path) -> Iterator[FileMessage]:
    """Everything wrong or odd in a file of one template, or of several YAML documents."""
    try:
        templates = _parsed(file)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        yield FileMessage(file=file, text=f"cannot be read: {reason}")
        return
    if not templates:
        yield FileMessage(file=file, text="holds no template")
    for position, raw in enumerate(templates):
        where = "" if len(templates) == 1 else f"document {position + 1}: "
        for text, is_warning in _found(raw):
            yield FileMessage(file=file, text=where + text, is_warning=is_warning)


def _parsed(file: Path) -> list[Any]:
    text = file.read_text(encoding="utf-8")
    if file.suffix.lower() in YAML_SUFFIXES:
        # Between separators there may be nothing but a comment.
        return [_bounded(found) for found in yaml.safe_load_all(text) if found is not None]
    return [json.loads(text)]


def _bounded(document: Any) -> Any:
    """A YAML document that ends: aliases can make it hold itself, or grow beyond measure. Raises
    ValueError."""
    size = 0
    for part in json.JSONEncoder(skipkeys=True, default=str).iterencode(document):
        size += len(part)
        if size > MAX_CHARACTERS:
            raise ValueError(f"it is over {MAX_CHARACTERS:,} characters with its aliases")
    return document


def _found(raw: Any) -> Iterator[tuple[str, bool]]:
    # A file may leave open whose template it is.
    owned = {"account_id": "any", **raw} if isinstance(raw, dict) else raw
    try:
        command = wire.read(owned)
    except Invalid as invalid:
        for error in invalid.errors:
            yield wire.line(owned, error), False
    else:
        for warning in warnings(command):
            yield wire.line(owned, warning), True
