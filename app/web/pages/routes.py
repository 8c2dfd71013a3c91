"""The pages that a server has besides its API, and what they load."""

from collections.abc import Mapping

from msgspec import Struct
from starlette.routing import BaseRoute, Route

from app.web.pages import playground
from app.web.pages.assets import Assets
from app.web.pages.development_key import DevelopmentKey
from app.web.pages.download import Text
from app.web.pages.landing import Landing, Link
from app.web.pages.page import Page, bundled

PLAYGROUND = Link("Playground", "/graphql", "Try operations; read the schema's documentation.")
CATALOG = Link("Catalog", "/catalog", "Find a template; see what Launch would be asked to do.")
SCHEMA = Link("Schema", "/schema.graphql", "The whole API, to download.")
HEALTH = Link("Health", "/readyz", "Whether the server can work.")


class Pages(Struct, frozen=True, kw_only=True):
    """Which pages there are. `schema` is the text to download, if there is one; `facts` are what
    the landing page tells people who develop."""

    assets: Assets
    has_playground: bool
    is_from_cdn: bool = False
    """Whether browsers load the playground from a CDN, not from this server."""
    schema: str | None = None
    facts: Mapping[str, str] = {}
    development_key: DevelopmentKey | None = None

    @property
    def playground(self) -> Page | None:
        """What a browser gets at /graphql."""
        if not self.has_playground:
            return None
        if self.is_from_cdn:
            return playground.from_cdn()
        return bundled(self.assets, "playground", "Playground · Model Templates")

    def routes(self) -> list[BaseRoute]:
        """Everything but /graphql."""
        links, found = [], [Route("/assets/{name}", self.assets.answer)]
        if self.has_playground:
            catalog = bundled(self.assets, "catalog", "Catalog · Model Templates")
            found.append(Route(CATALOG.address, catalog.answer))
            links += [CATALOG, PLAYGROUND]
        if self.schema is not None:
            schema = Text(self.schema, "text/plain; charset=utf-8", filename="schema.graphql")
            found.append(Route(SCHEMA.address, schema.answer))
            links.append(SCHEMA)
        if self.development_key is not None:
            found.append(Route("/development-key", self.development_key.answer))
        landing = Landing(self.assets, [*links, HEALTH], self.facts)
        return [Route("/", landing.answer), *found]
