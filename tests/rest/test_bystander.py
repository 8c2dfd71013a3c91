"""Other callers wait little, and the server's memory is bounded, while one caller asks for pages of
as many and as large templates as it can."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.builders import a_viewer, a_wire_template
from tests.rest.conftest import V3, V4
from tests.web.bystander import served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

TEMPLATES, AT_A_TIME, REQUESTS = 80, 12, 24
DESCRIPTION = "é" * 10_000
COMMAND = ["x" * 8_000] * 25
"""The largest template is 256 KiB; of these, an answer has room for some 70."""


def test_large_pages_do_not_delay_other_callers(mongod_uri: str) -> None:
    viewer, unlimited = a_viewer(), {"MODEL_TEMPLATES_RATE_LIMIT": "none"}
    with served(mongod_uri, "bystander_pages", viewer, **unlimited) as server:
        base, headers = f"http://127.0.0.1:{server.port}", {"x-api-key": server.attacker}
        with httpx.Client(base_url=base, headers=headers, timeout=60, verify=False) as http:
            for number in range(TEMPLATES):
                bundle = {"bundle_config": {"command": COMMAND}}
                template = a_wire_template(
                    name=f"t{number}", description=DESCRIPTION, vendor_configuration=bundle
                )
                assert http.post(V4, json=template).status_code == 200
            paths = [f"{V4}?limit=50", f"{V4}?limit=10000", f"{V4}?limit=60&page=2", V3]
            with server.watched() as waits, ThreadPoolExecutor(AT_A_TIME) as threads:
                asked = [paths[number % len(paths)] for number in range(REQUESTS)]
                statuses = [each.status_code for each in threads.map(http.get, asked)]

    assert {*statuses} <= {200, 422, 503}
    assert 200 in statuses
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
