"""launch, in the usual order of things."""

from app.launch.provenance import KEY
from tests.launch.conftest import Launching, Templates


def test_the_first_time(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    result = launching.launch(id)
    print(result.output)
    print(*launching.fake.lines(), sep="\n")
    assert result.exit_code == 0
    result = launching.launch(id)
    print(result.output)
    launching.fake.forget()
    result = launching.launch(id, "--max-workers", "3")
    print(result.output)
    print(*launching.fake.lines(), sep="\n")
    assert 0
