"""Commands: long arguments, texts that Launch changes, command lines, and other ports than 5005."""

from typing import Any

import pytest

from app.storage.driver import Database
from tests.builders import a_parameter, an_input
from tests.conftest import Caller
from tests.reports.reported import (
    BUNDLE,
    a_server,
    bundle,
    case,
    created,
    errors_of,
    planned,
    told,
)

COMMAND, STREAMING_COMMAND = BUNDLE + "command", BUNDLE + "streamingCommand"


def with_command(*command: str, env: dict[str, str] | None = None) -> Any:
    input = case("23")
    bundle(input).update(command=[*command], env=env or {})
    return input


async def test_a_long_argument_is_accepted_and_planned(dan: Caller) -> None:
    id, warnings = await created(dan, case("11"))
    plan = await planned(dan, id)

    assert warnings == plan["warnings"] == plan["errors"] == []
    assert plan["createModelBundleRequest"]["flavor"]["command"] == bundle(case("11"))["command"]


@pytest.mark.parametrize("argument", ["x" * 131_071, "é" * 65_535 + "x"])
async def test_an_argument_may_be_as_long_as_linux_takes(store: Database, argument: str) -> None:
    dan = await a_server(store)

    id, warnings = await created(dan, with_command("sh", argument))

    assert warnings == []
    assert (await planned(dan, id))["createModelBundleRequest"]["flavor"]["command"][1] == argument
    assert await errors_of(dan, {**with_command("sh", argument + "x"), "name": "over"}) == [
        ("OUT_OF_RANGE", COMMAND + ".1")
    ]


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        (bundle(case("23"))["command"][2], "a newline and both kinds of quotes"),
        ("a\nb", "a newline"),
        ("C:\\models", "a backslash"),
        ("--limit '{\"image\":1}'", "both kinds of quotes"),
        ("a\tb", "a tab"),
        ("a\u200bb", "a character that cannot be printed"),
    ],
)
async def test_what_releases_of_launch_change_is_a_warning(
    dan: Caller, argument: str, said: str
) -> None:
    id, warnings = await created(dan, with_command("sh", "-c", argument))
    plan = await planned(dan, id)

    assert told(warnings) == [("INVALID", COMMAND + ".2")]
    assert warnings[0]["message"] == (
        f"command[2] contains {said}, which releases of Launch before August 2026 change or fail "
        "on when they start the container. Put it into a script in the image, or make sure that "
        "Launch is newer."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)


@pytest.mark.parametrize("program", ["", " ", "\u3000"])
async def test_a_program_without_a_name_is_a_warning(dan: Caller, program: str) -> None:
    _, warnings = await created(dan, with_command(program, "--port", "5005"))

    assert (warnings[0]["code"], warnings[0]["message"]) == (
        "INVALID",
        "command[0] is blank, so the container would look for a program without a name and not "
        "start.",
    )


async def test_the_command_of_further_nodes_is_looked_at_too(dan: Caller) -> None:
    input = {**with_command(), "endpointType": "STREAMING"}
    bundle(input).update(
        streamingCommand=["serve"], workerCommand=["sh", "-c", "a\nb"], workerEnv={}
    )
    input["vendorConfiguration"]["endpointConfig"].update(
        nodesPerWorker=2, gpus=1, gpuType="NVIDIA_TESLA_T4", perWorker=1
    )

    id, warnings = await created(dan, input)

    assert told(warnings) == [("INVALID", BUNDLE + "workerCommand.2")]
    assert (await planned(dan, id))["warnings"] == warnings


@pytest.mark.parametrize("argument", ['echo "x"', "echo 'x'", "é 😀", "$A && b | c; d # e"])
async def test_what_they_pass_on_is_none(dan: Caller, argument: str) -> None:
    assert (await created(dan, with_command("sh", "-c", argument)))[1] == []


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("python -m serve", '["python", "-m", "serve"]'),
        (" serve 'a b' ", '["serve", "a b"]'),
        ("it's one", '["it\'s", "one"]'),
    ],
)
async def test_one_element_with_blanks_is_probably_a_command_line(
    dan: Caller, command: str, shown: str
) -> None:
    input = with_command()
    bundle(input)["command"] = command  # GraphQL makes a list of it.

    _, warnings = await created(dan, input)

    assert told(warnings) == [("INVALID", COMMAND)]
    assert warnings[0]["message"].endswith(
        f"Write the program and each argument as an element: {shown}."
    )


async def test_the_commands_of_streams_and_jobs_are_looked_at_too(dan: Caller) -> None:
    input = case("02") | {"endpointType": "STREAMING"}
    bundle(input)["streamingCommand"] = ["python -m serve"]
    input["vendorConfiguration"]["fineTuningJobBundleConfig"]["command"] = ["sh", "-c", "a\nb"]
    input["vendorConfiguration"]["endpointConfig"]["perWorker"] = 1

    _, warnings = await created(dan, input)

    assert told(warnings) == [
        ("INVALID", STREAMING_COMMAND),
        ("INVALID", "vendorConfiguration.fineTuningJobBundleConfig.command.2"),
    ]


@pytest.mark.parametrize("streaming_command", [None, []])
async def test_a_stream_without_a_command_runs_the_images_own(
    dan: Caller, streaming_command: Any
) -> None:
    input = case("23") | {"endpointType": "STREAMING"}
    bundle(input).update(command=["serve"], streamingCommand=streaming_command)
    input["vendorConfiguration"]["endpointConfig"]["perWorker"] = 1

    id, warnings = await created(dan, input)
    plan = await planned(dan, id)

    assert told(warnings) == [("REQUIRED", STREAMING_COMMAND)]
    assert warnings[0]["message"] == (
        "streamingCommand is empty: Launch accepts that for STREAMING endpoints, and the image's "
        "own entry point runs. Set it, unless the entry point serves on port 5005."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)
    assert plan["createModelBundleRequest"]["flavor"]["streaming_command"] == []


