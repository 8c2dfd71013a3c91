"""db: what is there."""

import re

from tests.program import run


def test_db_init_can_be_repeated(environment: dict[str, str]) -> None:
    for _ in range(2):
        assert run(environment, "db", "init").stdout == "indexes and validator are in place\n"


def test_db_status_shows_what_is_there_and_how_lists_are_read(
    environment: dict[str, str],
) -> None:
    before = run(environment, "db", "status")
    run(environment, "seed")
    after = run(environment, "db", "status")

    assert before.returncode == 1
    assert "index list_by_name                                MISSING" in before.stdout
    assert "python -m app db init" in before.stderr
    assert "MISSING" not in after.stdout
    assert re.search(r"^model_templates +6 documents", after.stdout, re.M)
    assert re.search(r"^  search, one word +IXSCAN list_by_created_at", after.stdout, re.M)
    assert "SORT" not in after.stdout.replace("SORT_MERGE", "")
