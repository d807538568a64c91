"""What differs between the REST APIs of Airflow 2 and Airflow 3, behind one protocol.

`AirflowInstance` takes the one that the server's version asks for; see docs/adr/0009-two-apis.md. Nothing
here knows any kind: what a kind has otherwise over v1 is said in `envctl.kinds.old_api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from envctl.airflow.event_entry import Sources
    from envctl.airflow.outcomes import Outcomes
    from envctl.airflow.pages import Taken
    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Endpoint, Fields, Kind
    from envctl.model.change import Change
    from envctl.model.event import Sent
    from envctl.model.request import Passenger

Query = tuple[tuple[str, str], ...]


class Hands(Protocol):
    """Writes the changes of a step: `envctl.engine.applier.Writer`."""

    def write(
        self, kind: Kind, changes: Sequence[Change], passenger: Passenger | None = None, /
    ) -> Iterator[Outcomes]:
        """Write the changes of one step, and tell what became of some of them after each request."""
        ...


class EventNames(Protocol):
    """Under which names the event log has what is written to the kinds."""

    def sources(self, kinds: Sequence[Kind]) -> Sources:
        """Return those names, each with how to find the objects in such an entry."""
        ...

    def only(self, names: Iterable[str]) -> Iterator[Query]:
        """Yield the queries that ask for the entries of these names; together they ask for all."""
        ...


class Api(Protocol):
    """One of the two APIs."""

    @property
    def root(self) -> str:
        """What its paths stand below."""
        ...

    @property
    def old(self) -> bool:
        """Whether it is v1, which tells less and takes less: `envctl.engine.old_api`."""
        ...

    @property
    def names(self) -> EventNames:
        """The names of its event log."""
        ...

    def items(
        self,
        session: Session,
        endpoint: Endpoint,
        crew: Crew,
        take: Callable[[dict[str, Any]], Taken],
        expected: int,
    ) -> dict[str, Taken]:
        """Return what `take` makes of every item of a list, by its id; there may be as many as `expected`.

        It is given the item with all keys that v2 answers. Raises InstanceErrors, and what `take` raises.
        """
        ...

    def fields(self, kind: Kind, item: Mapping[str, Any]) -> Fields:
        """Return what such an item says. Raises KeyError, TypeError or ValueError when it is mistyped."""
        ...

    def writer(self, session: Session, crew: Crew, sent: list[Sent], ready: Callable[[], None]) -> Hands:
        """Return the hands that carry out the steps of a plan."""
        ...
