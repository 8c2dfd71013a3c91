"""The audits of GraphQL over HTTP that the npm package graphql-http has."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.web.conftest import Listening

AUDIT = Path(__file__).parents[1] / "audit"
AUDITS = 61


def test_every_audit_of_graphql_over_http_is_ok(server: Listening, tmp_path: Path) -> None:
    copy = shutil.copytree(AUDIT, tmp_path / "audit", ignore=shutil.ignore_patterns("node_modules"))
    install = ["npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier"]
    subprocess.run(install, cwd=copy, check=True, timeout=120)

    printed = subprocess.run(
        ["node", "audit.mjs", server.url, server.ann],
        cwd=copy,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    results = json.loads(printed)

    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
