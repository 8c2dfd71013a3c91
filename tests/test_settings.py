"""Settings from the environment."""

from pathlib import Path

import pytest

from app.settings import Environment, LogFormat, LogLevel, Playground, SettingError, Settings, load


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.__struct_fields__:
        monkeypatch.delenv(f"MODEL_TEMPLATES_{name.upper()}", raising=False)
    for name in (
        "MONGODB_URI",
        "PORT",
        "WEB_CONCURRENCY",
        "LOG_LEVEL",
        "LAUNCH_URL",
        "LAUNCH_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)


def test_defaults_are_for_development_on_this_machine() -> None:
    settings = load()

    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.in_development
    assert settings.has_playground
    assert settings.on_loopback


def test_variables_set_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_ENVIRONMENT", "Production")
    monkeypatch.setenv("MODEL_TEMPLATES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODEL_TEMPLATES_MAX_BODY_BYTES", "5000")
    monkeypatch.setenv("MODEL_TEMPLATES_HOST", "")
    monkeypatch.setenv("MODEL_TEMPLATES_CORS_ORIGINS", "https://a.example, http://[::1]:3000")

    settings = load()

    assert settings.environment is Environment.PRODUCTION
    assert settings.data_dir == tmp_path
    assert settings.max_body_bytes == 5_000
    assert settings.host == "127.0.0.1"
    assert settings.origins == ("https://a.example", "http://[::1]:3000")
    assert not settings.has_playground


def test_plain_names_work_and_prefixed_ones_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    assert (load().port, load().log_level, load().workers) == (1, LogLevel.ERROR, 3)

    monkeypatch.setenv("MODEL_TEMPLATES_PORT", "2")
    assert load().port == 2
    assert load({"port": 3, "workers": None}).port == 3


SWITCHES = [("on", 1), ("Yes", 1), ("true", 1), ("1", 1), ("off", 0), ("No", 0), ("0", 0)]


@pytest.mark.parametrize(("word", "meaning"), SWITCHES)
def test_a_switch_takes_words(monkeypatch: pytest.MonkeyPatch, word: str, meaning: int) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_PLAYGROUND", word)
    monkeypatch.setenv("MODEL_TEMPLATES_INTROSPECTION", word)

    assert load().has_playground is load().introspection is bool(meaning)


def test_the_playground_may_come_from_a_cdn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_PLAYGROUND", "CDN")
    assert load().playground is Playground.CDN

    monkeypatch.setenv("MODEL_TEMPLATES_PLAYGROUND", "sometimes")
    with pytest.raises(SettingError, match=r"PLAYGROUND.*use one of on, off, cdn"):
        load()


def test_introspection_is_a_switch_and_limits_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_INTROSPECTION", "OFF")
    monkeypatch.setenv("MODEL_TEMPLATES_MAX_ALIASES", "7")

    assert (load().introspection, load().max_aliases) == (False, 7)


def test_an_invalid_word_gets_the_valid_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "warn")

    with pytest.raises(SettingError, match="use one of debug, info, warning, error"):
        load()


def test_a_message_shows_the_expected_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_RATE_LIMIT", "many")
    with pytest.raises(
        SettingError, match=r"RATE_LIMIT: .*the format is 60000/minute, in fields; also"
    ):
        load()

    monkeypatch.setenv("MODEL_TEMPLATES_RATE_LIMIT", "5/hour")
    monkeypatch.setenv("MODEL_TEMPLATES_LOG_FORMAT", "xml")
    with pytest.raises(SettingError, match=r"LOG_FORMAT: .*use one of pretty, json"):
        load()

    monkeypatch.setenv("MODEL_TEMPLATES_LOG_FORMAT", "JSON")
    assert (load().rate_limit, load().log_format) == ("5/hour", LogFormat.JSON)


