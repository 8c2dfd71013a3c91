"""Lines of templates: reading back what was written, missing fields, and violations."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.domain.access import Id, IdentityType
from app.domain.errors import Invalid
from app.domain.idempotency import IdempotencyRecord, idempotency_record
from app.domain.model_template import ModelTemplate
from app.transfer import record, wire
from app.transfer.record import IMPORTER, ModelTemplateRecord
from tests.builders import (
    NEWER_FIELDS,
    a_create_command,
    a_parameter,
    a_record,
    a_wire_template,
    seeds,
    with_parameters,
)

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def read(values: Any) -> ModelTemplateRecord:
    return record.read(values, id="new", at=AT)


def violations(values: Any) -> set[tuple[str, str]]:
    """Code and path of every violation."""
    with pytest.raises(Invalid) as invalid:
        read(values)
    return {(error.code.name, ".".join(error.path)) for error in invalid.value.errors}


def a_line(*descriptions: str, **changes: Any) -> dict[str, Any]:
    """An exported line with its history, and changes merged into it."""
    line: dict[str, Any] = json.loads(record.write(a_record(*descriptions)))
    return {**line, **changes}


WHOLE = [
    *({**seed, "account_id": "a1"} for seed in seeds()),
    NEWER_FIELDS,
    a_wire_template(description="\u00e9\n\u2028\U0001f600", labels={"b": "", "a": "1"}),
    a_wire_template(
        **with_parameters(
            a_parameter(name="A", type="int", default=2**63 - 1, minimum=-1e18),
            a_parameter(name="B", type="float", default=1, enum=[1, 2.5]),
        )
    ),
]


@pytest.mark.parametrize("changes", WHOLE)
@pytest.mark.parametrize("mark", [None, IdempotencyRecord(id="r", digest="d")])
@pytest.mark.parametrize("descriptions", [(), ("one", "two")])
def test_a_written_line_reads_back_unchanged(
    changes: dict[str, Any], mark: IdempotencyRecord | None, descriptions: tuple[str, ...]
) -> None:
    written = msgspec.structs.replace(a_record(*descriptions, **changes), request=mark)

    line = record.write(written)
    found = read(record.parse(line)[0])

    assert found == written
    assert record.write(found) == line
    assert line.count(b"\n") == 1


def test_missing_fields_are_added_as_by_a_create() -> None:
    command = a_create_command()

    found = read(a_wire_template())

    made = ModelTemplate.create(command, id="new", identity=IMPORTER, at=AT)
    assert found == ModelTemplateRecord(template=made)
    assert IMPORTER.identity_id == "import"


def test_an_sgp_response_keeps_its_id_time_and_creator() -> None:
    answer = a_wire_template(
        id="0190-x.Y_z", created_at="2024-05-06T07:08:09.123999+02:00", created_by_user_id="u1"
    )

    template = read(answer).template

    assert template.id == "0190-x.Y_z"
    moment = datetime(2024, 5, 6, 5, 8, 9, 123_000, tzinfo=UTC)
    assert (template.created_at, template.updated_at) == (moment, moment)
    assert (template.created_by_user_id, template.updated_by_user_id) == ("u1", "u1")
    assert template.created_by_identity_type is IdentityType.SERVICE_ACCOUNT
    assert template.archived_at is None
    assert template.revision == 1


def test_an_imported_request_is_recognised() -> None:
    found = read(a_wire_template(request_id="r", labels={"a": "b"}))

    command = a_create_command(request_id="r", labels={"a": "b"})
    assert found.request == idempotency_record(command)
    assert found.template.account_id == Id("a1")


def test_earlier_states_are_not_validated_by_current_rules() -> None:
    line = a_line("new")
    line["revisions"][0]["name"] = "\t"
    line["revisions"][0]["vendor_configuration"]["endpoint_config"]["cpus"] = 0

    (revision,) = read(line).revisions

    assert revision.name == "\t"
    assert revision.vendor_configuration.endpoint_config.cpus == 0


def test_earlier_states_are_put_in_order() -> None:
    line = a_line("one", "two", "three")
    backwards = {**line, "revisions": line["revisions"][::-1]}

    assert read(backwards) == read(line)


def test_a_history_may_begin_later() -> None:
    whole = a_record("one", "two", "three")
    part = msgspec.structs.replace(whole, revisions=whole.revisions[1:], oldest_revision=2)
    none = msgspec.structs.replace(whole, revisions=(), oldest_revision=4)

    assert [read(record.parse(record.write(given))[0]) for given in (part, none)] == [part, none]
    assert "oldest_revision" not in json.loads(record.write(whole))


def test_only_a_secret_is_marked_in_a_line() -> None:
    declared = with_parameters(a_parameter(name="A"), a_parameter(name="B", secret=True))
    line = record.write(a_record("new", **declared))
    (a, b) = json.loads(line)["model_creation_parameters_schema"]["parameters"]
    (c, d) = json.loads(line)["revisions"][0]["model_creation_parameters_schema"]["parameters"]

    assert "secret" not in a
    assert "secret" not in c
    assert b["secret"] is d["secret"] is True
    assert record.write(read(record.parse(line)[0])) == line


def test_a_line_may_say_that_a_parameter_is_no_secret() -> None:
    line = a_line("new", **with_parameters(a_parameter()))
    said = a_line("new", **with_parameters(a_parameter(secret=False)))
    said["revisions"][0] = {**line["revisions"][0], **with_parameters(a_parameter(secret=False))}

    assert read(said).revisions[0].model_creation_parameters_schema == (
        read(said).template.model_creation_parameters_schema
    )


def with_state(**changes: Any) -> dict[str, Any]:
    line = a_line("new")
    line["revisions"][0].update(changes)
    return line


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def a_schema(default: Any) -> dict[str, Any]:
    return {"parameters": [a_parameter(default=default)]}


INVALID_LINES: list[tuple[Any, set[tuple[str, str]]]] = [
    ([], {("INVALID", "")}),
    ("text", {("INVALID", "")}),
    (seeds()[0], {("REQUIRED", "accountId")}),
    (
        {"id": "a:1", "created_at": "yesterday", "archived_at": 5, "name": "\t", "nme": "x"},
        {
            ("INVALID", "id"),
            ("INVALID", "createdAt"),
            ("INVALID", "archivedAt"),
            ("INVALID", "name"),
            ("UNKNOWN", "nme"),
            ("REQUIRED", "accountId"),
            ("REQUIRED", "endpointType"),
            ("REQUIRED", "modelType"),
            ("REQUIRED", "vendorConfiguration"),
        },
    ),
    *(
        (a_wire_template(id=id), {("INVALID", "id")})
        for id in ("a:1", "a b", "a\n", "\u00e9", "i" * 65, 5)
    ),
    *(
        (a_wire_template(created_at=time), {("INVALID", "createdAt")})
        for time in ("2026-01-31T12:00:00", "2026-W05-6T12:00:00Z", "", 5)
    ),
    *(
        (a_wire_template(created_at=time), {("OUT_OF_RANGE", "createdAt")})
        for time in ("0001-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:60Z")
    ),
    (a_wire_template(id=""), {("REQUIRED", "id")}),
    (a_wire_template(created_by_identity_type="robot"), {("INVALID", "createdByIdentityType")}),
    (
        a_wire_template(name="\0", description="\ud800"),
        {("INVALID", "name")} | {("INVALID", "description")},
    ),
    (a_wire_template(request_id=""), {("OUT_OF_RANGE", "requestId")}),
    (
        a_wire_template(request_id="r", request={"id": "r", "digest": "d"}),
        {("INCONSISTENT", "requestId")},
    ),
    (a_wire_template(request={"id": "r"}), {("REQUIRED", "request.digest")}),
    (
        a_wire_template(request={"id": "r\0", "digest": 1, "x": 1}),
        {
            ("INVALID", "request.id"),
            ("INVALID", "request.digest"),
            ("UNKNOWN", "request.x"),
        },
    ),
    (a_wire_template(revisions={}), {("INVALID", "revisions")}),
    (a_wire_template(revisions=[5]), {("INVALID", "revisions.0")}),
    (a_wire_template(revision=2), {("INCONSISTENT", "revisions")}),
    (a_wire_template(revision=2**62), {("INCONSISTENT", "revisions")}),
    (a_wire_template(revision="1"), {("INVALID", "revision")}),
    (a_line("one", "two", revision=2), {("INCONSISTENT", "revisions")}),
    (a_line("one", revision=3), {("INCONSISTENT", "revisions")}),
    (a_line("one", oldest_revision=2), {("INCONSISTENT", "revisions")}),
    (a_line(oldest_revision=2), {("INCONSISTENT", "revisions")}),
    (a_line(oldest_revision=0), {("OUT_OF_RANGE", "oldestRevision")}),
    (with_state(revision=2), {("INCONSISTENT", "revisions")}),
    (with_state(revision=0), {("INCONSISTENT", "revisions")}),
    (
        {**a_line("one", "two"), "revisions": a_line("one")["revisions"] * 2},
        {("INCONSISTENT", "revisions")},
    ),
    (with_state(id="x"), {("UNKNOWN", "revisions.0.id")}),
    (with_state(nme="x"), {("UNKNOWN", "revisions.0.nme")}),
    (with_state(name=5), {("INVALID", "revisions.0.name")}),
    (with_state(labels={"a": 5}), {("INVALID", "revisions.0.labels")}),
    (
        with_state(vendor_configuration={}),
        {("REQUIRED", "revisions.0.vendorConfiguration.bundleConfig")},
    ),
    (with_state(updated_at="yesterday"), {("INVALID", "revisions.0.updatedAt")}),
    (with_state(description="\0"), {("INVALID", "revisions.0.description")}),
    (with_state(labels={"\0": ""}), {("INVALID", "revisions.0.labels")}),
    (
        with_state(model_creation_parameters_schema=a_schema(2**64)),
        {("INVALID", "revisions.0.model_creation_parameters_schema.parameters.0.default")},
    ),
]


@pytest.mark.parametrize(("values", "found"), INVALID_LINES)
def test_every_violation_of_a_line_is_reported_with_its_path(
    values: Any, found: set[tuple[str, str]]
) -> None:
    assert violations(values) == found


@pytest.mark.parametrize("levels", [70, 900])
def test_a_line_nested_too_deeply_is_invalid(levels: int) -> None:
    deep = a_schema(nested(levels))

    earlier = violations(with_state(model_creation_parameters_schema=deep))
    current = violations(a_wire_template(model_creation_parameters_schema=deep))

    assert {code for code, _ in earlier | current} == {"INVALID"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"name": ', "is not JSON: Expecting value at character 9"),
        (b"nothing", "is not JSON: Expecting value at character 1"),
        (b'{"a": NaN}', "is not JSON: NaN is not a number"),
        (b'{"a": -Infinity}', "is not JSON: -Infinity is not a number"),
        (b'{"a": "\xff"}', "is not UTF-8 text"),
        ("{}".encode("utf-16"), "is not UTF-8 text"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"1" * 5_000, "is not JSON: Exceeds the limit"),
    ],
)
def test_a_line_that_is_not_json_is_invalid(line: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as invalid:
        record.parse(line)

    (error,) = invalid.value.errors
    assert error.message.startswith(f"The input {reason}")
    assert (error.code.name, error.path) == ("INVALID", ())


def test_an_infinite_number_is_a_violation_of_its_field() -> None:
    values, _ = record.parse(
        json.dumps(a_wire_template(**with_parameters(a_parameter(type="float", default="X"))))
        .replace('"X"', "1e999")
        .encode()
    )

    assert violations(values) == {("INVALID", "modelCreationParametersSchema.parameters.0.default")}


def test_a_template_that_is_too_large_is_a_violation_but_not_an_earlier_revision() -> None:
    large, small = "d" * 300_000, "d"
    exported = a_line(large, small)

    def read_within(values: Any, max_bytes: int) -> ModelTemplateRecord:
        return record.read(values, id="new", at=AT, max_bytes=max_bytes)

    assert read({**exported, "description": small}).revisions[1].description == large
    with pytest.raises(Invalid, match="must have at most 700 bytes as JSON") as invalid:
        read_within(a_line(description="d" * 700), 700)
    assert [error.path for error in invalid.value.errors] == [()]
    assert read_within(a_line(description="d" * 700), 2_000)


def test_null_stands_for_a_default_as_sgps_clients_send_it() -> None:
    nulls = {"endpoint_config": {"high_priority": None}, "bundle_config": {"command": None}}
    line = a_wire_template(labels=None, vendor_configuration=nulls)

    template = read(line).template

    assert template.labels == {}
    assert template.vendor_configuration.bundle_config.command == []
    assert template.vendor_configuration.endpoint_config.high_priority is False
    assert wire.read(line).labels == {}


def test_null_is_kept_where_it_says_something() -> None:
    bundle = {"bundle_config": {"streaming_predict_route": None}}
    line = a_wire_template(vendor_configuration=bundle)

    route = read(line).template.vendor_configuration.bundle_config.streaming_predict_route

    assert route is None
