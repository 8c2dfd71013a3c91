"""The documents of requests, parsed and validated once, then cached."""

from operator import itemgetter
from threading import Lock

from cachetools import LRUCache
from graphql import GraphQLSchema, GraphQLSyntaxError

from app.domain.counters import count_lookup
from app.domain.request_facts import stage
from app.graphql.limits.document import CheckedDocument, check, read
from app.graphql.limits.limits import Limits
from app.graphql.outcome import Outcome, rejected

MAX_CACHED_LENGTH = 8_192
"""Characters. Documents up to this length are parsed and validated once, then cached."""

CACHE_SIZE = 500_000
"""Characters of all cached documents. A parsed document takes about 75 bytes per character."""

MIN_CACHED_LENGTH = 500
"""Characters. Shorter documents count as this many, which limits their number."""


class DocumentCache:
    """Documents by their text. The outcome of one that is rejected is cached, too."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._documents: LRUCache[str, tuple[int, CheckedDocument | Outcome]] = LRUCache(
            CACHE_SIZE, getsizeof=itemgetter(0)
        )
        """The length that each document counts as, and the checked document or its errors."""
        self._lock = Lock()  # Documents are prepared in several threads.

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, query: str) -> bool:
        return query in self._documents

    def get(self, query: str) -> CheckedDocument | Outcome:
        """The checked document of a text, or the outcome of all its operations."""
        with self._lock:
            cached = self._documents.get(query)
        count_lookup("documents", hit=cached is not None)
        if cached is not None:
            return cached[1]
        with stage("parse"):
            document = self._checked(query)
        if len(query) <= MAX_CACHED_LENGTH:
            with self._lock:
                self._documents[query] = (max(len(query), MIN_CACHED_LENGTH), document)
        return document

    def _checked(self, query: str) -> CheckedDocument | Outcome:
        """The checked document or its errors, which are the same for every caller."""
        try:
            document = read(query, self._limits)
        except GraphQLSyntaxError as error:
            return rejected([error], "GRAPHQL_PARSE_FAILED")
        checked = check(self._schema, document, self._limits)
        if isinstance(checked, CheckedDocument):
            return checked
        return rejected(checked, "GRAPHQL_VALIDATION_FAILED")