def test_an_env_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MODEL_TEMPLATES_PORT=7\nMONGODB_URI=mongodb://h\n")
    monkeypatch.setenv("MODEL_TEMPLATES_PORT", "8")

    assert (load().port, load().mongodb_uri) == (8, "mongodb://h")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("ENVIRONMENT", "staging"),
        ("PLAYGROUND", "perhaps"),
        ("INTROSPECTION", "perhaps"),
        ("MAX_BODY_BYTES", "1"),
        ("MAX_DEPTH", "-1"),
        ("MAX_TOKENS", "many"),
        ("MONGODB_DATABASE", "x" * 64),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "a.example:8000"),
        ("ALLOWED_HOSTS", "https://a.example"),
        ("ALLOWED_HOSTS", "a.*.example"),
        ("ALLOWED_HOSTS", "::1"),
        ("ALLOWED_HOSTS", "a b"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "https://a.example, null"),
        ("RATE_LIMIT", "600"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "unlimited"),
        ("RATE_LIMIT", "10/fortnight"),
        ("LOG_FORMAT", "xml"),
        ("KEEP_ALIVE_SECONDS", "0"),
        ("REQUEST_TIMEOUT_SECONDS", "0"),
        ("REQUEST_TIMEOUT_SECONDS", "inf"),
        ("REQUEST_TIMEOUT_SECONDS", "nan"),
        ("SERVER_URL", "templates.example"),
        ("SERVER_URL", "ftp://templates.example"),
        ("SERVER_URL", "https://ann:secret@templates.example"),
        ("SERVER_URL", "https://templates.example/?key=secret"),
        ("API_KEY", "a key"),
        ("API_KEY", "key\n"),
        ("API_KEY", "schl\u00fcssel"),
    ],
)
def test_an_invalid_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MODEL_TEMPLATES_{name}", value)

    with pytest.raises(SettingError, match=f"^MODEL_TEMPLATES_{name}: ") as caught:
        load()

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("h", False)],
)
def test_only_this_machine_reaches_a_loopback_host(host: str, loopback: bool) -> None:
    assert Settings(host=host).on_loopback is loopback


