"""keys: made, listed, revoked."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from app.cli.key_commands import keys_create
from tests.program import run, serving_with


def test_keys_are_made_and_revoked_beside_a_running_server(environment: dict[str, str]) -> None:
    viewer = "{ viewer { identityId accounts { accountId canWrite } } }"
    with serving_with(environment, "--port", "0") as server:
        made = run(
            environment,
            *("keys", "create", "--identity", "ci", "--type", "service_account"),
            *("--account", "a:1:read", "--account", "b"),
        )
        key = made.stdout.strip()
        assert server.ask(viewer, key).json()["data"]["viewer"] == {
            "identityId": "ci",
            "accounts": [
                {"accountId": "a:1", "canWrite": False},
                {"accountId": "b", "canWrite": True},
            ],
        }

        revoked = run(environment, "keys", "revoke", key[:11])
        deadline = time.monotonic() + 30
        while server.ask(viewer, key).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.2)

    listed = run(environment, "keys", "list").stdout.splitlines()
    assert re.fullmatch(r"mt_[\w-]{43}\n", made.stdout)
    assert revoked.stdout == f"{key[:11]} is revoked\n"
    assert len(listed) == 2
    assert re.fullmatch(
        rf"{key[:11]}  \S+  revoked \S+  last used \S+  service_account ci  a:1:read b:write",
        listed[1],
    )
    assert run(environment, "keys", "revoke", key[:11]).returncode == 1


def test_keys_with_an_expiry_are_listed_with_it(environment: dict[str, str]) -> None:
    create = ("keys", "create", "--identity", "ci", "--account", "a")
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    made = [
        run(environment, *create, *expiry)
        for expiry in ((), ("--expires-in", "90d"), ("--expires", "2199-01-31"))
    ]
    lines = run(environment, "keys", "list").stdout.splitlines()

    assert [result.returncode for result in made] == [0, 0, 0]
    states = [re.sub(r"^\S+  \S+  ", "", line) for line in lines]
    assert states[0] == "valid  no recorded use  user ci  a:write"
    assert states[2] == "valid until 2199-01-31T00:00Z  no recorded use  user ci  a:write"
    until = datetime.strptime(states[1].split("  ")[0], "valid until %Y-%m-%dT%H:%M%z")
    assert timedelta(0) <= until - before - timedelta(days=90) <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("expiry", "message"),
    [
        (("--expires-in", "90"), "'90' is not a number of hours, days or weeks, such as 12h"),
        (("--expires-in", "0d"), "'0d' is not a number of"),
        (("--expires-in", "-1d"), "'-1d' is not a number of"),
        (("--expires-in", "\u0661d"), "is not a number of"),
        (("--expires-in", "99999w"), "'99999w' ends after the year 2200"),
        (("--expires", "tomorrow"), "'tomorrow' is not a date such as 2027-01-31"),
        (("--expires", "2027-02-30"), "'2027-02-30' is not a date"),
        (("--expires", "20270131"), "'20270131' is not a date"),
        (("--expires", "2020-01-01"), "2020-01-01 has begun already, in UTC; use a later day"),
        (("--expires", "2201-01-01"), "2201-01-01 is after the year 2200"),
        (("--expires-in", "1d", "--expires", "2199-01-01"), "use either --expires-in or --expires"),
    ],
)
def test_an_invalid_expiry_is_explained(expiry: tuple[str, ...], message: str) -> None:
    given = ["--identity", "ci", "--account", "a", *expiry]

    result = CliRunner().invoke(keys_create, given)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
