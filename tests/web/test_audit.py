"""The audits of GraphQL over HTTP that the npm package graphql-http has."""

import json
from pathlib import Path

import pytest

from tests.clients.project import installed, run
from tests.web.conftest import Listening

AUDIT = Path(__file__).parents[1] / "audit"
AUDITS = 61


@pytest.mark.slow
def test_every_audit_of_graphql_over_http_passes(server: Listening, tmp_path: Path) -> None:
    project = installed(AUDIT, tmp_path / "audit")

    results = json.loads(run(project, "node", "audit.mjs", server.url, server.ann))

    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
