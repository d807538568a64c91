"""Gives each change to where its object is kept: Airflow's REST API, or Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.depot.layout import document_of
from envctl.depot.refusal import NotWritten
from envctl.errors import BackendFailed
from envctl.model.change import Action
from envctl.model.outcome import ChangeOutcome, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.airflow.api import Hands
    from envctl.airflow.outcomes import Outcomes
    from envctl.depot.reading import Depot
    from envctl.kinds.kind import Kind
    from envctl.model.change import Change
    from envctl.model.request import Passenger
    from envctl.model.store import Store


class RoutingWriter:
    """Carries out steps. See `envctl.engine.applier.Writer`."""

    def __init__(self, others: Hands, ready: Callable[[], None], depot: Depot) -> None:
        """`others` write what is not kept in Vault.

        `ready` is called before each write, and raises Locked when it must not be made.
        """
        self._others, self._ready, self._depot = others, ready, depot

    def write(
        self, kind: Kind, changes: Sequence[Change], passenger: Passenger | None = None
    ) -> Iterator[Outcomes]:
        """Write what is kept in Vault, one by one, then the others; tell of each what became of it.

        Vault comes first: so what goes along with the last request says the truth of all before it.
        """
        for change in changes:
            if change.store is not None:
                yield from self._keep(kind, change, change.store)
        others = tuple(change for change in changes if change.store is None)
        if others:
            yield from self._others.write(kind, others, passenger)

    def _keep(self, kind: Kind, change: Change, store: Store) -> Iterator[Outcomes]:
        folder, name = self._depot.folders[kind.section], change.address.id
        self._ready()
        try:
            if change.action is Action.DELETE or change.desired is None:
                self._depot.shelf.remove(folder, name, store.version)
            else:
                document = document_of(kind, change.desired, change.live)
                self._depot.shelf.put(folder, name, document, store.version)
        except NotWritten as why:
            yield {change.address: ChangeOutcome(Outcome.FAILED, str(why))}
        except BackendFailed as error:
            doubt = f"{error.message}; it may have been written all the same"
            yield {change.address: ChangeOutcome(Outcome.FAILED, doubt, in_doubt=True)}
            raise
        else:
            yield {change.address: ChangeOutcome(Outcome.APPLIED)}
