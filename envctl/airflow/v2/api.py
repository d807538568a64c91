"""API v2 as `envctl.airflow.api.Api`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.airflow.bulk import BulkWriter
from envctl.airflow.calls import Calls
from envctl.airflow.outcomes import verb_of
from envctl.airflow.pages import read_all
from envctl.airflow.single import SingleWriter
from envctl.airflow.transport import V2_ROOT
from envctl.airflow.v2.events import NewNames
from envctl.model.change import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from envctl.airflow.calls import Version
    from envctl.airflow.outcomes import Outcomes
    from envctl.airflow.pages import Taken
    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Endpoint, Fields, Kind
    from envctl.model.change import Change
    from envctl.model.event import Sent
    from envctl.model.request import Passenger


class ApiV2:
    """The API of one version of Airflow 3."""

    root = V2_ROOT
    old = False
    names = NewNames()

    def __init__(self, version: Version) -> None:
        self._calls = Calls(version)

    def items(
        self,
        session: Session,
        endpoint: Endpoint,
        crew: Crew,
        take: Callable[[dict[str, Any]], Taken],
        expected: int,
    ) -> dict[str, Taken]:
        """Return what `take` makes of every item of a list; see `envctl.airflow.pages.read_all`."""
        return read_all(session, endpoint, crew, take, expected)

    def fields(self, kind: Kind, item: Mapping[str, Any]) -> Fields:
        """Return what an item says."""
        return kind.read(item)

    def writer(self, session: Session, crew: Crew, sent: list[Sent], ready: Callable[[], None]) -> NewWriter:
        """Return the hands for all kinds."""
        return NewWriter(
            self._calls,
            BulkWriter(session, self._calls, sent, ready),
            SingleWriter(session, self._calls, crew, sent, ready),
        )


class NewWriter:
    """Gives each kind to the hands that it needs: many objects in a request where there is one for that."""

    def __init__(self, calls: Calls, bulk: BulkWriter, single: SingleWriter) -> None:
        self._calls, self._bulk, self._single = calls, bulk, single

    def write(
        self, kind: Kind, changes: Sequence[Change], passenger: Passenger | None = None
    ) -> Iterator[Outcomes]:
        """Write the changes of one step; what bulk requests would pass over is written object by object."""
        apart: list[Change] = []
        together: list[Change] = []
        for change in changes:
            (apart if not kind.endpoint.bulk or self._needs_own(kind, change) else together).append(change)
        if apart:
            yield from self._single.write(kind, apart)
        if together:
            yield from self._bulk.write(kind, together, passenger)

    def _needs_own(self, kind: Kind, change: Change) -> bool:
        """Tell whether a bulk request would not write all of an object."""
        if change.desired is None or change.action is Action.DELETE:
            return False
        endpoint = kind.endpoint
        if not endpoint.alone.isdisjoint(change.desired.fields):
            return True
        passes_over = self._calls.version < endpoint.nulls_since and verb_of(change) is Action.UPDATE
        return passes_over and None in self._calls.body(kind, change.desired).values()
