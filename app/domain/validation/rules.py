"""Rules between fields. All violations are reported at once, each with its path.

A rule is a function of one class of objects and yields the fields that violate it. It does not know
where the object is in a template: the walk (see `objects`) prepends the path. Constraints of a
single field (range, pattern, size) are declared in the field's annotation.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import Any

import msgspec

from app.domain.characters import is_blank
from app.domain.errors import MAX_VIOLATIONS, UserError, UserErrorCode
from app.domain.model_template import ModelTemplateSpec
from app.domain.naming import camel
from app.domain.parameters import (
    KEYWORDS,
    MAX_MEMBERS,
    ParameterSchema,
    ParameterSchemaField,
)
from app.domain.patterns import MAX_PROGRAMS, compiled, input_budget, pattern_error
from app.domain.validation.integers import RULES as INTEGER_RULES
from app.domain.validation.json_schema import (
    explained,
    is_surely_valid,
    schema_violations,
    user_error,
)
from app.domain.validation.launch_rules import RULES as LAUNCH_RULES
from app.domain.validation.launch_rules import Violation
from app.domain.validation.multiple_nodes import multiple_node_violations
from app.domain.validation.objects import objects
from app.domain.validation.parameter_values import value_errors
from app.domain.vendor_configuration import LaunchEndpointConfig, LaunchResources

Rule = Callable[[Any], Iterator[Violation]]

REQUIRED, INVALID = UserErrorCode.REQUIRED, UserErrorCode.INVALID
OUT_OF_RANGE, INCONSISTENT = UserErrorCode.OUT_OF_RANGE, UserErrorCode.INCONSISTENT
DUPLICATE = UserErrorCode.DUPLICATE

_RULES: dict[type, list[Rule]] = {}


def _rule_of(cls: type) -> Callable[[Rule], Rule]:
    """Registers a rule for every object of the class, anywhere in a template."""

    def register(rule: Rule) -> Rule:
        _RULES.setdefault(cls, []).append(rule)
        return rule

    return register


for _class, _rule in (*LAUNCH_RULES, *INTEGER_RULES):
    _rule_of(_class)(_rule)


def violations(value: msgspec.Struct) -> list[UserError]:
    """The first violation of each path in a client's input. At most MAX_VIOLATIONS are looked at,
    which bounds the time for any input."""
    errors = rule_violations(value)
    if not is_surely_valid(value):
        errors = chain(schema_violations(type(value), msgspec.to_builtins(value)), errors)
    with input_budget():
        return one_a_path(islice(errors, MAX_VIOLATIONS))


def one_a_path(errors: Iterable[UserError]) -> list[UserError]:
    """The first error of each path."""
    first: dict[tuple[str, ...], UserError] = {}
    for error in errors:
        first.setdefault(error.path, error)
    return list(first.values())


def rule_violations(root: msgspec.Struct) -> Iterator[UserError]:
    """The violations of rules between fields."""
    for path, value in objects(root):
        for rule in _rules_for(type(value)):
            for code, below, predicate in rule(value):
                yield user_error(code, (*path, *map(camel, below)), predicate)


@cache
def _rules_for(cls: type[msgspec.Struct]) -> tuple[Rule, ...]:
    return tuple(rule for parent in cls.__mro__ for rule in _RULES.get(parent, ()))


@_rule_of(ModelTemplateSpec)
def _name_is_neither_blank_nor_too_long(spec: ModelTemplateSpec) -> Iterator[Violation]:
    if is_blank(spec.name):
        yield REQUIRED, ("name",), "must not be blank"
    elif len(spec.name.strip()) > 255:
        yield OUT_OF_RANGE, ("name",), "must have at most 255 characters"


_rule_of(ModelTemplateSpec)(multiple_node_violations)


@_rule_of(LaunchResources)
def _gpu_type_is_set_with_gpus(resources: LaunchResources) -> Iterator[Violation]:
    if resources.gpus > 0 and resources.gpu_type is None:
        yield INCONSISTENT, ("gpu_type",), "is required when gpus is above 0"
    if resources.gpus == 0 and resources.gpu_type is not None:
        yield INCONSISTENT, ("gpu_type",), "must not be set when gpus is 0"


@_rule_of(LaunchEndpointConfig)
def _min_workers_is_at_most_max_workers(endpoint: LaunchEndpointConfig) -> Iterator[Violation]:
    if endpoint.min_workers > (most := endpoint.most_workers()):
        yield INCONSISTENT, ("min_workers",), f"must not be greater than maxWorkers ({most})"


@_rule_of(ParameterSchema)
def _parameter_names_are_unique(schema: ParameterSchema) -> Iterator[Violation]:
    names: set[str] = set()
    for position, parameter in enumerate(schema.parameters):
        if parameter.name in names:
            path = ("parameters", str(position), "name")
            yield DUPLICATE, path, f"is already used by an earlier parameter: {parameter.name}"
        names.add(parameter.name)


@_rule_of(ParameterSchemaField)
def _keywords_apply_to_the_type(parameter: ParameterSchemaField) -> Iterator[Violation]:
    for name in parameter.keywords():
        if parameter.type not in KEYWORDS[name]:
            yield (
                INCONSISTENT,
                (name,),
                f"does not apply to parameters of type {parameter.type.name}",
            )


@_rule_of(ParameterSchemaField)
def _bounds_are_in_order(parameter: ParameterSchemaField) -> Iterator[Violation]:
    for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
        least, most = getattr(parameter, low), getattr(parameter, high)
        if least is not None and most is not None and least > most:
            yield INCONSISTENT, (low,), f"must not be greater than {camel(high)} ({most:,})"


@_rule_of(ParameterSchema)
def _patterns_and_values_are_valid(schema: ParameterSchema) -> Iterator[Violation]:
    """Limits the size of each pattern and of all together, since matching takes in proportion."""
    instructions_left = MAX_PROGRAMS
    for position, parameter in enumerate(schema.parameters[:MAX_MEMBERS]):
        parents = ("parameters", str(position))
        violation = _pattern_violation(parameter, instructions_left)
        if parameter.pattern is not None and violation is None:
            instructions_left -= compiled(parameter.pattern).programsize
        if violation is not None:
            code, predicate = violation
            yield code, (*parents, "pattern"), predicate
        for code, path, predicate in _value_violations(parameter, use_pattern=violation is None):
            yield code, (*parents, *path), predicate


def _pattern_violation(
    parameter: ParameterSchemaField, instructions_left: int
) -> tuple[UserErrorCode, str] | None:
    if parameter.pattern is None:
        return None
    if violation := pattern_error(parameter.pattern):
        return violation
    if instructions_left <= 0:
        return (
            OUT_OF_RANGE,
            f"brings the patterns of a schema above {MAX_PROGRAMS:,} instructions",
        )
    return None


def _value_violations(parameter: ParameterSchemaField, *, use_pattern: bool) -> Iterator[Violation]:
    """Violations by `default` and `enum`; `use_pattern` is false if the pattern is invalid."""
    if parameter.is_surely_valid():
        return
    keywords = parameter.value_schema()
    if not use_pattern:
        del keywords["pattern"]
    default, members = keywords.pop("default", None), keywords.pop("enum", [])
    if len(members) > MAX_MEMBERS:
        return  # Already reported.
    for error in value_errors(members, {"items": keywords}):
        yield explained(error, ("enum", str(error.absolute_path[0])))
    if default is not None:
        enum = {"enum": members} if members else {}
        for error in value_errors(default, {**keywords, **enum}):
            yield explained(error, ("default",))


@_rule_of(ParameterSchemaField)
def _enum_values_are_unique(parameter: ParameterSchemaField) -> Iterator[Violation]:
    seen = set()
    for position, member in enumerate((parameter.enum or ())[:MAX_MEMBERS]):
        key = (
            isinstance(member, bool),
            member if isinstance(member, int | float) else repr(member),
        )
        if key in seen:
            yield DUPLICATE, ("enum", str(position)), "repeats an earlier value"
        seen.add(key)
