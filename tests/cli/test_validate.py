"""validate: templates in files."""

import re
from pathlib import Path

import pytest

from tests.program import ROOT, run

VALID = """
name: sound
endpoint_type: ASYNC
model_type: GENERIC
id: what the server adds is passed over
vendor_configuration:
  bundle_config: {registry: docker.io, image: a/b, tag: "1.0", command: [serve]}
"""
INVALID = """
name: unsound
endpoint_type: STREAMNG
vendor_configuration:
  bundle_config: {registry: docker.io, image: a/b, tag: 1.0, env: {A-B: "", GPU_TYPE: 2}}
  endpoint_config: {cpus: 0, min_worker: 1}
model_request_parameters_schema:
  parameters:
  - {name: A, type: int, description: "", required: false, minLength: 1}
"""


BOMB = "a0: &a0 x\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "a.json",
            '{"model_type": "GENERIC", "x\\ud800\\n": 1}',
            r"a.json:1: x\ud800\n: x\ud800\n is not a field of this object. [UNKNOWN]",
        ),
        ("a.yaml", "labels: &a {x: *a}", "a.yaml: cannot be read: Circular reference detected"),
        (
            "a.yaml",
            BOMB,
            "a.yaml: cannot be read: its aliases expand to over 16,000,000 characters",
        ),
    ],
    ids=["surrogate", "cycle", "bomb"],
)
def test_an_unreadable_file_is_a_violation(
    environment: dict[str, str], tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)

    done = run(environment, "validate", str(tmp_path / name))

    assert done.returncode == 1
    assert f"/{said}" in done.stdout


def test_each_violation_is_printed_on_a_line(environment: dict[str, str], tmp_path: Path) -> None:
    files = {
        "sound.yaml": VALID,
        "two.yml": f"{VALID}---{INVALID}",
        "inconsistent.yaml": f"{VALID}  endpoint_config: {{min_workers: 3, max_workers: 2, "
        "gpus: 1}",
        "list.json": "7",
        "no.json": "{",
        "none.yaml": "a: [",
        "empty.yaml": "# nothing yet",
        "below/deep.YML": "# first\n---" + INVALID + "---\n",
        "read.me": "not a template",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    result = run(environment, "validate", str(tmp_path))

    pattern = r"/([^/]+?):\d+: (document 2: )?(\S+): .* \[(\w+)]$"
    violations = re.findall(pattern, result.stdout, re.M)
    assert result.returncode == 1
    assert {(file, path, code) for file, _, path, code in violations if file != "deep.YML"} == {
        ("two.yml", "endpoint_type", "INVALID"),
        ("two.yml", "model_type", "REQUIRED"),
        ("two.yml", "vendor_configuration.bundle_config.tag", "INVALID"),
        ("two.yml", "vendor_configuration.bundle_config.env.A-B", "INVALID"),
        ("two.yml", "vendor_configuration.bundle_config.env.GPU_TYPE", "INVALID"),
        ("two.yml", "vendor_configuration.endpoint_config.cpus", "OUT_OF_RANGE"),
        ("two.yml", "vendor_configuration.endpoint_config.min_worker", "UNKNOWN"),
        ("two.yml", "model_request_parameters_schema.parameters.0.minLength", "UNKNOWN"),
        ("inconsistent.yaml", "vendor_configuration.endpoint_config.min_workers", "INCONSISTENT"),
        ("inconsistent.yaml", "vendor_configuration.endpoint_config.gpu_type", "INCONSISTENT"),
        ("list.json", "(all)", "INVALID"),
    }
    assert len(re.findall("cannot be read", result.stdout)) == 2
    assert "empty.yaml: contains no template" in result.stdout
    assert len(re.findall(r"deep.YML:\d+: (?!document)", result.stdout)) == 8
    assert len(result.stdout.splitlines()) == 11 + 8 + 3


def test_valid_files_print_only_warnings(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(VALID.replace("ASYNC", "SYNC"))
    seeds = [str(file) for file in (ROOT / "seeds").glob("*.json")]

    loud = run(environment, "validate", str(tmp_path / "a.yaml"), *seeds)
    quiet = run(environment, "validate", "--quiet", str(tmp_path / "a.yaml"))

    assert (loud.returncode, loud.stdout, quiet.returncode, quiet.stderr) == (0, "", 0, "")
    assert re.fullmatch(r".*a.yaml:6: .*min_workers: .* \(warning\)\n", loud.stderr)


def test_a_directory_without_templates_is_an_error(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "template.yaml.txt").write_text(VALID)

    result = run(environment, "validate", str(tmp_path))

    assert (result.returncode, result.stdout) == (1, f"{tmp_path}: contains no template\n")
