"""docs/operate.md names every alert and every measured fault, and its drill works."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from benchmarks.gaps import DATABASE, SERVER
from tests.program import ROOT, run
from tests.test_readme import block

OPERATE = (ROOT / "docs/operate.md").read_text()
RULES = yaml.safe_load((ROOT / "deploy/prometheus-rules.yaml").read_text())["groups"]
ALERTS = [rule["alert"] for group in RULES for rule in group["rules"]]


def test_each_alert_has_a_section_of_its_own() -> None:
    sections = dict(re.findall(r"^### `(\w+)`\n\n(.*?)(?=^#|\Z)", OPERATE, re.S | re.M))

    assert [*sections] == ALERTS
    for text in sections.values():
        meaning, *advice = text.strip().split("\n\n")
        assert meaning.endswith(".")
        assert advice


def test_each_fault_that_is_measured_has_a_row() -> None:
    rows = re.findall(r"^\| ([^|]+) \| \d", OPERATE, re.M)

    assert rows[: len(DATABASE | SERVER)] == [*(DATABASE | SERVER)]


@pytest.mark.slow
def test_the_drill_restores_a_backup(
    environment: dict[str, str], mongod_uri: str, tmp_path: Path
) -> None:
    name = f"test_{tmp_path.name}"[:60]
    settings = {
        **environment,
        "PYTHONPATH": str(ROOT),
        "MODEL_TEMPLATES_MONGODB_URI": mongod_uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": name,
    }
    assert run(settings, "seed", "--account", "a1").returncode == 0
    drill = block("sh", "<!-- drill -->", OPERATE)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", drill],
        cwd=tmp_path,
        env={**settings, "PATH": f"{ROOT / '.venv/bin'}:{settings['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout.count("6 written")) == (0, 1), done
    assert len((tmp_path / "backup.ndjson").read_text().splitlines()) == 6
