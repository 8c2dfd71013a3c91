"""SGP's wire form of a template: the stored field names and values, as in JSON or YAML files."""

import re
from collections.abc import Iterable
from typing import Any

from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.naming import camel
from app.domain.sgp_input import without_nulls
from app.domain.validation.known_names import checked_with_names

_GIVEN = {*CreateModelTemplate.__struct_fields__}
_SET_BY_SERVER = tuple(name for name in ModelTemplate.__struct_fields__ if name not in _GIVEN)


def read(raw: Any) -> CreateModelTemplate:
    """The create command of a template in wire form. Raises Invalid with all errors.

    Fields that the server sets are ignored.
    """
    raw = without_nulls(CreateModelTemplate, raw)
    if isinstance(raw, dict):
        raw = {name: value for name, value in raw.items() if name not in _SET_BY_SERVER}
    return checked_with_names(CreateModelTemplate, raw, _SET_BY_SERVER)


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def file_path(raw: Any, path: Iterable[str]) -> tuple[str, ...]:
    """A path in the API's names as one in the names of a file, in camelCase or snake_case."""
    names, value = [], raw
    for part in path:
        known = value if isinstance(value, dict) else {}
        alike = [str(key) for key in known if part == camel(str(key))]
        name = part if part in known else (alike or [_snake_case(part)])[0]
        names.append(name)
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = known.get(name)
    return tuple(names)
