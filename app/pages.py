"""The pages that the server has besides its API, and what they load, by the settings."""

from functools import partial

from starlette.routing import BaseRoute, Route

from app import __version__, demo
from app.graphql.schema import sdl
from app.settings import Playground, Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.storage.embedded import is_in_memory
from app.web.pages import assets, playground
from app.web.pages.development_key import DevelopmentKey
from app.web.pages.document import Page, bundled
from app.web.pages.download import Text
from app.web.pages.landing import Landing, Link

PLAYGROUND = Link("Playground", "/graphql", "Try operations; read the schema's documentation.")
CATALOG = Link("Catalog", "/catalog", "Find a template; see what Launch would be asked to do.")
LINKS = (
    Link("Schema", "/schema.graphql", "The whole API, to download."),
    Link("Health", "/readyz", "Whether the server can work."),
)


class Pages:
    """What is made of the settings once, at start."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._assets = assets.load()
        self._key = partial(demo.key, settings.data_dir, ApiKeyStore(database))
        self._database = _kind(settings, database)

    @property
    def playground(self) -> Page | None:
        """What a browser gets at /graphql."""
        if not self._settings.has_playground:
            return None
        if self._settings.playground is Playground.CDN:
            return playground.from_cdn()
        return bundled(self._assets, "playground", "Playground · Model Templates")

    def routes(self) -> list[BaseRoute]:
        """Everything but /graphql."""
        found = [
            Route("/", self._landing().answer),
            Route("/assets/{name}", self._assets.answer),
        ]
        if self._settings.introspection:
            schema = Text(sdl(), "text/plain; charset=utf-8", filename="schema.graphql")
            found.append(Route("/schema.graphql", schema.answer))
        if self._settings.has_playground:
            found.append(
                Route(
                    "/catalog", bundled(self._assets, "catalog", "Catalog · Model Templates").answer
                )
            )
        if self._settings.hands_out_key:
            key = DevelopmentKey(demo.ACCOUNT, self._key)
            found.append(Route("/development-key", key.answer))
        return [*found]

    def _landing(self) -> Landing:
        schema, health = LINKS
        links = [
            *([CATALOG, PLAYGROUND] if self._settings.has_playground else []),
            *([schema] if self._settings.introspection else []),
            health,
        ]
        if not self._settings.in_development:
            return Landing(self._assets, links)
        facts = {"Version": __version__, "Database": self._database}
        return Landing(self._assets, links, facts)


def _kind(settings: Settings, database: Database) -> str:
    """The kind of database: never its address."""
    if is_in_memory(database):
        return "in memory"
    return "MongoDB" if settings.mongodb_uri else "private mongod"
