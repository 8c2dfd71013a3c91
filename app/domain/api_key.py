"""API keys as texts: their form, and the digest that stands for one wherever it is kept."""

import hashlib
import re
import secrets

PREFIX = "mt_"
_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def is_key(text: str) -> bool:
    """Whether a text has the form of a key."""
    return _KEY.fullmatch(text) is not None


def new_key() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
