"""The limits that the documentation names are those of the code.

To document another limit, write its sentence and add it to LIMITS, with `{}` for the number.
"""

import math
import re
from enum import Enum
from pathlib import Path

import pytest

from app.domain import answer_budget, cpu_time, patterns
from app.domain.errors import MAX_VIOLATIONS
from app.domain.filter import MAX_INDEXED_WORDS
from app.graphql import document_cache, execute, fragments, plan_cache
from app.graphql.compile import operation_plan, rendering
from app.graphql.errors import MAX_ERRORS
from app.graphql.limits import answer_size, list_cost
from app.graphql.limits.cost import DRY_RUN_COST
from app.graphql.limits.limits import Limits
from app.server import connection, draining
from app.settings import PLAIN_NAMES, Environment, Settings, variable
from app.storage import (
    batches,
    call_threads,
    database_clock,
    history,
    key_lookup,
    lists,
    usage,
    wait_budget,
)
from app.transfer.file_forms import MAX_CHARACTERS, MAX_FILE_BYTES, MAX_LINE_BYTES
from app.web import answer_memory, body, compression, rate, turns
from app.web.negotiation import MAX_ACCEPT_LENGTH

ROOT = Path(__file__).parents[1]
TEXTS = {
    name: " ".join((ROOT / name).read_text().split())
    for name in ("README.md", "docs/guide.md", "docs/limits.md", "docs/operate.md")
}
PAGE = TEXTS["docs/limits.md"]

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMBER = rf"(\d[\d,.]*\d|\d|an?|{'|'.join(WORDS)})"

