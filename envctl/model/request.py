"""Requests as data: a kind says which call would do a thing, and only the Airflow room makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from envctl.model.discreet import Discreet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.model.change import Change
    from envctl.model.value import Value


class JsonText(Discreet, frozen=True):
    """A value that travels as JSON inside a text: Airflow's `extra`, and Variables that hold JSON."""

    value: Value


class ApiCall(Discreet, frozen=True):
    """One request below the API's root. `body` may hold Secret and JsonText; both go when it is sent.

    `base` is what it stands below instead, such as `/auth/fab/v1`. `repeatable` says that sending it twice
    is the same as once, so that a broken connection or a 5xx may be answered by sending it again.
    """

    shown: ClassVar[tuple[str, ...]] = ("method", "path", "query")

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Value = None
    repeatable: bool = True
    base: str | None = None


class Passenger(Protocol):
    """What may go along with the last changes of an apply, in the same bulk request."""

    def action(self, kind: str, chunk: Sequence[Change]) -> dict[str, Value] | None:
        """Return a further action for a request that writes these changes of a kind, or None."""
        ...

    def arrived(self, answer: Any) -> None:
        """Hear the answer to the request that it went with."""
        ...
