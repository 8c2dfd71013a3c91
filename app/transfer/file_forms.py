"""Reads a file of templates, whatever its form: NDJSON, JSON or YAML, from a disk or a pipe.

The name's suffix tells YAML and NDJSON; all else is told by its content. NDJSON is read line by
line without a limit, the other forms as a whole.
"""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, count
from pathlib import PurePath
from typing import IO

from app.domain.errors import Invalid, UserErrorCode
from app.domain.validation.json_schema import user_error
from app.transfer import record
from app.transfer.file_documents import Document, Place
from app.transfer.json_texts import BadText, Path, Repeated, json_value, lines_of_values
from app.transfer.wrong_forms import UnreadableFile, with_templates
from app.transfer.yaml_loader import yaml_documents

YAML_SUFFIXES, NDJSON_SUFFIXES = (".yaml", ".yml"), (".ndjson", ".jsonl")
SUFFIXES = (".json", *YAML_SUFFIXES, *NDJSON_SUFFIXES)

MARK = BOM_UTF8.decode()
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 32 * 1024 * 1024
"""The limit of a file in JSON or YAML, which is read as a whole: 10,000 templates, as SGP lists."""

MAX_CHARACTERS = 16_000_000
"""The limit of a YAML file with its aliases expanded, as JSON; templates are far smaller."""

CHUNK_BYTES = 4_000_000
FORMATS = {
    **dict.fromkeys((BOM_UTF16_LE, BOM_UTF16_BE), "UTF-16 text: write the file as UTF-8"),
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it first",
    b"PK\x03\x04": "a zip archive: unpack it first",
}
"""Files that are not UTF-8 text, by their first bytes."""

Advance = Callable[[int], None]


def templates_in(file: IO[bytes], name: str, advance: Advance) -> Iterator[Document]:
    """The values of a file that should be templates; `advance` is called with the bytes read.

    Raises UnreadableFile, for a file whose form is wrong as a whole.
    """
    documents = _documents(_Source(file, advance), PurePath(name).suffix.lower())
    return with_templates(chain.from_iterable(d.templates() for d in documents))


class _Source:
    """The bytes of a file, without a byte order mark."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance

    def line(self, limit: int) -> bytes:
        """The next line, or its first `limit` bytes; none at the end."""
        line = self._file.readline(limit)
        self._advance(len(line))
        return line.removeprefix(BOM_UTF8)  # Of each line: files with marks may be joined.

    def rest(self, begun: bytes) -> str:
        """The text of the whole file, of which some is read already. Raises UnreadableFile."""
        read = self._file.read(MAX_FILE_BYTES + 1 - len(begun))
        self._advance(len(read))
        data = begun + read.removeprefix(b"" if begun else BOM_UTF8)
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableFile(
                f"JSON and YAML files may have at most {MAX_FILE_BYTES:,} bytes: write one "
                "template per line (NDJSON), which has no limit"
            )
        _check_format(data)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableFile(f"line {line:,}: is not UTF-8 text") from None


def _check_format(data: bytes) -> None:
    for prefix, kind in FORMATS.items():
        if data.startswith(prefix):
            raise UnreadableFile(f"it is {kind}")
    if data.lstrip().startswith(b"<"):
        raise UnreadableFile("it is HTML or XML, perhaps an error page of a server")


def _documents(source: _Source, suffix: str) -> Iterator[Document]:
    if suffix in YAML_SUFFIXES:
        return _yaml(source.rest(b""))
    begun, blank, first = b"", 0, b""
    while not first.strip() and (first := source.line(MAX_FILE_BYTES + 1 - len(begun))):
        begun, blank = begun + first, blank + (not first.strip())
    if not first:
        return iter(())
    _check_format(first)
    if suffix in NDJSON_SUFFIXES or _is_object(first):
        return _ndjson(source, blank, first)
    if first.lstrip().startswith(b"{"):
        second = source.line(MAX_LINE_BYTES)
        if _is_object(second) and not first.rstrip().endswith(b"["):
            return _ndjson(source, blank, first, second)
        return _json(source.rest(begun + second))
    text = source.rest(begun)
    is_json = suffix == ".json" or first.lstrip().startswith(b"[")
    return _json(text) if is_json else _yaml(text)


def _is_object(line: bytes) -> bool:
    """Whether a line is a whole JSON object, as in NDJSON."""
    if not line.lstrip().startswith(b"{") or len(line) > MAX_LINE_BYTES:
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _ndjson(source: _Source, blank: int, *begun: bytes) -> Iterator[Document]:
    numbers = count(blank + 1)
    lines = chain(begun, iter(lambda: source.line(MAX_LINE_BYTES + 1), b""))
    for number, line in zip(numbers, lines, strict=False):
        size, end = len(line), line
        is_whole = size - line.endswith(b"\n") <= MAX_LINE_BYTES
        while not is_whole and not end.endswith(b"\n") and (end := source.line(CHUNK_BYTES)):
            size += len(end)
        if not line.isspace():
            yield _of_line(line if is_whole else None, number, size)


def _of_line(line: bytes | None, number: int, size: int) -> Document:
    place = Place(number=number)
    try:
        if line is None:
            predicate = f"must be a line of at most {MAX_LINE_BYTES:,} bytes"
            raise Invalid([user_error(UserErrorCode.OUT_OF_RANGE, (), predicate)])
        value, repeated = record.parse(line)
    except Invalid as invalid:
        return Document(
            value=None,
            place=place,
            size=size,
            unreadable=invalid.errors[0],
            is_broken=line is None or line.lstrip().startswith(b"{"),
        )
    # All of it is on this line of the file.
    in_file = tuple(Repeated(each.path, number, number) for each in repeated)
    return Document(value=value, place=place, size=size, repeated=in_file)


def _json(text: str) -> Iterator[Document]:
    try:
        value, repeated = json_value(text)
    except BadText as error:
        raise UnreadableFile(f"it {error}") from None

    @cache
    def lines() -> dict[Path, int]:
        return lines_of_values(text)

    def line_of(path: Path) -> int:
        while path not in lines():
            path = path[:-1]
        return lines()[path]

    place = Place(line_of=line_of)
    yield Document(value=value, place=place, size=len(text), repeated=tuple(repeated))


def _yaml(text: str) -> Iterator[Document]:
    room = _Room()
    text = text.replace(f"\n{MARK}", "\n")  # Of each document: files with marks may be joined.
    try:
        # A document with only comments is loaded as None.
        documents = [d for d in yaml_documents(text) if d.value is not None and room.take(d.value)]
    except RecursionError:
        raise UnreadableFile("it is nested too deeply") from None
    except ValueError as error:
        raise UnreadableFile(" ".join(str(error).split())) from None
    for number, document in enumerate(documents, 1):
        label = "" if len(documents) == 1 else f"document {number}: "
        yield Document(
            value=document.value,
            place=Place(label=label, line_of=document.line_of),
            size=len(text) // len(documents),
            repeated=tuple(document.repeated),
            written=document.written,
        )


class _Room:
    """The characters that the documents of a file may still have."""

    def __init__(self) -> None:
        self._left = MAX_CHARACTERS

    def take(self, value: object) -> bool:
        """True. Raises ValueError if the aliases of a document are circular or expand too far."""
        for part in json.JSONEncoder(skipkeys=True, default=str).iterencode(value):
            self._left -= len(part)
            if self._left < 0:
                raise ValueError(f"its aliases expand to over {MAX_CHARACTERS:,} characters")
        return True
