"""What came back for a request, whoever brought it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_FOUND = 404


class Answer:
    """A response: its status, headers and body, the body as JSON on request.

    `tries` is how often the request went out so that the server may have got it.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, tries: int = 1) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.tries = tries

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of HTTP's success codes

    @property
    def is_page(self) -> bool:
        """Whether this is a web page where data should be."""
        return "html" in self.headers.get("content-type", "").lower()

    def json(self) -> Any:
        """Return the body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None
