"""The ports that a container's command and environment tell it to listen on.

They are guessed from the usual options (`--port 8000`, `--http-port=8000`, `-p 8000`), addresses
(`--bind 0.0.0.0:8000`) and variables (`PORT=8000`, in the command, too). A port that something else
listens on, such as a database or metrics, is not one of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise

LAUNCH_PORT = 5005
"""The port of the container that Launch calls."""

MAX_WORDS = 2_000
"""Words of a command that are looked at: a few milliseconds."""
MAX_CHARACTERS, MAX_DEFAULTS = 1_000, 8
"""Characters of a word that is looked at, and `${NAME:-default}` that are replaced in it."""

_OTHERS = {
    *("metrics", "metric", "prometheus", "statsd", "otel", "otlp", "trace", "tracing", "debug"),
    *("debugger", "profiler", "admin", "management", "master", "main", "rdzv", "dist", "nccl"),
    *("init", "bootstrap", "worker", "ray", "gcs", "peer", "rpc", "db", "database", "redis"),
    *("postgres", "mysql", "mongo", "mongodb", "cache", "proxy", "upstream", "remote", "target"),
    *("client", "from", "backend", "kafka", "broker", "smtp", "ssh", "torch", "zmq", "kv"),
}
"""Words of options that name the port of something else."""

_SERVERS = {
    *("http", "rest", "api", "app", "web", "server", "service", "serve", "serving", "listen"),
    *("listening", "bind", "container", "uvicorn", "gunicorn", "hypercorn", "fastapi", "flask"),
    *("gradio", "streamlit", "bentoml", "mlserver", "tgi", "tei", "nim", "aip", "predict"),
    *("model", "inference", "llm", "sglang", "openai", "django", "express", "node", "user"),
}
"""Words of variables that name the port of the server."""

_OPTION = re.compile(r"(--?[A-Za-z][\w.-]*)(?:[=:](.*))?", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
"""A variable of a shell's command, or of `env`."""

_ADDRESS_OPTION = re.compile(
    r"-b|--?(?:[\w.-]*[-_.])?(?:bind|listen|addr|address|listener|host)", re.IGNORECASE
)
_ANY_HOST = re.compile(r"(?:\w+://)?(?:0\.0\.0\.0|\[::\]|\*|):([0-9]{1,5})/?")
_ANY_ADDRESS = re.compile(r"(?:\w+://)?(?:[\w.*-]*|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})/?")
_DEFAULT = re.compile(r"\$\{(\w+):?-([^{}]*)\}")
_SERVER_MODULES = {"http.server", "SimpleHTTPServer", "runserver"}
_LEAST_OF_SHORT_OPTION = 1024
"""`-p` names other things than ports, too: a number below is one only if it is a usual port."""


def other_port(
    command: Sequence[str], env: Mapping[str, object]
) -> tuple[int | None, str, int] | None:
    """A port that the container listens on instead of LAUNCH_PORT: the index of the argument, or
    None with the name of the variable, and the port. None if nothing names one, or if LAUNCH_PORT
    is mentioned anywhere."""
    texts = [*command, *map(str, env.values())]
    if any(_mentions(text, LAUNCH_PORT) for text in texts):
        return None
    for index, port in _ports_of_command(command, env):
        return index, "", port
    for name, value in env.items():
        for port in _ports_of_variable(name, str(value)):
            return None, name, port
    return None


def _mentions(text: str, port: int) -> bool:
    return re.search(rf"(?<![0-9])0*{port}(?![0-9])", text) is not None


def _ports_of_command(
    command: Sequence[str], env: Mapping[str, object]
) -> Iterator[tuple[int, int]]:
    """Ports with the index of the argument that has them."""
    words = ((index, word) for index, text in enumerate(command) for word in _words_of(text))
    tokens = [(index, _expanded(word, env)) for index, word in islice(words, MAX_WORDS)]
    for index, token in tokens:
        option = _OPTION.fullmatch(token)
        if option and option[2] is not None:
            yield from ((index, port) for port in _ports_of_option(option[1], option[2]))
        elif assigned := _ASSIGNMENT.fullmatch(token):
            yield from ((index, port) for port in _ports_of_variable(assigned[1], assigned[2]))
        elif match := _ANY_HOST.fullmatch(token):
            yield from ((index, port) for port in _port(match[1]))
    for (_, option_text), (index, value) in pairwise(tokens):
        if option_text.startswith("-") or option_text in _SERVER_MODULES:
            yield from ((index, port) for port in _ports_of_option(option_text, value))


def _words_of(text: str) -> Iterator[str]:
    """The words of an argument, which may be a shell's script, without quotation marks. Instead of
    one that is too long, nothing."""
    for match in _WORD.finditer(text):
        is_short = match.end() - match.start() <= MAX_CHARACTERS
        yield match[0].translate(_QUOTES) if is_short else ""


_WORD = re.compile(r"[^\s;&|]+")
_QUOTES = {ord('"'): None, ord("'"): None}


def _expanded(token: str, env: Mapping[str, object]) -> str:
    """The token with `${NAME:-default}` replaced, as a shell would."""

    def replacement(match: re.Match[str]) -> str:
        return str(env.get(match[1], match[2]))[:MAX_CHARACTERS]

    return _DEFAULT.sub(replacement, token, MAX_DEFAULTS)


def _ports_of_option(option: str, value: str) -> Iterator[int]:
    if option in _SERVER_MODULES:
        yield from _port(value)
    elif option == "-p":
        yield from (p for p in _port(value) if p in (80, 443) or p >= _LEAST_OF_SHORT_OPTION)
    elif _ADDRESS_OPTION.fullmatch(option):
        if match := _ANY_ADDRESS.fullmatch(value):
            yield from _port(match[1])
    else:
        *others, last = _words(option.lstrip("-"))
        if last == "port" and _OTHERS.isdisjoint(others):
            yield from _port(value)


def _ports_of_variable(name: str, value: str) -> Iterator[int]:
    *others, last = _words(name)
    if last == "port" and _SERVERS.issuperset(others):
        yield from _port(value)
    elif match := _ANY_HOST.fullmatch(value):
        yield from _port(match[1])
    elif last == "args":
        yield from (port for _, port in _ports_of_command([value], {}))


def _words(name: str) -> list[str]:
    parts = re.split(r"[-_.]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name))
    return [part.lower() for part in parts]


def _port(text: str) -> Iterator[int]:
    text = text.strip()
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= (port := int(text)) <= 65_535:
        yield port
