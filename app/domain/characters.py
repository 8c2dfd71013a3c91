"""Characters that people cannot see or that mislead them, in text from elsewhere."""

import re
import unicodedata

CONTROLS = r"\x00-\x1f\x7f-\x9f"
"""Control characters, for a class of a regular expression: C0, DEL and C1."""

INVISIBLE = (
    r"\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
"""Characters without a shape of their own, for a class of a regular expression: of zero width,
line separators, tags, and those that change the direction of the text around them."""

EMPTY = r"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters, marks and symbols whose shape is empty, such as fillers and the braille blank, for a
class of a regular expression."""

_EMPTY = frozenset(EMPTY.encode().decode("unicode_escape"))

_UNPRINTABLE = re.compile(rf"[{CONTROLS}{INVISIBLE}\ud800-\udfff]")


def is_blank(text: str) -> bool:
    """Whether the text shows nothing: it is empty, or only white space of any script, invisible
    characters and empty shapes."""
    return all(map(_shows_nothing, text))


def _shows_nothing(character: str) -> bool:
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    category = unicodedata.category(character)
    return category in ("Cc", "Cf", "Zs", "Zl", "Zp") or character in _EMPTY or is_selector


def is_clear(text: str) -> bool:
    """Whether the text shows something, and has neither control nor invisible characters nor lone
    surrogates."""
    return not is_blank(text) and _UNPRINTABLE.search(text) is None


def escaped(text: str) -> str:
    """The text on one line, with escapes such as \\n and \\x1b for control and invisible characters
    and lone surrogates, so that neither a terminal nor a log takes it for more than text."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
