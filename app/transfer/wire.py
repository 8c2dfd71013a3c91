"""SGP's wire form of a template: the stored names and values, as JSON or YAML files hold them."""

import re
from typing import Any

from app.domain.errors import UserError
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.naming import camel
from app.domain.validation.rules import checked

_SERVERS_OWN = {*ModelTemplate.__struct_fields__} - {*CreateModelTemplate.__struct_fields__}


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def read(raw: Any) -> CreateModelTemplate:
    """The command that a template in wire form stands for. What the server itself adds to a
    template is passed over. Raises Invalid, with every problem."""
    if isinstance(raw, dict):
        raw = {name: value for name, value in raw.items() if name not in _SERVERS_OWN}
    return checked(CreateModelTemplate, raw, closed=True)


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
    text = f"{'.'.join(names) or '(all)'}: {error.message} [{error.code.name}]"
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
