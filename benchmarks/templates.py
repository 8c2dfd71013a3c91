"""Templates to measure with: realistic ones, the same in every run."""

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


class Maker:
    """Makes templates: descriptions of 24 words whose frequencies follow Zipf's law, three labels,
    a tenth archived, a third changed since they were made, ages of up to two years."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._originals = demo.commands("any")
        words = {"".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4)))}
        while len(words) < VOCABULARY:
            words.add("".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4))))
        self._words = sorted(words)
        self._random.shuffle(self._words)
        self._weights = [1 / (rank + 1) ** 0.9 for rank in range(VOCABULARY)]

    def made(self, accounts: Iterator[str]) -> Iterator[ModelTemplate]:
        """A template for each account that is named, in no order of time."""
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
        created = self._moment(NOW - YEARS, NOW)
        user = Identity(
            identity_id=Id(f"user-{self._random.randrange(10)}"), identity_type=IdentityType.USER
        )
        made = ModelTemplate.create(command, id=self._uuid7(created), identity=user, at=created)
        later, fate = self._moment(created, NOW), self._random.random()
        if fate < 0.1:
            return replace(made, archived_at=later, updated_at=later)
        return replace(made, updated_at=later) if fate < 0.4 else made

    def _moment(self, start: datetime, end: datetime) -> datetime:
        moment = start + (end - start) * self._random.random()
        return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)

    def _uuid7(self, at: datetime) -> str:
        """An id as the server would have made it then."""
        high = int(at.timestamp() * 1_000) << 80 | 7 << 76 | self._random.getrandbits(12) << 64
        return str(UUID(int=high | 2 << 62 | self._random.getrandbits(62)))
