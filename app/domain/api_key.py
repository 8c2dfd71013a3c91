"""API keys: their format, and the digest that is stored in place of a key."""

import hashlib
import re
import secrets

PREFIX = "mt_"
PREFIX_LENGTH = len(PREFIX) + 8
"""Characters of a key that are stored and shown."""
_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def is_key(text: str) -> bool:
    """Whether a text has the format of an API key."""
    return _KEY.fullmatch(text) is not None


def prefix_of(key: str) -> str:
    """The first characters of a key, by which people recognise it; they do not help to guess it."""
    return key[:PREFIX_LENGTH]


def new_key() -> str:
    """A new API key with 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """The SHA-256 digest of a key, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
