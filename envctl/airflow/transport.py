"""What a session asks of the road to an instance, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from envctl.airflow.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from envctl.model.request import ApiCall

__all__ = ["V1_ROOT", "V2_ROOT", "Answer", "Transport"]

V1_ROOT, V2_ROOT = "/api/v1", "/api/v2"
"""Where the APIs of Airflow 2 and of Airflow 3 begin, below the address of the instance."""


class Transport(Protocol):
    """Sends requests to one instance, each a bounded number of times. Safe to use from several threads."""

    place: str
    """What the instance is called in messages."""
    secrets: frozenset[str]
    """The secret texts that go with every request."""

    def send(self, call: ApiCall, headers: Mapping[str, str], prefix: str = V2_ROOT) -> Answer:
        """Send a request and return the answer, whatever its status.

        Raises Unreachable when no answer was to be had, and Ambiguous when a write went out to which
        no answer came.
        """
        ...

    def connected_ahead(self, count: int) -> AbstractContextManager[None]:
        """Have connections opened for so many requests that are to come within the block, if that helps.

        Nothing is sent, and nothing raised; what was not used is closed after the block.
        """
        ...
