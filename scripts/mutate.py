"""A sample of the mutants of some files, each held against the fast tests of domain and GraphQL.

A mutant is the code with one change, as Cosmic Ray makes it: another comparison, number, operator
or truth value. It survives when every test passes: a test is missing, or the change has no effect.
"""

import argparse
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from linecache import getline
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from cosmic_ray.commands import init
from cosmic_ray.modules import find_modules
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import WorkItem

TESTS = "-m pytest -qx --tb=no -p no:cacheprovider -p no:schemathesis --hypothesis-profile=mutants"
TESTS += " -m 'not slow' -k 'not mongod' tests/domain"
TESTS += "".join(
    f" tests/graphql/test_{name}.py" for name in ("create", "update", "read", "launch")
)
SECONDS = 180
"""A mutant whose tests take longer is noticed: something in it does not end."""

ENOUGH = 0.95
"""The share of the mutants that the tests must notice."""

LEFT_OUT = re.compile(
    # Any import would notice a type error; `is` for `==` has no effect on an enum.
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_FloorDiv|FloorDiv_Mul|Pow_Mul|BitAnd_BitOr)"
    r"|core/ReplaceComparisonOperator_(?!Is_IsNot|IsNot_Is)(Is\w*_|\w+_Is)"
    r"|core/ReplaceUnaryOperator_\w+_Invert"
    # A result that is not kept is the same one.
    r"|core/RemoveDecorator \s*@cache\b"
)
"""Mutants that say nothing of the tests: operator, and the line of code."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="how many places to change")
    parser.add_argument("--seed", type=int, default=int(time()), help="of the choice")
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("app/domain")])
    given = parser.parse_args()
    with TemporaryDirectory(prefix="mutants-") as directory:
        copy_project(Path(directory))
        os.chdir(directory)
        run(f"{shlex.quote(sys.executable)} {TESTS}")
        sample = chosen(given.paths, given.count, given.seed)
        print(f"{len(sample)} mutants, --seed {given.seed}", flush=True)
        survivors = [diff for mutant in sample if (diff := survived(mutant)) is not None]
    noticed = 1 - len(survivors) / len(sample)
    print(f"noticed: {len(sample) - len(survivors)} of {len(sample)}, {noticed:.1%}")
    sys.exit(noticed < ENOUGH)


def copy_project(target: Path) -> None:
    """The files that git knows or would add, as they are now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name in filter(os.path.isfile, names.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, target / name)


def run(command: str) -> None:
    """The tests as they are must pass."""
    if subprocess.run(shlex.split(command), capture_output=True, timeout=SECONDS).returncode:  # noqa: S603
        sys.exit("The tests fail without any change.")


def chosen(paths: list[Path], count: int, seed: int) -> list[WorkItem]:
    """One mutant each of so many places, so that an operator with many variants weighs no more."""
    with use_db("mutants.sqlite") as database:
        init(sorted(find_modules(paths)), database, {})
        mutants = sorted(database.work_items, key=lambda mutant: repr(mutant.mutations))
    places = defaultdict(list)
    for mutant in mutants:
        (change,) = mutant.mutations
        line = getline(str(change.module_path), change.start_pos[0])
        if not LEFT_OUT.match(f"{change.operator_name} {line}"):
            places[change.module_path, change.start_pos].append(mutant)
    picked = random.Random(seed)  # noqa: S311
    taken = picked.sample([*places], min(count, len(places)))
    return [picked.choice(places[place]) for place in taken]


def survived(mutant: WorkItem) -> str | None:
    """The change, if no test noticed it."""
    result = mutate_and_test(mutant.mutations, f"{shlex.quote(sys.executable)} {TESTS}", SECONDS)
    if result.is_killed:
        print(".", end="", flush=True)
        return None
    print(f"\n{result.diff}", flush=True)
    return result.diff


if __name__ == "__main__":
    main()
