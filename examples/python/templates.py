"""Create or update one template to match WANTED, and preview its launch.

pip install 'gql[httpx]'; KEY=mt_... python templates.py
"""

import os
import time
import uuid
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

WANTED = {
    "name": "sentence-embedding",
    "endpointType": "ASYNC",
    "modelType": "EMBEDDING",
    "vendorConfiguration": {
        "bundleConfig": {
            "registry": "docker.io",
            "image": "acme/sentence-embedding",
            "tag": os.environ.get("TAG", "1.0.0"),
            "command": ["python", "-m", "serve"],
        }
    },
}
TEMPLATE = "modelTemplate { id name revision } errors { code message path }"
CREATE = f"""mutation Create($input: CreateModelTemplateInput!) {{
  createModelTemplate(input: $input) {{ {TEMPLATE} }} }}"""
UPDATE = f"""mutation Update($input: UpdateModelTemplateInput!) {{
  updateModelTemplate(input: $input) {{ {TEMPLATE} }} }}"""
LIST = """query List($filter: ModelTemplateFilter, $after: String) {
  modelTemplates(filter: $filter, first: 2, after: $after) {
    nodes { id name revision } pageInfo { hasNextPage endCursor } } }"""
PLAN = """query Plan($id: ID!, $labels: StringMap) { modelTemplate(id: $id) {
  launchPlan(name: "search-embedder", labels: $labels) {
    createModelEndpointRequest errors { message path } } } }"""

url = os.environ.get("MODEL_TEMPLATES_URL", "http://127.0.0.1:8000/graphql")
transport = HTTPXTransport(url, headers={"x-api-key": os.environ["KEY"]}, timeout=20)


def ask(session: Any, query: str, **variables: Any) -> Any:
    """The result of an operation with one field. Every write here is safe to retry."""
    for attempt in range(6):
        try:
            (answer,) = session.execute(gql(query), variable_values=variables).values()
            return answer
        except TransportQueryError as error:
            extensions = (error.errors or [{}])[0].get("extensions", {})
            limited = extensions.get("code") == "RATE_LIMITED"  # HTTP 429
            if attempt == 5 or not (limited or extensions.get("retryable")):  # HTTP 503
                raise
            headers = transport.response_headers or {}
            time.sleep(float(headers.get("retry-after", 0.2 * 2**attempt)))


def pages(session: Any, **filter: Any) -> Any:
    """All templates of a list, fetched page by page."""
    after = None
    while True:
        page = ask(session, LIST, filter=filter, after=after)
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def put(session: Any, account: str) -> Any:
    """Create the template, or update the existing one to match WANTED."""
    # All attempts share one request id, so a retry returns the template of the first attempt.
    new = {**WANTED, "accountId": account, "requestId": str(uuid.uuid4())}
    payload = ask(session, CREATE, input=new)
    if [error["path"] for error in payload["errors"]] == [["name"]] and (
        found := list(pages(session, accountId=account, name=WANTED["name"], archived=None))
    ):
        # Fails with STALE if someone has changed it since. An update without changes adds no
        # revision.
        guard = {"id": found[0]["id"], "expectedRevision": found[0]["revision"]}
        payload = ask(session, UPDATE, input={**WANTED, **guard})
    if payload["errors"]:
        errors = (f"{'.'.join(e['path'])}: {e['message']}" for e in payload["errors"])
        raise SystemExit("\n".join(errors))
    return payload["modelTemplate"]


with Client(transport=transport) as session:
    template = put(session, os.environ.get("ACCOUNT", "demo"))
    print(template["name"], "is at revision", template["revision"])
    for each in pages(session):
        print("-", each["name"])
    labels = {"team": "search", "product": "semantic-search"}
    plan = ask(session, PLAN, id=template["id"], labels=labels)["launchPlan"]
    print(plan["createModelEndpointRequest"] or plan["errors"])
