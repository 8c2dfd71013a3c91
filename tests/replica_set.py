"""A replica set of three mongods, whose members can be killed, paused and restarted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from tests.mongod import Mongod

NAME = "rs"
MEMBERS = 3
START_SECONDS = 60


class ReplicaSet:
    """`election_seconds` is the time after which a member that does not hear from a primary calls
    an election, and a primary that does not hear from a majority steps down."""

    def __init__(
        self, directory: Path, election_seconds: float, heartbeat_seconds: float = 0.5
    ) -> None:
        self._election_seconds = election_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self.members = []
        for number in range(MEMBERS):
            (directory / str(number)).mkdir()
            options = ("--replSet", NAME, "--oplogSize", "100")
            self.members.append(Mongod(directory / str(number), *options))
        hosts = ",".join(f"127.0.0.1:{member.port}" for member in self.members)
        self.uri = f"mongodb://{hosts}/?replicaSet={NAME}"

    def start(self) -> None:
        """Start and initiate it, and wait for a primary."""
        for member in self.members:
            member.start()
        config = {
            "_id": NAME,
            "members": [
                {"_id": number, "host": f"127.0.0.1:{member.port}"}
                for number, member in enumerate(self.members)
            ],
            "settings": {
                "electionTimeoutMillis": int(self._election_seconds * 1_000),
                "heartbeatIntervalMillis": int(self._heartbeat_seconds * 1_000),
            },
        }
        self.command(self.members[0], "replSetInitiate", config)
        self.step_up(self.members[0])
        self.primary()

    def stop(self) -> None:
        for member in self.members:
            member.wake()
            member.kill()

    def command(self, member: Mongod, name: str, value: Any = 1, **options: Any) -> dict[str, Any]:
        """The answer of one member to an administrative command."""
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            member.uri, timeoutMS=10_000, serverSelectionTimeoutMS=2_000
        )
        with client:
            return client.admin.command(name, value, **options)

    def primary(self) -> Mongod:
        """The member that is primary; waits until there is one that a majority follows."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for member in self.members:
                if member.is_running and self._is_primary(member):
                    return member
            time.sleep(0.1)
        raise AssertionError("the replica set has no primary")

    def secondaries(self) -> list[Mongod]:
        primary = self.primary()
        return [member for member in self.members if member is not primary]

    def wait_until_whole(self) -> None:
        """Wait until each member follows the primary."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            status = self.command(self.primary(), "replSetGetStatus")
            if {member["stateStr"] for member in status["members"]} == {"PRIMARY", "SECONDARY"}:
                return
            time.sleep(0.2)
        raise AssertionError("a member does not follow the primary")

    def set_election_seconds(self, seconds: float) -> None:
        """Change the time after which elections are called."""
        primary = self.primary()
        config = self.command(primary, "replSetGetConfig")["config"]
        config["version"] += 1
        config["settings"]["electionTimeoutMillis"] = int(seconds * 1_000)
        self.command(primary, "replSetReconfig", config)

    def step_down(self, seconds: int = 5) -> None:
        """Make the primary a secondary; another member takes over."""
        self.command(self.primary(), "replSetStepDown", seconds, secondaryCatchUpPeriodSecs=2)

    def step_up(self, member: Mongod) -> None:
        """Make a member primary, as soon as a majority lets it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.command(member, "replSetStepUp")
            except PyMongoError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError("the member does not become primary")

    def _is_primary(self, member: Mongod) -> bool:
        try:
            answer = self.command(member, "hello")
        except PyMongoError:
            return False
        return bool(answer.get("isWritablePrimary"))


@contextmanager
def replica_set(
    directory: Path, election_seconds: float, heartbeat_seconds: float = 0.5
) -> Iterator[ReplicaSet]:
    """A replica set with a primary, until the end of the block."""
    members = ReplicaSet(directory, election_seconds, heartbeat_seconds)
    try:
        members.start()
        yield members
    finally:
        members.stop()
