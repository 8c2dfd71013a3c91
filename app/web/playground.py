"""The page to try operations in: Strawberry's GraphiQL, which a browser loads from a CDN."""

from strawberry.http.ides import get_graphql_ide_html


def page() -> str:
    """HTML that sends its operations to the address that it was loaded from."""
    return get_graphql_ide_html(graphql_ide="graphiql")
