"""Mutation testing of a sample of mutants with the fast tests of domain and GraphQL.

A mutant is the code with one change by Cosmic Ray: of a comparison, number, operator or boolean. It
survives if all tests pass: then a test is missing, or the change has no effect.
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
    f" tests/graphql/test_{name}.py" for name in ("create", "update", "read", "launch", "schema")
)
SECONDS = 180
"""The timeout of the tests; a mutant that exceeds it counts as detected."""

REQUIRED_SHARE = 0.95
"""The share of mutants that the tests must detect."""

EXCLUDED = re.compile(
    # Type errors fail at import; `is` instead of `==` has no effect on enums.
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_FloorDiv|FloorDiv_Mul|Pow_Mul|BitAnd_BitOr)"
    r"|core/ReplaceComparisonOperator_(?!Is_IsNot|IsNot_Is)(Is\w*_|\w+_Is)"
    r"|core/ReplaceUnaryOperator_\w+_Invert"
    # Caching does not change results.
    r"|core/RemoveDecorator \s*@cache\b"
)
"""Mutants without value for the tests, by operator and line of code."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="number of places to change")
    parser.add_argument("--seed", type=int, default=int(time()), help="seed of the random sample")
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("app/domain")])
    given = parser.parse_args()
    with TemporaryDirectory(prefix="mutants-") as directory:
        copy_project(Path(directory))
        os.chdir(directory)
        run(f"{shlex.quote(sys.executable)} {TESTS}")
        sample = chosen(given.paths, given.count, given.seed)
        print(f"{len(sample)} mutants, --seed {given.seed}", flush=True)
        survivors = [diff for mutant in sample if (diff := survived(mutant)) is not None]
    detected = 1 - len(survivors) / len(sample)
    print(f"detected: {len(sample) - len(survivors)} of {len(sample)}, {detected:.1%}")
    sys.exit(detected < REQUIRED_SHARE)


def copy_project(target: Path) -> None:
    """Copy the files of the work tree that git tracks or would add."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name in filter(os.path.isfile, names.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, target / name)


def run(command: str) -> None:
    """Run the tests without a mutant, and exit if they fail."""
    if subprocess.run(shlex.split(command), capture_output=True, timeout=SECONDS).returncode:  # noqa: S603
        sys.exit("The tests fail without a mutant.")


def chosen(paths: list[Path], count: int, seed: int) -> list[WorkItem]:
    """A random mutant of each of `count` places, so that those with many are not preferred."""
    with use_db("mutants.sqlite") as database:
        init(sorted(find_modules(paths)), database, {})
        mutants = sorted(database.work_items, key=lambda mutant: repr(mutant.mutations))
    places = defaultdict(list)
    for mutant in mutants:
        (change,) = mutant.mutations
        line = getline(str(change.module_path), change.start_pos[0])
        if not EXCLUDED.match(f"{change.operator_name} {line}"):
            places[change.module_path, change.start_pos].append(mutant)
    generator = random.Random(seed)  # noqa: S311
    sampled = generator.sample([*places], min(count, len(places)))
    return [generator.choice(places[place]) for place in sampled]


def survived(mutant: WorkItem) -> str | None:
    """The diff of a mutant that no test detects; None if it is detected."""
    result = mutate_and_test(mutant.mutations, f"{shlex.quote(sys.executable)} {TESTS}", SECONDS)
    if result.is_killed:
        print(".", end="", flush=True)
        return None
    print(f"\n{result.diff}", flush=True)
    return result.diff


if __name__ == "__main__":
    main()
