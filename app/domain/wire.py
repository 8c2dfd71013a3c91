"""SGP's wire form of a template: the stored names and values, as JSON or YAML files hold them."""

import re
from typing import Any

import msgspec

from app.domain.constraint import user_error, violations
from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.rules import problems
from app.domain.text import camel

_SERVERS_OWN = {*ModelTemplate.__struct_fields__} - {*CreateModelTemplate.__struct_fields__}


def read(raw: Any) -> CreateModelTemplate:
    """The command that a template in wire form stands for. What the server itself adds to a
    template is passed over. Raises Invalid, with every problem."""
    if isinstance(raw, dict):
        raw = {name: value for name, value in raw.items() if name not in _SERVERS_OWN}
    if errors := [*violations(CreateModelTemplate, raw, closed=True)]:
        raise Invalid(errors)
    try:
        command = msgspec.convert(raw, CreateModelTemplate)
    except msgspec.ValidationError as error:
        raise Invalid([user_error(UserErrorCode.INVALID, (), f"does not fit: {error}")]) from None
    if errors := problems(command):
        raise Invalid(errors)
    return command


def _stored(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def line(raw: Any, error: UserError) -> str:
    """A problem as one line, with its path in the names that the file itself uses."""
    names, value = [], raw
    for part in error.path:
        known = value if isinstance(value, dict) else {}
        name = next((key for key in known if part in (key, camel(str(key)))), _stored(part))
        names.append(str(name))
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = known.get(name)
    return f"{'.'.join(names) or '(all)'}: {error.message} [{error.code.name}]"
