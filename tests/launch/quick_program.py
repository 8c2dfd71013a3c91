"""The program, whose times are scaled down like those of the Launch of tests."""

from app.cli.program import main
from app.launch.pace import Pace
from tests.launch.fake_records import CACHED

PACE = Pace(cached=CACHED, poll=0.04, retry=0.02, answer=30.0, stalled=2.0, report=1.0)

if __name__ == "__main__":
    main(prog_name="python -m app", obj=PACE)
