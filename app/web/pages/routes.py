"""The routes of the server's pages and their assets."""

from collections.abc import Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from starlette.routing import BaseRoute, Route

from app.web.auth import Authentication
from app.web.pages import playground
from app.web.pages.assets import Assets
from app.web.pages.catalog import Catalog
from app.web.pages.development_key import DevelopmentKey
from app.web.pages.download import Text
from app.web.pages.landing import Landing, Link
from app.web.pages.page import INLINE_STYLES, Page, bundled
from app.web.pages.reference import Reference

PLAYGROUND = Link("Playground", "/graphql", "Try operations and read the schema.")
CATALOG = Link("Catalog", "/catalog", "Find a template and preview its launch requests.")
SCHEMA = Link("Schema", "/schema.graphql", "Download the GraphQL schema.")
REFERENCE = Link("Reference", "/reference", "Read about the routes for SGP's clients.")
OPENAPI = Link("OpenAPI", "/openapi.json", "Download the description of these routes.")
HEALTH = Link("Health", "/readyz", "Is the server ready?")


class Pages(Struct, frozen=True, kw_only=True):
    """The enabled pages. `schema` is the SDL to download, or None; `facts` are shown on the landing
    page in development."""

    assets: Assets | None
    """None if pages are off: what remains is the landing page as JSON, and the schema."""
    is_from_cdn: bool = False
    """Whether browsers load the playground from a CDN instead of this server."""
    schema: str | None = None
    schema_authentication: Authentication | None = None
    """Asks for a key before the schema is sent, as introspection does; None in development."""
    reference: Reference | None = None
    """The reference of SGP's routes; None if the schema is not shown either."""
    facts: Mapping[str, str] = {}
    development_key: DevelopmentKey | None = None

    @property
    def playground(self) -> Page | None:
        """The page for browsers at /graphql; None if it is disabled."""
        if self.assets is None:
            return None
        if self.is_from_cdn:
            return playground.from_cdn()
        title = "Playground · Model Templates"
        return bundled(self.assets, "playground", title, INLINE_STYLES)

    def routes(self) -> list[BaseRoute]:
        """The routes of all pages except /graphql."""
        links: list[Link] = []
        routes: list[BaseRoute] = []
        if self.assets is not None:
            routes += [
                Route("/assets/{name}", self.assets.answer),
                Route(CATALOG.address, Catalog(self.assets).answer),
            ]
            links += [CATALOG, PLAYGROUND]
        if self.schema is not None:
            routes.append(Route(SCHEMA.address, self._download(self.schema).answer))
            links.append(replace(SCHEMA, needs_key=self.schema_authentication is not None))
        if self.reference is not None:
            routes.append(Route(OPENAPI.address, self.reference.openapi))
            links.append(replace(OPENAPI, needs_key=self.schema_authentication is not None))
            if self.assets is not None:
                page = partial(self.reference.page, self.assets)
                routes.append(Route(REFERENCE.address, page))
                links.append(REFERENCE)
        if self.development_key is not None:
            routes.append(Route("/development-key", self.development_key.answer))
        landing = Landing(self.assets, [*links, HEALTH], self.facts)
        return [Route("/", landing.answer), *routes]

    def _download(self, schema: str) -> Text:
        return Text(
            schema,
            "text/plain; charset=utf-8",
            filename="schema.graphql",
            authentication=self.schema_authentication,
        )
