"""keys: made, listed, revoked."""

import re
import time

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
        rf"{key[:11]}  \S+  revoked \S+  service_account ci  a:1:read b:write", listed[1]
    )
    assert run(environment, "keys", "revoke", key[:11]).returncode == 1
