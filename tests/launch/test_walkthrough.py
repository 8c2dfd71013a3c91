"""The walkthrough in docs/launch.md does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.conftest import Launching
from tests.launch.fake_launch import KEY
from tests.program import ROOT

pytestmark = pytest.mark.slow

TEXT = (ROOT / "docs/launch.md").read_text()
BLOCK = re.compile(r"<!-- run -->\n```sh\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", re.S | re.M)
END = "-- end of a block --"
IDS = re.compile(r"\b((?:bun|end)_\w+|[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27})\b")


def test_its_commands_print_what_is_shown(
    launching: Launching, environment: dict[str, str], mongod_uri: str, tmp_path: Path
) -> None:
    blocks = [*BLOCK.finditer(TEXT)]
    url = launching.environment["LAUNCH_URL"]
    script = "".join(f"{block[1]}\necho '{END}'\n" for block in blocks)
    script = script.replace("https://launch.example", url).replace("KEY=...", f"KEY={KEY}")

    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=tmp_path,
        env={
            **environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MODEL_TEMPLATES_MONGODB_URI": mongod_uri,
            "MODEL_TEMPLATES_MONGODB_DATABASE": "walkthrough",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )

    printed = done.stdout.replace(url, "https://launch.example").split(f"{END}\n")
    assert done.returncode == 0, done.stderr
    assert len(blocks) == len(printed) - 1 == 6
    for block, output in zip(blocks, printed[:-1], strict=True):
        assert IDS.sub("ID", output) == IDS.sub("ID", block[2] or "")
    assert launching.fake.writes() == [
        "POST bundle",
        "POST endpoint",
        "POST bundle",
        "PUT endpoint",
    ]
    assert "hf_example_of_a_token" not in done.stdout + done.stderr
