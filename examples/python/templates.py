"""Brings one template to the state that stands below, and shows what Launch would be asked.

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
    """The answer's one field. Every write here is safe to repeat, so it may be tried again."""
    for attempt in range(6):
        try:
            (answer,) = session.execute(gql(query), variable_values=variables).values()
            return answer
        except TransportQueryError as refused:
            extensions = (refused.errors or [{}])[0].get("extensions", {})
            limited = extensions.get("code") == "RATE_LIMITED"  # HTTP 429
            if attempt == 5 or not (limited or extensions.get("retryable")):  # HTTP 503
                raise
            headers = transport.response_headers or {}
            time.sleep(float(headers.get("retry-after", 0.2 * 2**attempt)))


def pages(session: Any, **filter: Any) -> Any:
    """Every template of a list, page by page."""
    after = None
    while True:
        page = ask(session, LIST, filter=filter, after=after)
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def put(session: Any, account: str) -> Any:
    """The template as WANTED, whether it was there or not."""
    # One id for all attempts: had the first one landed unheard, the next is answered the same.
    new = {**WANTED, "accountId": account, "requestId": str(uuid.uuid4())}
    payload = ask(session, CREATE, input=new)
    if [error["path"] for error in payload["errors"]] == [["name"]] and (
        found := list(pages(session, accountId=account, name=WANTED["name"], archived=None))
    ):
        # Refused as STALE if somebody changed it since; a patch without a change makes no revision.
        guard = {"id": found[0]["id"], "expectedRevision": found[0]["revision"]}
        payload = ask(session, UPDATE, input={**WANTED, **guard})
    if payload["errors"]:
        problems = (f"{'.'.join(e['path'])}: {e['message']}" for e in payload["errors"])
        raise SystemExit("\n".join(problems))
    return payload["modelTemplate"]


with Client(transport=transport) as session:
    template = put(session, os.environ.get("ACCOUNT", "demo"))
    print(template["name"], "is at revision", template["revision"])
    for each in pages(session):
        print("-", each["name"])
    labels = {"team": "search", "product": "semantic-search"}
    plan = ask(session, PLAN, id=template["id"], labels=labels)["launchPlan"]
    print(plan["createModelEndpointRequest"] or plan["errors"])
