"""SGP's wire form of a template: the stored field names and values, as in JSON or YAML files."""

import re
from typing import Any

from app.domain.characters import escaped
from app.domain.errors import UserError
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.naming import camel
from app.domain.sgp_input import without_nulls
from app.domain.validation.rules import checked

_SET_BY_SERVER = {*ModelTemplate.__struct_fields__} - {*CreateModelTemplate.__struct_fields__}


def read(raw: Any) -> CreateModelTemplate:
    """The create command of a template in wire form. Raises Invalid with all errors.

    Fields that the server sets are ignored.
    """
    raw = without_nulls(CreateModelTemplate, raw)
    if isinstance(raw, dict):
        raw = {name: value for name, value in raw.items() if name not in _SET_BY_SERVER}
    return checked(CreateModelTemplate, raw, closed=True)


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def line(raw: Any, error: UserError) -> str:
    """An error as one line of text; its path has the names of the file, camelCase or snake_case."""
    names, value = [], raw
    for part in error.path:
        known = value if isinstance(value, dict) else {}
        name = next((key for key in known if part in (key, camel(str(key)))), _snake_case(part))
        names.append(str(name))
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = known.get(name)
    return escaped(f"{'.'.join(names) or '(all)'}: {error.message} [{error.code.name}]")
