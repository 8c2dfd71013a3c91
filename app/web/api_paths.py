"""The paths of the APIs: GraphQL's and SGP's."""

from app.rest.sgp_routes import is_sgp_path, operations_at

GRAPHQL = "/graphql"


def is_api_path(path: str) -> bool:
    """Whether requests to the path are an API's, which are measured."""
    return path == GRAPHQL or is_sgp_path(path)


def route_of(path: str, method: str) -> str | None:
    """The API's route that a path belongs to, such as `/v4/model-templates/{model_template_id}`;
    None for other paths."""
    if path == GRAPHQL:
        return GRAPHQL
    operations, _ = operations_at(path)
    operation = operations.get("GET" if method == "HEAD" else method)
    return None if operation is None else operation.path
