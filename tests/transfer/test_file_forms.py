"""The forms of files that hold templates, and files that hold something else."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.transfer import file_forms
from app.transfer.files import check_file

VALID: dict[str, Any] = {
    "name": "r",
    "endpoint_type": "ASYNC",
    "model_type": "GENERIC",
    "vendor_configuration": {
        "bundle_config": {"registry": "docker.io", "image": "a/x", "tag": "1", "command": ["x"]}
    },
}
WRONG = {**VALID, "model_type": "VIDEO"}
PAGE = {"total_item_count": 2, "current_page": 1, "items_per_page": 100}
MEANS = (
    "model_type must be one of AGENT, CHAT_COMPLETION, COMPLETION, EMBEDDING, GENERIC, RERANKING. "
    "[INVALID]"
)
LINE = json.dumps(VALID)


def said(directory: Path, name: str, text: str | bytes) -> list[str]:
    """The messages about a file with this text, without its directory."""
    (directory / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return [str(m).removeprefix(f"{directory}/") for m in check_file(directory / name)]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.ndjson", f"\n{LINE}\n\n{json.dumps(WRONG)}\n", "4: model_type"),
        ("a.ndjson", f"{LINE}\n\ufeff{json.dumps(WRONG)}", "2: model_type"),
        ("a.ndjson", json.dumps({**PAGE, "items": [VALID, WRONG]}), "1: items.1.model_type"),
        ("a.json", f"{LINE}\n{json.dumps(WRONG)}\n", "2: model_type"),
        ("a", f"{LINE}\n{json.dumps(WRONG)}\n", "2: model_type"),
        ("a.json", json.dumps(WRONG, indent=1), "4: model_type"),
        ("a.json", json.dumps([VALID, WRONG], indent=1), "20: 1.model_type"),
        ("a", json.dumps([VALID, WRONG], indent=1), "20: 1.model_type"),
        ("a", json.dumps([VALID, WRONG]), "1: 1.model_type"),
        ("a.json", json.dumps({**PAGE, "items": [WRONG]}, indent=1), "9: items.0.model_type"),
        ("a.json", json.dumps([{"items": [VALID]}, {"items": [WRONG]}]), "1: 1.items.0.model_type"),
        ("a.yaml", json.dumps([VALID, WRONG], indent=1), "20: 1.model_type"),
        (
            "a.YAML",
            f"items:\n- {json.dumps(VALID)}\n- {json.dumps(WRONG)}",
            "3: items.1.model_type",
        ),
        ("a", f"---\n{LINE}\n---\n{json.dumps(WRONG)}", "4: document 2: model_type"),
    ],
)
def test_a_form_is_told_by_name_or_content(
    tmp_path: Path, mark: str, name: str, text: str, place: str
) -> None:
    assert said(tmp_path, name, mark + text) == [f"{name}:{place}: {MEANS}"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", b"\x89PNG\r\n\x1a\n\0\0\xff\n" * 9, "line 1: is not UTF-8 text"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\xff\n" * 9, "line 1: is not UTF-8 text"),
        (
            "a.ndjson.gz",
            gzip.compress(LINE.encode()),
            "it is compressed with gzip: unpack it first",
        ),
        ("a.json", LINE.encode("utf-16"), "it is UTF-16 text: write the file as UTF-8"),
        (
            "a.yaml",
            b"\xfe\xff" + "a: 1".encode("utf-16-be"),
            "it is UTF-16 text: write the file as UTF-8",
        ),
        ("a.csv", "name,model_type\nr,GENERIC\ns,GENERIC\n", "it is plain text, not a template"),
        (
            "a.ndjson",
            "name,model_type\nr,GENERIC\ns,GENERIC\n",
            "none of its templates can be read; "
            "the first, on line 1, is not JSON: Expecting value at character 1",
        ),
        (
            "a.html",
            "<!DOCTYPE html>\n<p>502</p>\n",
            "it is HTML or XML, perhaps an error page of a server",
        ),
        (
            "a.ndjson",
            "\n<html>\n<p>502</p>\n",
            "it is HTML or XML, perhaps an error page of a server",
        ),
        ("a.json", '{"data": {"modelTemplates": null}}', "it is a GraphQL answer, not a template"),
        ("a.json", '{"errors": [\n{"message": "m"}]}', "it is a GraphQL answer, not a template"),
        ("a.json", '{"detail": [{"loc": []}]}', "it is an error answer of SGP, not a template"),
        (
            "a.json",
            '{"openapi": "3.1.0", "paths": {}}',
            "it is an OpenAPI description, not a template",
        ),
        ("a.yaml", "openapi: 3.1.0\npaths: {}\n", "it is an OpenAPI description, not a template"),
        (
            "a.yaml",
            "apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\n",
            "none of its templates "
            "can be read; the first, on line 1, is a Kubernetes manifest, not a template",
        ),
        (
            "a.ndjson",
            '{"time": 1, "level": "info"}\n' * 99,
            "none of its templates can be read; the "
            "first, on line 1, has no field that a template needs, but others: time, level",
        ),
        (
            "a.json",
            '{\n"name": "r",\n}',
            "it is not JSON: Expecting property name enclosed in double quotes at line 3, column 1",
        ),
        (
            "a.json",
            '{\n"name": "r"}\n\n{"name":\n"s"}',
            "it is not JSON: a second value, which is "
            "neither in a list nor on a line of its own, begins at line 4, column 1",
        ),
        ("a.json", '{"a": [\nNaN]}', "it is not JSON: NaN is not a number"),
        ("a.json", "[" * 100_000, "it is nested too deeply"),
    ],
)
def test_a_file_that_is_something_else_has_one_message(
    tmp_path: Path, name: str, text: str | bytes, reason: str
) -> None:
    assert said(tmp_path, name, text) == [f"{name}: cannot be read: {reason}"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", ""),
        ("a.json", "[]"),
        ("a.json", '{"items": []}'),
        ("a.yaml", "# later\n"),
        ("a.ndjson", " \n\n"),
    ],
)
def test_a_file_without_templates_is_named(tmp_path: Path, name: str, text: str) -> None:
    assert said(tmp_path, name, text) == [f"{name}: contains no template"]


def test_a_whole_file_has_a_limit_that_lines_do_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_forms, "MAX_FILE_BYTES", 1_000)

    assert said(tmp_path, "a.ndjson", f"{LINE}\n" * 99) == []
    for name in ("a.json", "a.yaml"):
        assert said(tmp_path, name, json.dumps([VALID] * 99)) == [
            f"{name}: cannot be read: JSON and YAML files may have at most 1,000 bytes: write one "
            "template per line (NDJSON), which has no limit"
        ]


def test_each_broken_line_is_an_error(tmp_path: Path) -> None:
    expected = "(all): The input is not JSON: Expecting value at character 9. [INVALID]"
    for name in ("a.ndjson", "a"):
        for text, lines in {
            f'{{"name":\n{LINE}\n{LINE}': (1,),
            f'{LINE}\n{{"name":\n': (2,),
        }.items():
            assert said(tmp_path, name, text) == [f"{name}:{line}: {expected}" for line in lines]
    assert said(tmp_path, "a.ndjson", '{"name":\n{"name":\n') == [
        f"a.ndjson:1: {expected}",
        f"a.ndjson:2: {expected}",
    ]


def test_a_line_that_is_too_long_is_an_error_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_forms, "MAX_LINE_BYTES", len(LINE))
    long = json.dumps({**VALID, "name": "rr"})
    error = f"(all): The input must be a line of at most {len(LINE)} bytes. [OUT_OF_RANGE]"

    assert said(tmp_path, "a.ndjson", f"{long}\n{LINE}\n{long}\n{LINE}") == [
        f"a.ndjson:1: {error}",
        f"a.ndjson:3: {error}",
    ]


def test_a_template_with_items_is_no_page(tmp_path: Path) -> None:
    assert said(tmp_path, "a.json", json.dumps({**VALID, "items": []})) == [
        "a.json:1: items: items is not a field of this object. [UNKNOWN]"
    ]
