"""The examples in the README and the guide give the results that are shown there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from app.cli.schema_commands import schema
from tests.clients.project import run
from tests.program import serving_with

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "docs/guide.md").read_text()
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def block(language: str, after: str, text: str = README) -> str:
    """The first code block of a language below a heading."""
    found = re.search(rf"^```{language}\n(.*?)^```", text.split(after, 1)[1], re.S | re.M)
    assert found
    return found[1]


def run_typescript(script: str, project: Path, key: str) -> str:
    """Compile a script with strict checks, run it, and return its output."""
    (project / "readme").mkdir()
    (project / "readme/main.ts").write_text(script)
    (project / "readme/tsconfig.json").write_text(
        '{"extends": "../tsconfig.json", "include": ["main.ts"], '
        '"compilerOptions": {"rootDir": ".", "outDir": "built"}}'
    )
    run(project, "npx", "tsc", "--project", "readme")
    return run(project, "node", "readme/built/main.js", KEY=key)


def test_the_plan_in_the_guide_is_printed() -> None:
    command = block("sh", "`schema explain` prints", GUIDE)
    [document] = re.findall("^echo '(.*)' \\| python -m app schema explain -$", command, re.M)

    printed = CliRunner().invoke(schema, ["explain", "-"], input=document)

    assert printed.exit_code == 0
    assert f"```\n{printed.output}```" in GUIDE


@pytest.mark.slow
def test_the_examples_give_the_documented_results(environment: dict[str, str], node: Path) -> None:
    with serving_with(environment, "--port", "0", "--seed") as server:
        body = block("sh", "### curl").split("<<'JSON'\n")[1].split("JSON\n")[0]
        headers = {"x-api-key": server.key, "content-type": "application/json"}
        answer = httpx.post(server.url, content=body, headers=headers).text

        wrong = json.loads(body)
        wrong["variables"]["input"]["vendorConfiguration"]["bundleConfig"]["tag"] = "a b"
        rejected = httpx.post(server.url, json=wrong, headers=headers).json()

        changed, planned, found = (
            httpx.post(server.url, json={"query": query, "variables": variables}, headers=headers)
            for variables in [{"id": ID.findall(answer)[0]}]
            for query in (
                block("graphql", "## Change a template", GUIDE),
                block("graphql", "## Preview a launch", GUIDE),
                block("graphql", "## Find templates", GUIDE),
            )
        )

        script = block("python", "### Python").replace("http://127.0.0.1:8000/graphql", server.url)
        printed = subprocess.run(
            [sys.executable, "-c", script],
            env={**environment, "KEY": server.key},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

        typescript = block("ts", "### TypeScript").replace(
            "http://127.0.0.1:8000/graphql", server.url
        )
        logged = run_typescript(typescript, node, server.key)

    assert ID.sub("", answer) == ID.sub("", block("json", "### curl")).strip()
    assert rejected["data"]["createModelTemplate"]["errors"] == [
        json.loads(block("json", "each with a `code`"))
    ]
    assert changed.json()["data"]["updateModelTemplate"] == {
        "modelTemplate": {
            "revision": 2,
            "revisions": {
                "nodes": [
                    {"revision": 1, "vendorConfiguration": {"bundleConfig": {"tag": "1.0.0"}}}
                ]
            },
        },
        "errors": [],
    }
    first, *_ = found.json()["data"]["modelTemplates"]["nodes"]
    assert first["name"] == "sentence-embedding"
    template = planned.json()["data"]["modelTemplate"]
    assert template["launchPlan"]["errors"] == template["warnings"] == []
    assert template["launchPlan"]["env"]["MODEL_PATH"] == "s3://models/embedder"
    assert f"```\n{printed}```" in README
    assert f"```\n{logged}```" in README
