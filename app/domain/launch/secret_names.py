"""Environment variables that seem to hold a secret, told by their names."""

import re

_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_SECRET_WORD = re.compile(
    "KEY|PASS|.*(?:TOKEN|PASSWORDS?|PASSWD|PWD|PASSPHRASE|SECRETS?|CREDENTIALS?"
    "|(?:API|ACCESS|PRIVATE|SECRET)KEY)"
)
"""Last words of the names of secrets. TOKENS and KEYS are counted or listed, mostly."""

_HARMLESS = {
    *("PWD", "OLDPWD"),  # a shell's directories
    # Of a database, a cache or a map; and public keys.
    *(f"{word} KEY" for word in ("CACHE", "FOREIGN", "GROUP", "INDEX", "OBJECT", "PARTITION")),
    *(f"{word} KEY" for word in ("PRIMARY", "PUBLIC", "ROUTING", "SORT")),
    # Of a tokenizer, or counted.
    *(f"{word} TOKEN" for word in ("BEGIN", "BOS", "CLS", "END", "EOS", "IMAGE", "MASK", "MAX")),
    *(f"{word} TOKEN" for word in ("MIN", "NEW", "PAD", "PER", "SEP", "SPECIAL", "START", "STOP")),
    "UNK TOKEN",
}
"""Names, or their last two words, that are not those of secrets."""

_ABOUT_SECRETS = {
    *("ARN", "BACKEND", "DIR", "DIRECTORY", "ENABLED", "FILE", "ID", "LENGTH", "MANAGER", "MODE"),
    *("NAME", "NAMESPACE", "PATH", "PREFIX", "PROVIDER", "REF", "REGION", "STORE", "TTL", "TYPE"),
    *("URI", "URL", "VERSION"),
}
"""Last words after which SECRET is only what the value is about."""

_NO_SECRET_VALUE = re.compile(
    r"""\s*(?:
        | true | false | yes | no | on | off | none | null | [01]
        | \$\w+ | \$\{.*\} | \$\(.*\) | \{\{.*\}\} | <.*>     # references and placeholders
        | (?:/[\w.-]+)+                                       # files, such as a mounted secret
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def seems_secret(name: str, value: str) -> bool:
    """Whether the variable's name is like that of a secret, such as `HF_TOKEN`, `apiKey` or
    `DB_PASSWORD`, and its value can be one: not empty, a switch, a reference or a path."""
    words = [word.upper() for word in _WORD.findall(name)]
    if not words or _NO_SECRET_VALUE.fullmatch(value):
        return False
    last = words[-1]
    if " ".join(words[-2:]) in _HARMLESS:
        return False
    return _SECRET_WORD.fullmatch(last) is not None or (
        "SECRET" in words and last not in _ABOUT_SECRETS
    )
