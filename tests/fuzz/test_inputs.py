"""Random inputs and patches cause no unexpected errors. Accepted ones read back equal, rejected
ones change nothing, and each violation has a valid path."""

import copy
from collections import Counter
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_nullable_type
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.model_template import CreateModelTemplate
from app.domain.validation.json_schema import json_schema
from tests.builders import a_fragment, an_input, seeds
from tests.fuzz.conftest import Door
from tests.fuzz.places import JSON, Place, completed, input_type, is_missing, leads, places, values

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { code path } }
}"""
UPDATE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { ...Everything } errors { code path } }
} """ + a_fragment()
DELETE = "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) { deletedId } }"
READ = "query($id: ID!) { modelTemplate(id: $id) { ...Everything } } " + a_fragment()

CREATED, UPDATED = input_type("CreateModelTemplateInput"), input_type("UpdateModelTemplateInput")
SCHEMA = json_schema(CreateModelTemplate)
SEEDS = [an_input({**wire, "account_id": "a1"}) for wire in seeds()]
EXAMPLES = {"in_memory": 600, "on_mongod": 150}
"""How many inputs, and how many patches."""

SOUND = 0.1
"""The least share of the examples that is accepted: with fewer, little is tested."""

NEW = [place for place in places(CREATED, SCHEMA) if place[0] != ("accountId",)]
CHANGES = [place for place in places(UPDATED, SCHEMA) if place[0] != ("id",)]


def changed(draw: st.DrawFn, among: list[Place], base: dict[str, Any]) -> dict[str, Any]:
    """The base with other values in a few places; one in ten may be of another type."""
    made = copy.deepcopy(base)
    for _ in range(draw(st.integers(1, 2))):
        # Drawn by number: what Hypothesis would say of the types themselves is too long.
        path, type_, schema = among[draw(st.integers(0, len(among) - 1))]
        value = draw(JSON if draw(st.integers(0, 9)) == 9 else values(type_, schema))
        *above, last = path
        place = made
        for name in above:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[last] = value
    return made


def a_seed(draw: st.DrawFn) -> dict[str, Any]:
    seed: dict[str, Any] = SEEDS[draw(st.integers(0, len(SEEDS) - 1))]
    return seed


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    return changed(draw, NEW, a_seed(draw))


