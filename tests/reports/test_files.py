"""Files that people wrote, and what `validate` says about them."""

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.template_commands import validate
from app.transfer.files import check_file
from tests.builders import a_wire_template

CASES = Path(__file__).parent / "cases"
SAYS = {
    "07-duplicate-keys.ndjson": [
        "1: vendor_configuration.bundle_config.tag: tag is given twice on line 1. [DUPLICATE]"
    ],
    "07-duplicate-keys.yaml": [
        "5: vendor_configuration.bundle_config.tag: tag is given twice on line 5. [DUPLICATE]"
    ],
    "17-bom.json": [],
    "real-skypilot-gemma.yaml": [],
    "18-camel-case.json": [
        f"1: {prefix}{name}: {name} is not a field of this object: write {meant}. [UNKNOWN]"
        for prefix, name, meant in (
            ("", "accountId", "account_id"),
            ("", "endpointType", "endpoint_type"),
            ("", "modelType", "model_type"),
            ("", "vendorConfiguration", "vendor_configuration"),
            ("vendorConfiguration.", "bundleConfig", "bundle_config"),
        )
    ],
    "real-hf-tei.yaml": [],
    "real-kserve-tritonserver.yaml": [],
    "real-truss-nemotron.yaml": [],
}


@pytest.mark.parametrize("name", SAYS)
def test_a_file_gets_the_errors_that_it_has_from_a_disk_and_a_pipe(name: str) -> None:
    said = SAYS[name]

    for given, shown in ((str(CASES / name), str(CASES / name)), ("-", "-")):
        result = CliRunner().invoke(validate, ["--quiet", given], input=(CASES / name).read_bytes())

        assert result.output.splitlines() == [f"{shown}:{line}" for line in said]
        assert result.exit_code == (1 if said else 0)


def errors_of(name: str, content: bytes, directory: Path) -> list[str]:
    file = directory / name
    file.write_bytes(content)
    errors = (message for message in check_file(file) if not message.is_warning)
    return [str(error).removeprefix(str(file)) for error in errors]


def test_a_repeated_key_of_a_later_line_names_that_line(tmp_path: Path) -> None:
    twice = (CASES / "07-duplicate-keys.ndjson").read_bytes().strip()
    once = (CASES / "17-bom.json").read_bytes().strip()

    assert errors_of("a.ndjson", b"\n".join([once, b"", twice]), tmp_path) == [
        ":3: vendor_configuration.bundle_config.tag: tag is given twice on line 3. [DUPLICATE]"
    ]


def test_joined_yaml_files_may_each_have_a_mark(tmp_path: Path) -> None:
    document = BOM_UTF8 + b"---\n" + (CASES / "real-hf-tei.yaml").read_bytes()

    assert errors_of("a.yaml", document * 2, tmp_path) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1.0", None),
        ("1e1", None),
        ("-0.0", None),
        ("2147483647", None),
        ("2147483648", "must be at most 2,147,483,647. [OUT_OF_RANGE]"),
        ("1e10", "must be at most 2,147,483,647. [OUT_OF_RANGE]"),
        ("1e30", "must fit in a signed 64-bit integer. [INVALID]"),
        ("1e-1", "must be an integer. [INVALID]"),
    ],
)
def test_an_integer_is_what_it_writes_if_graphql_can_answer_it(
    tmp_path: Path, number: str, said: str | None
) -> None:
    template = a_wire_template(vendor_configuration={"endpoint_config": {"min_workers": "HERE"}})
    content = json.dumps(template).replace('"HERE"', number).encode()

    path = "vendor_configuration.endpoint_config.min_workers"
    assert errors_of("a.json", content, tmp_path) == (
        [] if said is None else [f":1: {path}: min_workers {said}"]
    )


def test_a_name_of_what_the_server_sets_is_answered_with_the_one_to_write(tmp_path: Path) -> None:
    content = json.dumps(a_wire_template(createdAt="x", labels={"createdAt": "y"})).encode()

    assert errors_of("a.json", content, tmp_path) == [
        ":1: createdAt: createdAt is not a field of this object: write created_at. [UNKNOWN]"
    ]
