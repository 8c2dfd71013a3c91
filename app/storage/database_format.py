"""The format of the database, by which releases tell whether they can share it.

Each release writes its own format and the oldest one that it can share a database with. An older
release that is older than that does not start, and none undoes what a newer one has set up.
"""

from msgspec import Struct, convert
from pymongo.errors import DuplicateKeyError

from app import __version__
from app.domain.errors import DomainError
from app.storage.driver import Database, collection

FORMATS = "model_template_formats"
FORMAT = 2
"""Grows with every change of indexes, validators, listing terms or stored fields. 0.1.0 had 1, and
did not store it."""
OLDEST = 2
"""The format of the oldest release whose servers may run beside this one's."""
KEY = {"_id": "format"}


class NewerDatabase(DomainError):
    """The database belongs to a release that this one cannot share it with."""


class DatabaseFormat(Struct, frozen=True, kw_only=True):
    """The format that the newest release has given to a database."""

    format: int = 0
    oldest: int = 0
    release: str = ""

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has set up the database."""
        return self.format > FORMAT


async def join(database: Database) -> DatabaseFormat:
    """The format of the database, which becomes this release's unless it is newer. Raises
    NewerDatabase before anything is changed."""
    formats = collection(database, FORMATS)
    found = convert(await formats.find_one(KEY) or {}, DatabaseFormat)
    if found.oldest > FORMAT:
        raise NewerDatabase(
            f"the database was set up by release {found.release}, which {__version__} cannot share "
            "it with; run that release or a later one"
        )
    if not found.is_newer and (found.format < FORMAT or found.oldest < OLDEST):
        ours = {"format": FORMAT, "oldest": OLDEST, "release": __version__}
        condition = {**KEY, "format": {"$lte": FORMAT}}
        try:
            await formats.update_one(condition, {"$set": ours}, upsert=True)
        except DuplicateKeyError:  # Another process has joined just now.
            return await join(database)
    return found