OTHER_PORTS: list[tuple[list[str], dict[str, str], str, int]] = [
    (["serve", "--port", "8000"], {}, COMMAND + ".2", 8000),
    (["serve", "--port=8000"], {}, COMMAND + ".1", 8000),
    (["serve", "-p", "8000"], {}, COMMAND + ".2", 8000),
    (["serve", "--http-port=8000"], {}, COMMAND + ".1", 8000),
    (["serve", "--http_port", "8000"], {}, COMMAND + ".2", 8000),
    (["serve", "--server.port=8501"], {}, COMMAND + ".1", 8501),
    (["tritonserver", "--grpc-port=9000", "--http-port=8000"], {}, COMMAND + ".1", 9000),
    (["sh", "-c", "exec vllm serve m --port 8000"], {}, COMMAND + ".2", 8000),
    (
        ["sh", "-c", 'uvicorn app:app --host 0.0.0.0 --port "8080" && true'],
        {},
        COMMAND + ".2",
        8080,
    ),
    (["sh", "-c", "serve --port ${PORT:-8000}"], {}, COMMAND + ".2", 8000),
    (["sh", "-c", "PORT=8000 exec serve"], {}, COMMAND + ".2", 8000),
    (["env", "UVICORN_PORT=8000", "serve"], {}, COMMAND + ".1", 8000),
    (["gunicorn", "-b", ":8080", "app"], {}, COMMAND + ".2", 8080),
    (["gunicorn", "--bind=127.0.0.1:8080", "app"], {}, COMMAND + ".1", 8080),
    (["manage.py", "runserver", "0.0.0.0:8000"], {}, COMMAND + ".2", 8000),
    (["python", "-m", "http.server", "8000"], {}, COMMAND + ".3", 8000),
    (["serve"], {"PORT": "8080"}, BUNDLE + "env.PORT", 8080),
    (["serve"], {"UVICORN_PORT": "8000"}, BUNDLE + "env.UVICORN_PORT", 8000),
    (
        ["serve"],
        {"GUNICORN_CMD_ARGS": "--bind=0.0.0.0:8000"},
        BUNDLE + "env.GUNICORN_CMD_ARGS",
        8000,
    ),
    (["serve"], {"LISTEN": "0.0.0.0:8000"}, BUNDLE + "env.LISTEN", 8000),
    (["serve", "--port", "50051"], {}, COMMAND + ".2", 50051),
]


@pytest.mark.parametrize(("command", "env", "path", "port"), OTHER_PORTS, ids=str)
async def test_another_port_is_a_warning(
    dan: Caller, command: list[str], env: dict[str, str], path: str, port: int
) -> None:
    id, warnings = await created(dan, with_command(*command, env=env))
    plan = await planned(dan, id)

    assert told(warnings) == [("INCONSISTENT", path)]
    assert warnings[0]["message"].endswith(
        f"has the port {port}, and nothing has 5005: Launch calls the container on port 5005 only, "
        "so the endpoint would never become ready. Let the server listen on 5005."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)


@pytest.mark.parametrize(
    ("command", "env"),
    [
        (["serve", "--port", "5005"], {}),
        (["tritonserver", "--grpc-port=9000", "--http-port=5005"], {}),
        (["serve", "--port", "8000"], {"PORT": "5005"}),
        (["sh", "-c", "serve --port ${PORT:-8000}"], {"PORT": "5005"}),
        (["serve", "--port", "$PORT"], {}),
        (["serve", "--port", "05005"], {}),
        (["sh", "-c", "PORT=5005 DB_PORT=5432 exec serve"], {}),
        (["serve", "--metrics-port", "9090"], {}),
        (["torchrun", "--master_port=29500", "serve.py"], {"MASTER_PORT": "29500"}),
        (["serve", "--support", "100", "--export=8000", "-p", "8"], {}),
        (["serve", "--db", "postgres://db.example:5432/x"], {"REDIS_PORT": "6379"}),
        (["serve"], {"DB_URL": "postgres://db.example:5432/x", "VLLM_PORT": "1", "AIRPORT": "7"}),
        (["serve", "--max-len", "8000", "--seed=8080"], {"PORTS": "8000", "MAX": "8080"}),
        (["mkdir", "-p", "8000"], {"A": "5005"}),
    ],
    ids=str,
)
async def test_no_other_port_is_none(dan: Caller, command: list[str], env: dict[str, str]) -> None:
    assert (await created(dan, with_command(*command, env=env)))[1] == []


async def test_a_parameter_may_set_the_port(dan: Caller) -> None:
    fields = [an_input(a_parameter(name="PORT", type="int", default=8000))]
    input = with_command("serve") | {"modelCreationParametersSchema": {"parameters": fields}}

    id, warnings = await created(dan, input)
    paths = [
        told((await planned(dan, id, parameters=given))["warnings"])
        for given in ({}, {"PORT": 9000}, {"PORT": 5005})
    ]

    assert told(warnings) == [
        ("INCONSISTENT", "modelCreationParametersSchema.parameters.0.default")
    ]
    assert paths == [*[[("INCONSISTENT", "modelCreationParameters.PORT")]] * 2, []]
