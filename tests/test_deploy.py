"""The deployment files name only settings, routes, commands and files that exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from pymongo.uri_parser import parse_uri
from starlette.routing import Route
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import hatch_build
from app import __version__
from app.cli import program
from app.main import create_app
from app.server.run import uvicorn_options
from app.server.shutdown import KILL_SECONDS
from app.settings import Settings, load, variable
from app.storage import embedded
from app.storage.driver import HEALTH_SECONDS

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
KUBERNETES = (ROOT / "deploy/kubernetes.yaml").read_text()
OBJECTS = {found["kind"]: found for found in yaml.safe_load_all(KUBERNETES)}
DEPLOYMENT = OBJECTS["Deployment"]["spec"]
POD = DEPLOYMENT["template"]["spec"]
(CONTAINER,) = POD["containers"]
SETTINGS = {variable(name) for name in Settings.__struct_fields__}
PORT = re.findall(r"MODEL_TEMPLATES_PORT=(\d+)", DOCKERFILE)
USER = re.findall(r"^USER (\d+)$", DOCKERFILE, re.M)


def command(words: list[str]) -> click.Command:
    """The command that click finds for the words after `python -m app`."""
    found: click.Command = program.main
    for word in words:
        assert isinstance(found, click.Group)
        found = found.commands[word]
    return found


def test_each_setting_that_is_named_is_one() -> None:
    named = {
        *re.findall(r"MODEL_TEMPLATES_\w+", DOCKERFILE + KUBERNETES),
        *COMPOSE["services"]["server"]["environment"],
    }

    assert variable("mongodb_uri") in named
    assert named - {hatch_build.VARIABLE} <= SETTINGS


def test_probes_ask_routes_on_the_servers_port() -> None:
    app = create_app(Settings(), embedded.in_memory("test"))
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    probes: dict[str, Any] = {
        kind: CONTAINER[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
    }

    assert {kind: probe["path"] for kind, probe in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {probe["path"] for probe in probes.values()} <= routes
    assert {probe["port"] for probe in probes.values()} == {"http"}
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": int(PORT[0])}]
    assert OBJECTS["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.M) == PORT
    assert COMPOSE["services"]["server"]["ports"] == [f"127.0.0.1:{PORT[0]}:{PORT[0]}"]


def test_requests_that_have_begun_can_be_answered() -> None:
    limit = uvicorn_options(Settings())["timeout_graceful_shutdown"] + KILL_SECONDS
    _, wait = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]

    assert POD["terminationGracePeriodSeconds"] >= int(wait) + limit
    assert int(COMPOSE["services"]["server"]["stop_grace_period"].removesuffix("s")) >= limit


def test_old_pods_serve_until_a_new_one_is_ready() -> None:
    assert DEPLOYMENT["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert DEPLOYMENT["progressDeadlineSeconds"] >= 3600
    assert CONTAINER["readinessProbe"]["timeoutSeconds"] > HEALTH_SECONDS


def test_selectors_find_the_pods() -> None:
    labels = DEPLOYMENT["template"]["metadata"]["labels"]

    assert set(OBJECTS) == {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert DEPLOYMENT["selector"]["matchLabels"] == labels
    assert OBJECTS["Service"]["spec"]["selector"] == labels
    budget = OBJECTS["PodDisruptionBudget"]["spec"]
    assert budget["selector"]["matchLabels"] == labels
    assert budget["minAvailable"] < DEPLOYMENT["replicas"]
    assert OBJECTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert CONTAINER["image"].endswith(f":{__version__}")


def test_the_server_may_do_little() -> None:
    server = COMPOSE["services"]["server"]

    assert POD["securityContext"]["runAsNonRoot"]
    assert [str(POD["securityContext"]["runAsUser"])] == USER
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (server["read_only"], server["cap_drop"]) == (True, ["ALL"])


def test_the_server_may_use_little() -> None:
    sizes = CONTAINER["resources"]

    assert sizes["limits"].keys() == sizes["requests"].keys()
    assert sizes["limits"]["memory"] == "512Mi"
    assert COMPOSE["services"]["server"]["mem_limit"] == "512m"
    assert [volume["emptyDir"].keys() for volume in POD["volumes"]] == [{"sizeLimit"}]


def test_the_settings_in_kubernetes_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {entry["name"]: entry.get("value", "mongodb://h") for entry in CONTAINER["env"]}
    commented = re.findall(r'^ +# - \{name: (\w+), value: "(.*)"\}$', KUBERNETES, re.M)
    for name, value in (values | dict(commented)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MODEL_TEMPLATES_ENVIRONMENT", "production")

    settings = load()

    assert settings.rate_limit is not None
    assert settings.has_playground
    assert OBJECTS["Service"]["metadata"]["name"] in settings.hosts


@pytest.mark.parametrize(
    ("client", "seen"), [("10.1.2.3", "203.0.113.9"), ("192.0.2.1", "192.0.2.1")]
)
async def test_only_a_proxy_of_the_cluster_is_believed(client: str, seen: str) -> None:
    (trusted,) = (e["value"] for e in CONTAINER["env"] if e["name"] == "FORWARDED_ALLOW_IPS")
    scopes: list[Scope] = []

    async def app(scope: Any, *_: Any) -> None:
        scopes.append(scope)

    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-host", b"a.example")]
    asked: Any = {"type": "http", "client": (client, 1), "scheme": "http", "headers": headers}
    await ProxyHeadersMiddleware(app, trusted)(asked, None, None)  # type: ignore[arg-type]

    assert [scope["client"][0] for scope in scopes] == [seen]


def test_the_network_policy_admits_the_servers_port_dns_and_mongodb() -> None:
    policy = OBJECTS["NetworkPolicy"]["spec"]

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["ingress"] == [{"ports": [{"protocol": "TCP", "port": "http"}]}]
    assert [port["port"] for rule in policy["egress"] for port in rule["ports"]] == [53, 53, 27017]


def test_mongodb_has_a_password_and_no_way_in_or_out() -> None:
    server, mongodb = COMPOSE["services"]["server"], COMPOSE["services"]["mongodb"]
    user, password = (
        mongodb["environment"][f"MONGO_INITDB_ROOT_{n}"] for n in ("USERNAME", "PASSWORD")
    )
    uri = server["environment"][variable("mongodb_uri")]

    assert re.fullmatch(r"\$\{MONGO_PASSWORD:\?.+\}", password)  # Compose refuses to start without.
    assert uri == f"mongodb://{user}:{password}@mongodb:27017/?authSource=admin"
    parsed = parse_uri(uri.replace(password, "0af9" * 12))
    assert (parsed["username"], parsed["password"]) == (user, "0af9" * 12)
    assert "ports" not in mongodb
    assert mongodb["networks"] == ["database"]
    assert COMPOSE["networks"] == {"database": {"internal": True}}
    assert "MONGO_PASSWORD" in (ROOT / "README.md").read_text()


def test_commands_and_files_that_are_named_are_there() -> None:
    entry, default, check = (
        yaml.safe_load(found)
        for pattern in (r"^ENTRYPOINT (.*)$", r"^CMD (.*)$", r"^    CMD (.*)$")
        for found in re.findall(pattern, DOCKERFILE, re.M)
    )
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.M)
        for word in shlex.split(line)[:-1]
        if not word.startswith("--")
    ]

    assert entry == ["python", "-m", "app"]
    assert command(default).name == "serve"
    assert check[:3] == entry
    assert command(check[3:]).name == "health"
    admitted = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.M)
    assert copied == ["requirements.lock", "requirements-build.lock", "."]
    assert {*copied[:2], "app", "seeds", "frontend", "hatch_build.py"} <= set(admitted)
    assert all((ROOT / name).exists() for name in admitted)
