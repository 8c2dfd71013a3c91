"""The paths of the APIs, by which requests are measured and traced."""

import pytest

from app.web.api_paths import is_api_path, route_of


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/graphql", "/graphql"),
        ("GET", "/v4/model-templates", "/v4/model-templates"),
        ("HEAD", "/v4/model-templates", "/v4/model-templates"),
        ("GET", "/v4/model-templates/a", "/v4/model-templates/{model_template_id}"),
        ("PATCH", "/v3/model-templates/a/b", "/v3/model-templates/{model_template_id}"),
        ("GET", "/user-info", "/user-info"),
    ],
)
def test_a_request_has_the_route_of_its_api(method: str, path: str, route: str) -> None:
    assert route_of(path, method) == route
    assert is_api_path(path)


@pytest.mark.parametrize("path", ["/", "/readyz", "/openapi.json", "/v4", "/v5/models"])
def test_other_paths_have_none(path: str) -> None:
    assert route_of(path, "GET") is None
    assert not is_api_path(path)


def test_an_unknown_path_of_an_api_has_no_route_but_is_measured() -> None:
    assert route_of("/v4/models", "GET") is None
    assert is_api_path("/v4/models")