LIMITS: list[tuple[str, float]] = [
    # Requests
    ("at most {} levels deep", body.MAX_DEPTH),
    ("numbers of at most {} digits", body.MAX_DIGITS),
    ("Headers may have up to {} KB", connection.MAX_HEADER_BYTES / 1_024),
    ("an `Accept` header of more than {} characters", MAX_ACCEPT_LENGTH),
    ("has not arrived after {} seconds", connection.RECEIVE_SECONDS),
    ("a whole response has not been read after {} minute", connection.SEND_SECONDS / 60),
    ("While {} pipelined requests wait", connection.MAX_PIPELINED),
    ("fail within {} seconds with `SERVICE_UNAVAILABLE`", math.ceil(wait_budget.SECONDS)),
    # Cost
    ("An operation may cost at most {} fields", Limits().cost),
    ("`validateModelTemplate` costs another {}", DRY_RUN_COST),
    ("for each {} accounts that it covers", list_cost.READS_PER_UNIT),
    ("with several conditions costs {};", list_cost.COUNTED_DOCUMENTS),
    ("one for each {} values of its filter", list_cost.VALUES_PER_UNIT),
    ("`modelTemplateFacets` costs {},", 2 * list_cost.TALLY_UNITS),
    ("and {} for each facet that its filter has a condition for", list_cost.TALLY_UNITS),
    ("(a field, a label), for each {} accounts", lists.MAX_ACCOUNTS),
    # Answers
    ("A template has at most {} KiB", Settings().max_template_bytes / 1_024),
    ("An answer may take {} MiB", Settings().max_answer_bytes / 1_024**2),
    ("with its JSON and {} bytes", answer_size.FIELD),
    ("(an entry of a list {})", answer_size.ENTRY),
    ("an error with {}.", answer_size.ERROR),
    ("All answers of a process may take {} times as much", answer_memory.SHARES),
    ("A key may have {} answers at a time", answer_memory.ANSWERS_PER_KEY),
    ("in a process, which has {}.", answer_memory.ANSWERS),
    ("the first {} KiB of an answer", answer_budget.FREE / 1_024),
    ("Answers of {} KB or more are compressed", compression.MIN_BYTES / 1_024),
    ("An answer of more than {} KiB then counts in both forms", answer_budget.FREE / 1_024),
    # Patterns
    ("may compile to at most {} RE2 instructions", patterns.MAX_PROGRAM),
    ("all patterns of a schema to {};", patterns.MAX_PROGRAMS),
    ("A value that a pattern checks may have {} bytes", patterns.MAX_TEXT),
    ("(plus {} a value)", patterns.OVERHEAD),
    ("may add up to {} for the values of one input", patterns.MAX_INPUT_WORK),
    ("Over {} for an operation", patterns.MAX_OPERATION_WORK),
    # Turns
    ("a key has at most {} queries and as many mutations at a time", turns.AT_A_TIME),
    ("and up to {} of each with small ones", turns.SMALL_AT_A_TIME),
    ("that cost at most {} and have", turns.SMALL_COST),
    ("at most {} KB; further", turns.SMALL_BYTES // 1_000),
    ("a body of more than {} KB", turns.LARGE_BYTES / 1_000),
    ("A key may have {} MB of bodies", turns.MAX_BYTES / 1_000_000),
    (", or {} requests, under way", turns.MAX_BYTES / turns.MIN_BYTES),
    ("Of the {} reads of the database", call_threads.CALLS),
    ("a key has at most {} and", call_threads.CALLS_OF_A_KEY),
    ("are one call, up to {} of them", batches.SIZE),
    ("all keys together {};", call_threads.CALLS - call_threads.CALLS_OF_THE_SERVER),
    ("and for the database for {} seconds in all", wait_budget.SECONDS),
    ("is done in {} threads, of which", cpu_time.THREADS),
    # Clocks and shutdown
    ("more than {} seconds off", database_clock.TOLERATED.total_seconds()),
    ("idle connections are closed after {} second", draining.DRAIN_SECONDS),
    ("at most {} seconds more than the request timeout", connection.RECEIVE_SECONDS),
    # Quotas
    ("deleted, up to {} at a time", history.BATCH),
    ("within about {} seconds ([guide]", usage.KNOWN_SECONDS + usage.FLUSH_SECONDS),
    # Rate
    ("A rejected operation costs {}, and", execute.REJECTED_COST),
    ("each {} bytes of a body cost one more", rate.BYTES_PER_UNIT),
    # Keys
    ("looks up at most {} keys at a time", key_lookup.MAX_LOOKUPS),
    ("remembers a valid key for {} seconds", key_lookup.VALID_SECONDS),
    ("and an unknown one for {}.", key_lookup.INVALID_SECONDS),
]
"""The sentences of the page about limits, and the numbers in them."""

ELSEWHERE: list[tuple[str, str, float]] = [
    ("README.md", "lists every violation (at most {})", MAX_VIOLATIONS),
    ("README.md", "A revoked key stops working within {} seconds", key_lookup.VALID_SECONDS),
    ("README.md", "starts to work within {} seconds", key_lookup.INVALID_SECONDS),
    ("docs/guide.md", "starts to work within {} seconds", key_lookup.INVALID_SECONDS),
    ("docs/guide.md", "which may compile to {} instructions", patterns.MAX_PROGRAM),
    ("docs/guide.md", "the first {} distinct words", MAX_INDEXED_WORDS),
    ("docs/guide.md", "one `$in` of up to {};", lists.MAX_ACCOUNTS),
    ("docs/guide.md", "A response has at most {} errors", MAX_ERRORS),
    ("docs/guide.md", "A line may have up to {} MB", MAX_LINE_BYTES / 1_024**2),
    ("docs/guide.md", "with its `items`; up to {} MB", MAX_FILE_BYTES / 1_024**2),
    ("docs/guide.md", "a list or a page; up to {} MB", MAX_FILE_BYTES / 1_024**2),
    ("docs/guide.md", "and {} characters as JSON with aliases", MAX_CHARACTERS),
    ("docs/guide.md", "kept if it has at most {} characters", document_cache.MAX_CACHED_LENGTH),
    ("docs/guide.md", "A list that needs {} or more fields", operation_plan.MANY),
    ("docs/guide.md", "up to {} MiB of it in each process", fragments.MAX_BYTES / 1_024**2),
    ("docs/guide.md", "aliases of more than {} characters", rendering.LONGEST_KEY),
    ("docs/operate.md", "keeps up to {} MiB of [plans", plan_cache.MAX_BYTES / 1_024**2),
    ("docs/operate.md", "and {} MiB of JSON]", fragments.MAX_BYTES / 1_024**2),
]

NO_LIMITS = [
    "started again within ten seconds",
    "exits with status 0.",
    "costs 2, and a page of templates with 10 fields each costs 12.",
    "those of one key twice as much",
    "below 350 MB",
    "some 0.3 seconds at worst",
    "HTTP 429",
    "key of 256 random bits",
]
"""Other numbers of that section: of HTTP, of the keys' size, and measurements."""

STRAY = re.compile(
    rf"(?<![\w.-])\d[\d,.]*\b(?!\.\d)|\b(?:{'|'.join(WORDS[2:])}|twenty|thirty|hundred|thousand)\b"
    r"|\ban? (?:second|minute|hour|day|week|million)\b",
    re.I,
)
"""A number, as digits or as a word. (One is no number: it stands for many things.)"""


def number(text: str) -> float:
    word = text.lower()
    if word in WORDS:
        return WORDS.index(word)
    return 1 if word in ("a", "an") else float(text.replace(",", ""))


def numbers(phrase: str, text: str) -> list[float]:
    """What stands for `{}` wherever the phrase occurs in a text."""
    pattern = re.escape(phrase).replace(r"\{\}", NUMBER)
    return [number(found) for found in re.findall(pattern, text, re.I)]


@pytest.mark.parametrize(("phrase", "limit"), LIMITS)
def test_a_limit_is_true_to_the_number(phrase: str, limit: float) -> None:
    assert numbers(phrase, PAGE) == [limit]


@pytest.mark.parametrize(("file", "phrase", "limit"), ELSEWHERE)
def test_a_limit_elsewhere_is_true_to_the_number(file: str, phrase: str, limit: float) -> None:
    found = numbers(phrase, TEXTS[file])

    assert found
    assert set(found) == {limit}


def stray_numbers(text: str) -> list[str]:
    """The numbers in a text that neither LIMITS nor NO_LIMITS knows."""
    for phrase, _ in LIMITS:
        text = re.sub(re.escape(phrase).replace(r"\{\}", NUMBER), " ", text, flags=re.I)
    for phrase in NO_LIMITS:
        assert phrase in text, phrase
        text = text.replace(phrase, " ")
    return STRAY.findall(re.sub(r"`[^`]*`", " ", text))


def test_no_number_of_the_section_goes_unchecked() -> None:
    assert stray_numbers(PAGE) == []


@pytest.mark.parametrize(
    "sentence",
    ["At most 12 of them.", "Up to 1,500 bytes.", "Five of them.", "It takes a minute.", "2.5 MB"],
)
def test_a_new_number_is_noticed(sentence: str) -> None:
    assert len(stray_numbers(f"{PAGE} {sentence}")) == 1


ROWS = re.findall(
    r"^\| `(MODEL_TEMPLATES_\w+)`(?: \[`(\w+)`\])? \|(.*?)\|",
    (ROOT / "docs/settings.md").read_text(),
    re.M,
)
DEFAULTS = {name: default.strip() for name, _, default in ROWS}


def test_each_setting_has_its_row() -> None:
    assert [name for name, _, _ in ROWS] == [variable(field) for field in fields()]
    assert {name: plain for name, plain, _ in ROWS if plain} == {
        variable(field): plain for field, plain in PLAIN_NAMES.items()
    }


def fields() -> list[str]:
    return list(Settings.__struct_fields__)


@pytest.mark.parametrize("field", fields())
def test_a_default_is_true(field: str) -> None:
    value, shown = getattr(Settings(), field), DEFAULTS[variable(field)]
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = "on" if value else "off"

    if field == "rate_limit":
        production = Settings(environment=Environment.PRODUCTION).key_rate
        assert (Settings().key_rate, shown) == (None, f"`{production}` in production, else `none`")
    elif value in (None, ""):
        assert "`" not in shown.replace("`pretty`", "").replace("`json`", "")
    elif isinstance(value, int | float):
        assert float(shown.strip("`")) == value
    else:
        assert shown == f"`{value}`"
