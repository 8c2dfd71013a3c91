"""Text formats: names, accounts, images, environment variables, routes, quantities, labels."""

import re
from typing import Annotated

from app.domain.access import Id
from app.domain.characters import CONTROLS, EMPTY, INVISIBLE
from app.domain.markers import described, limited, matching

_ACCOUNT_ID = "[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
ACCOUNT_ID_FORM = "1 to 64 letters, digits, _, ., : and -, beginning with a letter or digit"
AccountId = Annotated[Id, matching(_ACCOUNT_ID, ACCOUNT_ID_FORM)]
FilePath = Annotated[
    str,
    matching(
        rf"/[^{CONTROLS}{INVISIBLE}]*", "an absolute path without control or invisible characters"
    ),
]
Name = Annotated[
    str,
    matching(
        rf"[^{CONTROLS}{INVISIBLE}]*",
        "free of control and invisible characters, and of those that change the direction of text",
    ),
]
Title = Annotated[
    str,
    matching(
        rf"(?=[\s{EMPTY}]*[^\s{EMPTY}])[^{CONTROLS}{INVISIBLE}]*",
        "free of control and invisible characters, and not blank",
    ),
    limited(maxLength=200),
]
# OCI reference syntax, from the grammar of the distribution project's reference package.
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)"
_PATH = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
Registry = Annotated[
    str,
    matching(
        rf"(?:{_HOST}(?:\.{_HOST})*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?(?:/{_PATH})*",
        "a registry's host, with an optional port and path, without a scheme",
    ),
    described("Host of the container registry, such as docker.io.", maxLength=255),
]
Image = Annotated[
    str,
    matching(rf"{_PATH}(?:/{_PATH})*", "a lowercase image path, such as vllm/vllm-openai"),
    described("Path of the image in the registry, such as vllm/vllm-openai.", maxLength=255),
]
Tag = Annotated[
    str,
    matching(
        "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}",
        "an image tag: at most 128 letters, digits, _, . and -, without a digest",
    ),
    described("Tag of the image, such as v0.11.0."),
]
MAX_ARGUMENT = 131_071
"""Bytes that Linux takes as one argument of a program."""

Digest = Annotated[
    str, matching("sha256:[0-9a-f]{64}", "sha256: and 64 lowercase hexadecimal digits")
]
Command = Annotated[
    list[Annotated[str, limited(maxBytes=MAX_ARGUMENT)]],
    described("Program and arguments that start the container.", maxItems=256),
]
EnvironmentName = Annotated[
    str, matching("[A-Za-z_][A-Za-z0-9_]*", "letters, digits and _, not beginning with a digit")
]
Environment = Annotated[
    dict[EnvironmentName, Annotated[str, limited(maxBytes=32 * 1024)]],
    described("Environment variables of the container.", maxProperties=256),
]
Route = Annotated[
    str,
    matching(
        rf"/[^\s{CONTROLS}{INVISIBLE}]*",
        "a path that begins with / and has no whitespace, control or invisible characters",
    ),
    limited(maxLength=2_048),
]
Routes = Annotated[list[Route], limited(maxItems=64)]
Quantity = Annotated[
    str,
    matching(
        r"[0-9]+(?:\.[0-9]+)?(?:k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?",
        "a Kubernetes quantity, such as 8Gi",
    ),
    limited(maxLength=64),
]
_LABEL = r"[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_DNS = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
LabelKey = Annotated[
    str,
    matching(
        rf"(?:(?=.{{1,253}}/){_DNS}(?:\.{_DNS})*/)?{_LABEL}",
        "at most 63 letters, digits, -, _ and ., alphanumeric at both ends, "
        "after an optional prefix/",
    ),
]
LabelValue = Annotated[
    str,
    matching(
        rf"(?:{_LABEL})?",
        "empty, or at most 63 letters, digits, -, _ and ., alphanumeric at both ends",
    ),
]


def is_account_id(text: str) -> bool:
    """Whether an account may have the id. Accounts of earlier releases may have others."""
    return re.fullmatch(_ACCOUNT_ID, text) is not None


def is_label_value(text: str) -> bool:
    """Whether a label may have the value."""
    return re.fullmatch(rf"(?:{_LABEL})?", text) is not None
