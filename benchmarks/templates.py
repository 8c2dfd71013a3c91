"""Realistic templates for benchmarks, the same in every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from app import demo
from app.domain.access import Id, Identity, IdentityType
from app.domain.model_template import ModelTemplate

YEARS = timedelta(days=730)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
DESCRIPTION_WORDS = 24
VOCABULARY = 8_000
SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ne",
    "ru",
    "sa",
    "te",
    "vo",
    "xi",
    "zu",
    "pra",
    "ston",
    "ber",
    "ing",
]
TASKS = ["legal", "medical", "retail", "support", "code", "search", "travel", "finance"]
STAGES = ["production", "staging", "research"]


class TemplateGenerator:
    """Generates templates up to two years old, with three labels and a description of 24 words that
    follow Zipf's law. A tenth are archived, and 30% were updated after their creation."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._originals = demo.commands("any")
        words = {"".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4)))}
        while len(words) < VOCABULARY:
            words.add("".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4))))
        self._words = sorted(words)
        self._random.shuffle(self._words)
        self._weights = [1 / (rank + 1) ** 0.9 for rank in range(VOCABULARY)]

    def generate(self, accounts: Iterator[str]) -> Iterator[ModelTemplate]:
        """A template for each account, with random times of creation."""
        return (self._template(number, account) for number, account in enumerate(accounts))

    def _template(self, number: int, account: str) -> ModelTemplate:
        choose = self._random.choice
        command = choose(self._originals)
        prose = self._random.choices(self._words, weights=self._weights, k=DESCRIPTION_WORDS)
        command = replace(
            command,
            account_id=Id(account),
            name=f"{choose(TASKS)}-{command.name}-{number:07}",
            description=" ".join(prose).capitalize() + ".",
            labels={
                "team": f"team-{self._random.randrange(8)}",
                "product": choose(TASKS),
                "stage": choose(STAGES),
            },
        )
        created = self._random_time(NOW - YEARS, NOW)
        user = Identity(
            identity_id=Id(f"user-{self._random.randrange(10)}"), identity_type=IdentityType.USER
        )
        template = ModelTemplate.create(command, id=self._uuid7(created), identity=user, at=created)
        later, fate = self._random_time(created, NOW), self._random.random()
        if fate < 0.1:
            return replace(template, archived_at=later, updated_at=later)
        return replace(template, updated_at=later) if fate < 0.4 else template

    def _random_time(self, start: datetime, end: datetime) -> datetime:
        time = start + (end - start) * self._random.random()
        return time.replace(microsecond=time.microsecond // 1_000 * 1_000)

    def _uuid7(self, at: datetime) -> str:
        """A UUIDv7 with this time, as the server generates."""
        high = int(at.timestamp() * 1_000) << 80 | 7 << 76 | self._random.getrandbits(12) << 64
        return str(UUID(int=high | 2 << 62 | self._random.getrandbits(62)))
