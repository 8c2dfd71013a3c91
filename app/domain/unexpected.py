"""A mistake of ours: the caller gets an id, and the log has what belongs to it."""

import logging
from secrets import token_hex
from typing import Any

from app.domain.errors import RequestError

log = logging.getLogger(__name__)


class Unexpected(RequestError):
    """Says nothing of its cause, which is logged."""

    code = "INTERNAL_SERVER_ERROR"

    def __init__(self, cause: BaseException) -> None:
        self.id = token_hex(8)
        super().__init__(f"Unexpected error; its id is {self.id}.")
        log.error("Unexpected error %s", self.id, exc_info=cause, extra={"id": self.id})

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "id": self.id}
