"""API v1 as `envctl.airflow.api.Api`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.airflow.single import SingleWriter
from envctl.airflow.transport import V1_ROOT
from envctl.airflow.v1.calls import OldCalls
from envctl.airflow.v1.events import OldNames
from envctl.airflow.v1.reading import read_old
from envctl.model.value import unmasked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.airflow.calls import Version
    from envctl.airflow.pages import Taken
    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Endpoint, Fields, Kind
    from envctl.model.event import Sent


class ApiV1:
    """The API of one version of Airflow 2."""

    root = V1_ROOT
    old = True
    names = OldNames()

    def __init__(self, version: Version) -> None:
        self._calls = OldCalls(version)

    def items(
        self,
        session: Session,
        endpoint: Endpoint,
        crew: Crew,
        take: Callable[[dict[str, Any]], Taken],
        expected: int,
    ) -> dict[str, Taken]:
        """Return what `take` makes of every item of a list; see `envctl.airflow.v1.reading.read_old`."""
        found = read_old(session, endpoint, crew, expected)
        return {identifier: take(item) for identifier, item in found.items()}

    def fields(self, kind: Kind, item: Mapping[str, Any]) -> Fields:
        """Return what an item says; where nothing is masked, asterisks are asterisks."""
        fields = kind.read(item)
        if kind.endpoint.old.masks:
            return fields
        return {name: unmasked(value) for name, value in fields.items()}

    def writer(
        self, session: Session, crew: Crew, sent: list[Sent], ready: Callable[[], None]
    ) -> SingleWriter:
        """Return the hands: there are no bulk requests."""
        return SingleWriter(session, self._calls, crew, sent, ready)
