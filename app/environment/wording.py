"""The values that a type takes, in words for people who do not know Python."""

from enum import Enum
from pathlib import Path
from typing import Any, get_args

from msgspec import inspect

MAX_SHOWN = 60


def wanted(kind: Any) -> str:
    """The end of an error message: "use on or off", "use a whole number, at least 1"."""
    for choice in (kind, *get_args(kind)):
        if isinstance(choice, type) and issubclass(choice, Enum):
            return f"use one of {', '.join(str(member.value) for member in choice)}"
        if isinstance(choice, type) and issubclass(choice, Path):
            return "use a path"
    match _not_null(inspect.type_info(kind)):
        case inspect.BoolType():
            return "use on or off"
        case inspect.IntType(gt=gt, ge=ge, lt=lt, le=le):
            return f"use a whole number{_range(gt, ge, lt, le)}"
        case inspect.FloatType(gt=gt, ge=ge, lt=lt, le=le):
            return f"use a number{_range(gt, ge, lt, le)}"
        case inspect.StrType(min_length=least, max_length=most) if least and most:
            return f"use {least} to {most} characters"
    return "use another value"


def shown(value: object) -> str:
    """A value in quotes, shortened, and without what may be a password in an address."""
    text = str(value)
    if "://" in text and "@" in text:
        return "the value"
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")


def _not_null(info: inspect.Type) -> inspect.Type:
    if isinstance(info, inspect.UnionType):
        return next(kind for kind in info.types if not isinstance(kind, inspect.NoneType))
    return info


def _range(gt: float | None, ge: float | None, lt: float | None, le: float | None) -> str:
    if ge is not None and le is not None:
        return f" from {ge:,} to {le:,}"
    least = f"above {gt:,}" if gt is not None else f"at least {ge:,}" if ge is not None else ""
    most = f"below {lt:,}" if lt is not None else f"at most {le:,}" if le is not None else ""
    limits = " and ".join(filter(None, (least, most)))
    return f", {limits}" if limits else ""
