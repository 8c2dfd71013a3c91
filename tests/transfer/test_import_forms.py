"""`import` takes the files that `validate` takes, and says the same about them."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.storage.driver import Database
from app.storage.templates import TEMPLATES
from tests.builders import a_wire_template
from tests.transfer.test_import_export import Command, summary

CASES = Path(__file__).parents[1] / "reports" / "cases"

pytestmark = pytest.mark.slow


@pytest.fixture
def command(environment: dict[str, str], mongod_uri: str, mongod: Database) -> Command:
    return Command(environment, mongod_uri, mongod)


async def names(command: Command) -> list[str]:
    found = command.database[TEMPLATES].find({}).sort("name")
    return [document["name"] async for document in found]


async def test_lists_pages_and_yaml_are_imported_from_files_and_pipes(
    command: Command, tmp_path: Path
) -> None:
    wrong: dict[str, Any] = {**a_wire_template(name="wrong"), "endpointType": "SYNC"}
    listed = [a_wire_template(name="a"), wrong, a_wire_template(name="b")]
    page = {"items": [a_wire_template(name="c")], "total_item_count": 1, "current_page": 1}
    (tmp_path / "list.json").write_text(json.dumps(listed, indent=1))
    real = [CASES / f"real-{name}.yaml" for name in ("hf-tei", "truss-nemotron")]
    documents = "\n---\n".join(file.read_text() for file in real)

    of_list = await command.run("import", str(tmp_path / "list.json"))
    of_page = await command.run("import", "-", input=json.dumps(page).encode())
    of_yaml = await command.run("import", "-", "--account", "a1", input=documents.encode())
    again = await command.run("import", "-", input=json.dumps([listed[0]]).encode())

    assert of_list[:2] == (1, summary(written=2, refused=1).encode())
    line = of_list[2].removeprefix(f"{tmp_path}/list.json:")
    assert line.endswith(
        ": 1.endpointType: endpointType is not a field of this object: write endpoint_type. "
        "[UNKNOWN]\n"
    )
    text = (tmp_path / "list.json").read_text().splitlines()
    assert '"endpointType"' in text[int(line.split(":")[0]) - 1]
    assert of_page == (0, summary(written=1).encode(), "")
    assert of_yaml == (0, summary(written=2).encode(), "")
    assert again[:2] == (1, summary(refused=1).encode())
    assert again[2] == "-:1: 0.name: name is already used in this account. [DUPLICATE]\n"
    assert await names(command) == ["a", "b", "c", "nemotron-parse-v1-2-vllm", "tei-bge"]


@pytest.mark.parametrize("name", ["07-duplicate-keys.ndjson", "07-duplicate-keys.yaml"])
async def test_nothing_of_a_template_with_a_repeated_key_is_written(
    command: Command, name: str
) -> None:
    status, output, errors = await command.run("import", "--account", "demo", str(CASES / name))

    assert (status, output.decode()) == (1, summary(refused=1))
    assert "tag is given twice on line" in errors
    assert await names(command) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,type\na,b\n" * 5_000, "it is plain text, not a template"),
        ('{"level": "info"}\n' * 5_000, "none of its templates can be read; the first, on line 1, "
         "has no field that a template needs, but others: level"),
        ("- name: a\n  name: [", "line 2: while parsing a flow node, expected the node content"),
    ],
)  # fmt: skip
async def test_a_file_of_another_form_is_one_message(
    command: Command, text: str, reason: str
) -> None:
    status, output, errors = await command.run("import", "-", input=text.encode())

    assert (status, output.decode()) == (1, summary(refused=1))
    assert errors.startswith(f"-: cannot be read: {reason}")
    assert len(errors.splitlines()) == 1
    assert await names(command) == []


async def test_a_bom_and_fields_of_the_server_are_taken(command: Command) -> None:
    bom = await command.run("import", "--account", "demo", str(CASES / "17-bom.json"))
    answer = {**a_wire_template(name="s"), "id": "0a-1", "created_by_identity_type": "user"}
    page = json.dumps({"items": [answer]}, indent=2).encode("utf-8-sig")

    assert bom == (0, summary(written=1).encode(), "")
    assert await command.run("import", "-", input=page) == (0, summary(written=1).encode(), "")
