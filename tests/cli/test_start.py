"""Messages and exit statuses of a server that cannot start."""

import socket
import time
from pathlib import Path

import pytest

from tests.program import run


@pytest.mark.parametrize(
    ("settings", "status", "message"),
    [
        ({"ENVIRONMENT": "production"}, 2, "MODEL_TEMPLATES_MONGODB_URI is needed"),
        ({"HOST": "0.0.0.0"}, 2, "MODEL_TEMPLATES_MONGODB_URI is needed"),
        ({"MONGODB_URI": "mongodb://h", "MONGODB_DATABASE": "a b"}, 2, "MODEL_TEMPLATES_MONGODB"),
        ({"MONGODB_URI": "mongodb://h/?tls=true&tlsCAFile=/nope"}, 2, "MODEL_TEMPLATES_MONGODB"),
        ({"DATA_DIR": "/proc/nope"}, 2, "cannot store the database in /proc/nope"),
        ({"PORT": "http"}, 2, "MODEL_TEMPLATES_PORT: "),
        (
            {"MONGODB_URI": "http://user:secret@h"},
            2,
            "MODEL_TEMPLATES_MONGODB_URI: not a valid MongoDB URI",
        ),
        (
            {"MONGODB_URI": "mongodb://u:secret@127.0.0.1:9"},
            3,
            "The database is not available: 127.0.0.1:9 refuses connections",
        ),
        (
            {"MONGODB_URI": "mongodb://u:secret@h.invalid,127.0.0.1:9/", "WORKERS": "2"},
            3,
            "The database is not available: h.invalid:27017 is a name that DNS does not know; "
            "127.0.0.1:9 refuses connections",
        ),
        ({"RATE_LIMITS": "secret"}, 2, "MODEL_TEMPLATES_RATE_LIMITS: there is no such setting"),
    ],
)
def test_a_failed_start_has_an_exit_status_and_a_message(
    environment: dict[str, str], settings: dict[str, str], status: int, message: str
) -> None:
    ours = {f"MODEL_TEMPLATES_{name}": value for name, value in settings.items()}
    begun = time.monotonic()

    result = run({"MODEL_TEMPLATES_PORT": "0", **environment, **ours})

    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: {message}")
    assert "secret" not in result.stderr
    assert "Traceback" not in result.stderr
    assert "running" not in result.stderr
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("arguments", [(), ("export",)])
def test_a_data_directory_that_cannot_be_used_is_explained(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    directory = Path(environment["MODEL_TEMPLATES_DATA_DIR"])
    (directory / "lease").touch()

    result = run({"MODEL_TEMPLATES_PORT": "0", **environment}, *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: {directory}/lease is not a FIFO, perhaps because {directory} is a copy: delete "
        "it, and try again\n"
    )


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_named(environment: dict[str, str], workers: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        result = run(environment, "--port", port, "--workers", workers)

    assert result.returncode == 1
    assert f"Error: cannot listen on 127.0.0.1, port {port}: the port is in use" in result.stderr
    assert "such as --port " in result.stderr