@st.composite
def patches(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A template, and what is changed of it."""
    return a_seed(draw), changed(draw, CHANGES, {})


def payload(door: Door, query: str, given: dict[str, Any]) -> Any:
    """The payload of a mutation; None for an input that does not have GraphQL's types."""
    response = door.post(query, input=given)
    answer = response.json()
    assert response.status_code in (200, 400), answer
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= {"BAD_REQUEST", "BAD_USER_INPUT"}, answer
    if codes:
        return None
    (found,) = answer["data"].values()
    assert (found["modelTemplate"] is None) == bool(found["errors"])
    return found


def read(door: Door, id: str) -> Any:
    return door.ask(READ, id=id)["modelTemplate"]


def said(type_: Any, state: Any) -> Any:
    """The part of a state that an input type covers."""
    type_ = get_nullable_type(type_)
    if isinstance(state, list) and hasattr(type_, "of_type"):
        return [said(type_.of_type, member) for member in state]
    if state is None or not isinstance(type_, GraphQLInputObjectType):
        return state
    return {
        name: said(field.type, state[name]) for name, field in type_.fields.items() if name in state
    }


def expected(given: dict[str, Any]) -> Any:
    """The template that is expected for an input."""
    whole = completed(CREATED, given)
    fill_in(whole)
    return {name: value for name, value in whole.items() if name != "requestId"}


def fill_in(state: Any) -> None:
    """Fills in what an endpoint inherits, and its defaults."""
    endpoint = state["vendorConfiguration"]["endpointConfig"]
    endpoint["endpointType"] = endpoint["endpointType"] or state["endpointType"]
    if endpoint["maxWorkers"] is None:
        endpoint["maxWorkers"] = max(1, endpoint["minWorkers"])


def given_type(state: Any) -> Any:
    """The type of the endpoint that an input or a patch gives, or UNSAID."""
    endpoint = (state.get("vendorConfiguration") or {}).get("endpointConfig") or {}
    return endpoint.get("endpointType", UNSAID)


UNSAID = object()


def exact(value: Any) -> Any:
    """Distinct from what Python takes for equal: true and 1."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    return (isinstance(value, bool), value)


def merged(state: Any, patch: Any, type_: Any) -> Any:
    """A patch laid over a state of an input type, section by section."""
    sections = isinstance(type_, GraphQLInputObjectType) and type_.name.endswith("Patch")
    if not isinstance(patch, dict) or not (sections or type_ is UPDATED):
        return completed(type_, patch)
    if state is None:
        nulls = {name: None for name, value in patch.items() if value is None}
        return {**completed(input_type(type_.name.replace("Patch", "Input")), patch), **nulls}
    return {
        **state,
        **{
            name: merged(state[name], value, get_nullable_type(type_.fields[name].type))
            for name, value in patch.items()
            if name in state
        },
    }


def creates(door: Door, given: dict[str, Any]) -> bool:
    """Whether the input is accepted."""
    answer = payload(door, CREATE, given)
    if answer is None:
        return False
    if answer["errors"]:
        assert_placed(answer["errors"], given, given, CREATED)
        return False
    id = answer["modelTemplate"]["id"]
    assert exact(said(CREATED, read(door, id))) == exact(expected(given))
    door.ask(DELETE, id=id)
    return True


def assert_placed(errors: Any, given: Any, meant: Any, type_: Any) -> None:
    """Each violation has the path of a given value or of an absent field; what is reported as
    missing is missing from the expected state."""
    for error in errors:
        assert leads(error["path"], given, type_), error
        assert error["code"] != "REQUIRED" or is_missing(error["path"], meant), error


def updates(door: Door, given: tuple[dict[str, Any], dict[str, Any]]) -> bool:
    """Whether the patch is accepted."""
    template, patch = given
    id = payload(door, CREATE, template)["modelTemplate"]["id"]
    before = read(door, id)
    answer = payload(door, UPDATE, {"id": id, **patch})
    after = read(door, id)
    door.ask(DELETE, id=id)
    if answer is None or answer["errors"]:
        assert after == before
        if answer is not None:
            laid = merged(said(CREATED, before), patch, UPDATED)
            assert_placed(answer["errors"], patch, {**patch, **laid}, UPDATED)
        return False
    assert answer["modelTemplate"] == after
    assert_laid_over(template, before, patch, after)
    return True


def assert_laid_over(template: Any, before: Any, patch: Any, after: Any) -> None:
    was_given = given_type(template) not in (None, UNSAID)
    is_given = was_given if given_type(patch) is UNSAID else given_type(patch) is not None
    former = said(CREATED, before)
    laid = merged(former, patch, UPDATED)
    if not is_given:
        laid["vendorConfiguration"]["endpointConfig"]["endpointType"] = None
    fill_in(laid)
    archived = patch.get("archived", False)
    assert exact(said(CREATED, after)) == exact(laid)
    assert (after["archivedAt"] is not None) == archived
    assert after["revision"] == before["revision"] + (
        exact(former) != exact(laid) or was_given != is_given or archived
    )


@pytest.mark.parametrize("door", EXAMPLES)
@pytest.mark.parametrize(
    ("act", "strategy"), [(creates, inputs()), (updates, patches())], ids=["inputs", "patches"]
)
def test_accepted_inputs_read_back_and_rejected_ones_change_nothing(
    door: str,
    act: Any,
    strategy: Any,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entered: Door = request.getfixturevalue(door)
    accepted: Counter[bool] = Counter()

    @settings(max_examples=EXAMPLES[door])
    @given(strategy)
    def one(given: Any) -> None:
        accepted[act(entered, given)] += 1

    one()

    with capsys.disabled():
        print(f"\n{act.__name__}, {door}: {accepted[True]} accepted of {accepted.total()}")
    assert accepted.total() >= EXAMPLES[door]
    assert min(accepted.values()) >= SOUND * accepted.total()