@pytest.mark.parametrize("hosts", ["a.example", " a.example , *.b_c.example,[::1],10.0.0.7 ", "a"])
def test_hosts_are_names_and_addresses(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_ALLOWED_HOSTS", hosts)

    assert load().hosts == tuple(host.strip() for host in hosts.split(","))


@pytest.mark.parametrize("playground", [Playground.ON, Playground.CDN])
def test_in_production_pages_need_a_named_host(playground: Playground) -> None:
    bare = Settings(environment=Environment.PRODUCTION, playground=playground)
    named = Settings(
        environment=Environment.PRODUCTION, playground=playground, allowed_hosts="a.example"
    )

    assert (bare.has_playground, bare.lacks_page_hosts) == (False, True)
    assert (named.has_playground, named.lacks_page_hosts) == (True, False)
    assert not Settings(environment=Environment.PRODUCTION).lacks_page_hosts


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "[::1]:0", "metrics.example:9464", ""])
def test_an_address_for_metrics_has_a_port(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_METRICS_ADDRESS", address)

    assert load().metrics_address == address


@pytest.mark.parametrize("address", ["9464", ":9464", "127.0.0.1", "::1:9464", "a b:1", "a:123456"])
def test_another_address_for_metrics_is_an_error(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_METRICS_ADDRESS", address)

    with pytest.raises(SettingError, match=r"METRICS_ADDRESS: .*127\.0\.0\.1:9464"):
        load()


def error_of(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """The message about these variables, whose names lack the prefix unless they have a `_` before
    them."""
    for name, value in variables.items():
        plain = name.removeprefix("_")
        monkeypatch.setenv(name if plain == name else f"MODEL_TEMPLATES_{plain}", value)
    with pytest.raises(SettingError) as raised:
        load()
    return str(raised.value)


def test_all_wrong_settings_are_reported_at_once_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    message = error_of(
        monkeypatch,
        _MONGODB_URI="http://ann:secret@h",
        _MONGODB_DATABASE="a b",
        _PORT="http",
        WEB_CONCURRENCY="0",
        _INTROSPECTION="perhaps",
        _MAX_BODY_BYTES="mongodb://ann:secret@h",
        _CORS_ORIGINS="*",
        _REQUEST_TIMEOUT_SECONDS="soon",
        _RATE_LIMIT="\x1b" + "9" * 99,
        LOG_LEVEL="warn",
        _MAX_DEPHT="3",
        _QUANTUM="1",
        model_templates_port="1",
    )

    assert message.splitlines() == [
        "13 settings are wrong:",
        "  MODEL_TEMPLATES_MONGODB_URI: not a valid MongoDB URI; the format is "
        "mongodb://USER:PASSWORD@HOST:27017, or mongodb+srv://",
        "  MODEL_TEMPLATES_MONGODB_DATABASE: 'a b' is not valid; the format is a name of 1 to 63 "
        'characters, without spaces and . $ / \\ "',
        "  MODEL_TEMPLATES_PORT: 'http' is not valid; use a whole number from 0 to 65,535",
        "  WEB_CONCURRENCY: '0' is not valid; use a whole number from 1 to 256",
        "  MODEL_TEMPLATES_INTROSPECTION: 'perhaps' is not valid; use on or off",
        "  MODEL_TEMPLATES_MAX_BODY_BYTES: the value is not valid; use a whole number, at least "
        "1,000",
        "  MODEL_TEMPLATES_CORS_ORIGINS: '*' is not valid; the format is "
        "https://a.example,http://localhost:3000, without paths",
        "  MODEL_TEMPLATES_REQUEST_TIMEOUT_SECONDS: 'soon' is not valid; use a number, above 0 and "
        "at most 3,600",
        f"  MODEL_TEMPLATES_RATE_LIMIT: '\\x1b{'9' * 59}…' is not valid; the format is "
        "60000/minute, in fields; also second, hour or day; or none",
        "  LOG_LEVEL: 'warn' is not valid; use one of debug, info, warning, error",
        "  MODEL_TEMPLATES_MAX_DEPHT: there is no such setting; did you mean "
        "MODEL_TEMPLATES_MAX_DEPTH?",
        "  MODEL_TEMPLATES_QUANTUM: there is no such setting",
        "  model_templates_port: there is no such setting; did you mean MODEL_TEMPLATES_PORT?",
    ]


def test_a_single_wrong_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert error_of(monkeypatch, _RATELIMIT="off") == (
        "MODEL_TEMPLATES_RATELIMIT: there is no such setting; did you mean "
        "MODEL_TEMPLATES_RATE_LIMIT?"
    )


def test_an_unknown_setting_in_an_env_file_is_reported_but_not_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MODEL_TEMPLATES_HOSTS=h\nMODEL_TEMPLATES_OLD=\nOTHER=1\n")

    assert error_of(monkeypatch) == (
        "MODEL_TEMPLATES_HOSTS: there is no such setting; did you mean MODEL_TEMPLATES_HOST?"
    )


def test_an_option_of_the_command_line_is_named() -> None:
    with pytest.raises(SettingError, match=r"^--server: the value is not valid; the format is "):
        load({"server_url": "localhost:8000"})
    with pytest.raises(SettingError, match=r"^--port: '70000' is not valid; use a whole number"):
        load({"port": 70_000})


def test_variables_of_the_examples_and_the_build_are_no_mistakes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_URL", "http://127.0.0.1:8000/graphql")
    monkeypatch.setenv("MODEL_TEMPLATES_BUNDLE", "skip")

    assert load() == Settings()


def test_variables_of_kubernetes_services_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "tcp://10.0.0.1:8000"
    for name, value in {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "8000",
        "SERVICE_PORT_HTTP": "8000",
        "PORT": address,
        "PORT_8000_TCP": address,
        "PORT_8000_TCP_PROTO": "tcp",
        "PORT_8000_TCP_PORT": "8000",
        "PORT_8000_TCP_ADDR": "10.0.0.1",
        "METRICS_SERVICE_HOST": "10.0.0.2",
        "METRICS_PORT": "udp://10.0.0.2:9464",
        "METRICS_PORT_9464_UDP_ADDR": "10.0.0.2",
    }.items():
        monkeypatch.setenv(f"MODEL_TEMPLATES_{name}", value)
    assert load() == Settings()

    monkeypatch.setenv("PORT", "9000")
    assert load().port == 9_000


def test_a_key_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_API_KEY", "mt_secret")

    settings = load()

    assert settings.api_key is not None
    assert settings.api_key.reveal() == "mt_secret"
    assert "mt_secret" not in f"{settings} {settings!r} {settings.api_key}"


@pytest.mark.parametrize(
    ("plain", "value"), [("LAUNCH_URL", "launch.internal:80/?a"), ("LAUNCH_API_KEY", "two words")]
)
def test_only_commands_of_launch_mind_variables_that_may_be_another_programs(
    monkeypatch: pytest.MonkeyPatch, plain: str, value: str
) -> None:
    monkeypatch.setenv(plain, value)

    assert load() == Settings()
    with pytest.raises(SettingError, match=f"^{plain}: the value is not valid; the format is "):
        load(launches=True)

    monkeypatch.setenv(f"MODEL_TEMPLATES_{plain}", value)
    with pytest.raises(SettingError, match=f"^MODEL_TEMPLATES_{plain}: the value is not valid"):
        load()
