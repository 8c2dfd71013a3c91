"""Values of creation parameters, as a command line gives them."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from app.cli.launching.template_lookup import Parameter
from app.domain.characters import escaped
from app.domain.json_numbers import number
from app.domain.parameters import ParameterType

INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
DECIMAL = re.compile(r"(?=.*[.eE])" + NUMBER.pattern)
BOOLEANS = {"true": True, "false": False}

MAX_FILE_BYTES = 1_000_000


class Pair(click.ParamType[tuple[str, str]]):
    """KEY=VALUE. Messages do not repeat the value, which may be a secret."""

    name = "KEY=VALUE"

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, *_: Any) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, separator, rest = value.partition("=")
        if not (key and separator):
            self.fail(f"the form is {self.name}")
        return key, rest


class GivenValues(Struct, frozen=True):
    """The values of `--set`, the paths of `--set-file`, and the variables of `--set-env`."""

    values: tuple[tuple[str, str], ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    def typed(self, parameters: Iterable[Parameter]) -> dict[str, Any]:
        """The values by parameter, in the types of the schema. Raises click.UsageError."""
        known, found = {each.name: each for each in parameters}, {}
        for option, name, read in self._given():
            if name not in known:
                raise click.UsageError(f"{option} {escaped(name)}: {_unknown(name, known)}")
            if name in found:
                raise click.UsageError(f"{option} {name}: the parameter is set twice")
            if option == "--set" and known[name].is_secret:
                raise click.UsageError(
                    f"--set {name}: the parameter is secret, and everyone on this machine can "
                    f"read the command line. Use --set-env {name}=VARIABLE or --set-file "
                    f"{name}=PATH."
                )
            found[name] = _typed(option, known[name], read())
        return found

    def _given(self) -> Iterator[tuple[str, str, Callable[[], str]]]:
        for name, text in self.values:
            yield "--set", name, lambda text=text: text  # type: ignore[misc]
        for name, path in self.paths:
            yield "--set-file", name, lambda name=name, path=path: _content(name, path)  # type: ignore[misc]
        for name, variable in self.variables:
            yield "--set-env", name, lambda name=name, v=variable: _variable(name, v)  # type: ignore[misc]


def secrets(values: Mapping[str, Any], parameters: Iterable[Parameter]) -> list[str]:
    """The secret ones, as text."""
    return [str(values[each.name]) for each in parameters if each.is_secret and each.name in values]


def _unknown(name: str, known: Mapping[str, Parameter]) -> str:
    if not known:
        return "the template has no creation parameters"
    if close := get_close_matches(name, known, n=1):
        return f"the template has no such creation parameter; did you mean {close[0]}?"
    return f"the template has no such creation parameter; it has {', '.join(known)}"


def _content(name: str, path: str) -> str:
    """The text of a file without the newline at its end."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise click.UsageError(f"--set-file {name}: {escaped(path)} is larger than 1 MB")
        text = content.decode()
    except OSError as error:
        raise click.UsageError(
            f"--set-file {name}: {escaped(path)} cannot be read: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise click.UsageError(f"--set-file {name}: {escaped(path)} is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _variable(name: str, variable: str) -> str:
    if (value := os.environ.get(variable)) is None:
        raise click.UsageError(f"--set-env {name}: the variable {escaped(variable)} is not set")
    return value


def _typed(option: str, parameter: Parameter, text: str) -> Any:
    match parameter.kind:
        case ParameterType.INT if INTEGER.fullmatch(text):
            return int(text)
        case ParameterType.INT if DECIMAL.fullmatch(text) and float(text).is_integer():
            return int(number(text))  # 1e3 and 1000.0 are 1000, as everywhere.
        case ParameterType.FLOAT if INTEGER.fullmatch(text):
            return int(text)  # Stays as it is written: 1, not 1.0.
        case ParameterType.FLOAT if NUMBER.fullmatch(text) and isfinite(float(text)):
            return float(text)
        case ParameterType.BOOL if text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        case ParameterType.STR:
            return text
    kinds = {
        ParameterType.INT: "an integer, such as 8",
        ParameterType.FLOAT: "a number, such as 0.5",
        ParameterType.BOOL: "true or false",
    }
    expected = kinds.get(parameter.kind) if parameter.kind else None
    if expected is None:
        raise click.UsageError(f"{option} {parameter.name}: this release does not know its type")
    given = f"{text!r} is not" if option == "--set" else "the value is not"
    raise click.UsageError(f"{option} {parameter.name}: {escaped(given)} {expected}")
