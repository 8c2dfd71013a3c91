"""Files that people wrote, and what `validate` says about them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.template_commands import validate

CASES = Path(__file__).parent / "cases"
SAYS = {
    "07-duplicate-keys.ndjson": [
        "1: vendor_configuration.bundle_config.tag: tag is given twice on line 1. [DUPLICATE]"
    ],
    "07-duplicate-keys.yaml": [
        "5: vendor_configuration.bundle_config.tag: tag is given twice on line 5. [DUPLICATE]"
    ],
    "17-bom.json": [],
    "real-skypilot-gemma.yaml": [],
    "18-camel-case.json": [
        f"1: {prefix}{name}: {name} is not a field of this object: write {meant}. [UNKNOWN]"
        for prefix, name, meant in (
            ("", "accountId", "account_id"),
            ("", "endpointType", "endpoint_type"),
            ("", "modelType", "model_type"),
            ("", "vendorConfiguration", "vendor_configuration"),
            ("vendorConfiguration.", "bundleConfig", "bundle_config"),
        )
    ],
    "real-hf-tei.yaml": [],
    "real-kserve-tritonserver.yaml": [],
    "real-truss-nemotron.yaml": [],
}


@pytest.mark.parametrize("name", SAYS)
def test_a_file_gets_the_errors_that_it_has_from_a_disk_and_a_pipe(name: str) -> None:
    said = SAYS[name]

    for given, shown in ((str(CASES / name), str(CASES / name)), ("-", "-")):
        result = CliRunner().invoke(validate, ["--quiet", given], input=(CASES / name).read_bytes())

        assert result.output.splitlines() == [f"{shown}:{line}" for line in said]
        assert result.exit_code == (1 if said else 0)
