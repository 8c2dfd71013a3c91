"""Environment variables, and those of a .env file, with one prefix."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping

LINK = re.compile(r"(tcp|udp|sctp)://")
LINK_NAME = re.compile(
    r"(\w+_)?SERVICE_(HOST|PORT(_\w+)?)|(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?"
)


class EnvFileError(ValueError):
    """A .env file that cannot be read."""


def env_file() -> dict[str, str | None]:
    """The variables of the .env file in the working directory, if there is one. Raises
    EnvFileError."""
    if not os.path.exists(".env"):
        return {}
    from dotenv import dotenv_values  # Slow to import, and production has no such file.

    try:
        return dotenv_values(".env")
    except (OSError, UnicodeError) as error:
        raise EnvFileError(f".env cannot be read: {error}") from None


def without_links(environment: Mapping[str, str | None], prefix: str) -> dict[str, str | None]:
    """The variables without those by which Kubernetes tells a container of a service whose name
    begins like the prefix: MODEL_TEMPLATES_PORT is tcp://10.0.0.1:8000 then."""

    def is_link(name: str, value: str | None) -> bool:
        if not name.startswith(prefix):
            return False
        rest = name.removeprefix(prefix)
        is_address = rest.endswith("PORT") and LINK.match(value or "")
        return bool(is_address or LINK_NAME.fullmatch(rest))

    return {name: value for name, value in environment.items() if not is_link(name, value)}


def unknown(
    environment: Mapping[str, str | None], prefix: str, known: Iterable[str]
) -> Iterator[str]:
    """A message about each variable with the prefix that is not known and not empty."""
    names = {name.removeprefix(prefix): name for name in known}
    for name, value in environment.items():
        rest = name.upper().removeprefix(prefix)
        if name in names.values() or not value or not name.upper().startswith(prefix):
            continue
        from difflib import get_close_matches  # Few environments have mistakes.

        close = get_close_matches(rest, names, n=1, cutoff=0.7)
        advice = f"; did you mean {names[close[0]]}?" if close else ""
        yield f"{name}: there is no such setting{advice}"
