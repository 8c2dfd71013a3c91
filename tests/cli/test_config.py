"""config show: the settings, where each comes from, and no secret."""

from pathlib import Path

import pytest

from app.settings import Settings, variable
from app.storage.uri import masked
from tests.program import run


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://h", "mongodb://h"),
        ("mongodb://ann:S@h:1,[::1]:2/db", "mongodb://ann:***@h:1,[::1]:2/db"),
        ("mongodb+srv://ann:S%40@h.example", "mongodb+srv://ann:***@h.example"),
        ("mongodb://S@h", "mongodb://***@h"),
        ("mongodb://ann:@h", "mongodb://ann:***@h"),
        (
            "mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:S&replicaSet=r&what=S;S",
            "mongodb://h/?authMechanismProperties=***&replicaSet=r&what=***;***",
        ),
        ("mongodb://%2Ftmp%2Fa.sock/?TLS=true", "mongodb://%2Ftmp%2Fa.sock/?TLS=true"),
        ("mongodb://ann:S/S@h", "***"),
        ("mongodb://ann:S@S@h", "***"),
        ("mongodb://ann:S?S@h", "***"),
        ("mongodb://h/?a=b@S", "***"),
        ("S", "***"),
        ("http://ann:S@h", "***"),
    ],
)
def test_a_uri_is_shown_without_its_secrets(uri: str, shown: str) -> None:
    assert masked(uri) == shown


def test_each_setting_is_shown_with_where_it_comes_from(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=error\nMODEL_TEMPLATES_PORT=1\n")
    given = {
        "MODEL_TEMPLATES_PORT": "2",
        "MONGODB_URI": "mongodb://ann:secret@h/?w=1",
        "MODEL_TEMPLATES_API_KEY": "mt_secret",
    }

    result = run({**environment, **given}, "config", "show", cwd=tmp_path)

    lines = dict(line.split("=", 1) for line in result.stdout.splitlines())
    assert (result.returncode, result.stderr) == (0, "")
    assert list(lines) == [variable(name) for name in Settings.__struct_fields__]
    shown = {name: " ".join(rest.split()) for name, rest in lines.items()}
    assert shown["MODEL_TEMPLATES_PORT"] == "2 # environment"
    assert shown["MODEL_TEMPLATES_LOG_LEVEL"] == "error # .env, LOG_LEVEL"
    assert shown["MODEL_TEMPLATES_DATA_DIR"] == f"{tmp_path} # environment"
    assert shown["MODEL_TEMPLATES_PLAYGROUND"] == "on # default"
    assert shown["MODEL_TEMPLATES_CORS_ORIGINS"] == "# default"
    assert shown["MODEL_TEMPLATES_RATE_LIMIT"] == "none # default"
    assert shown["MODEL_TEMPLATES_API_KEY"] == "'***' # environment"
    assert (
        shown["MODEL_TEMPLATES_MONGODB_URI"]
        == "'mongodb://ann:***@h/?w=1' # environment, MONGODB_URI"
    )


def test_an_invalid_setting_is_named(environment: dict[str, str]) -> None:
    result = run({**environment, "MODEL_TEMPLATES_MAX_DEPTH": "deep"}, "config", "show")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: MODEL_TEMPLATES_MAX_DEPTH: ")


def test_keys_are_masked(environment: dict[str, str]) -> None:
    keys = {"LAUNCH_API_KEY": "launch-key-8c1f", "MODEL_TEMPLATES_API_KEY": "mt_secret"}

    result = run({**environment, **keys}, "config", "show")

    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "MODEL_TEMPLATES_LAUNCH_API_KEY='***' # environment, LAUNCH_API_KEY" in lines
    assert "MODEL_TEMPLATES_API_KEY='***' # environment" in lines
    assert "launch-key" not in result.stdout + result.stderr
