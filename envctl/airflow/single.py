"""Writes objects one by one, several at a time, and tells what became of each.

That is all there is over API v1, and over v2 for kinds without bulk requests. Objects are written in waves:
all of one wave have been answered before anything is told, so that nobody who stops then leaves a request
unaccounted for.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from envctl.airflow.answer import NOT_FOUND
from envctl.airflow.journal import keeper, single_event
from envctl.airflow.outcomes import (
    APPLIED,
    MOVED,
    SERVER_ERROR,
    Outcomes,
    broken,
    ends_all,
    failed,
    is_doubtful,
    verb_of,
)
from envctl.errors import Ambiguous, InstanceError, Locked, RequestFailed
from envctl.model.change import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.airflow.calls import Calls
    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Kind
    from envctl.model.change import Change
    from envctl.model.event import Sent
    from envctl.model.outcome import ChangeOutcome
    from envctl.model.request import ApiCall, Passenger
    from envctl.model.resource import Desired

_CONFLICT = 409


class SingleWriter:
    """Carries out steps. See `envctl.engine.applier.Writer`."""

    def __init__(
        self, session: Session, calls: Calls, crew: Crew, sent: list[Sent], ready: Callable[[], None]
    ) -> None:
        """`ready` is called before each request, and raises Locked when it must not be sent.

        What goes out is added to `sent`, each try of it.
        """
        self._session, self._calls, self._crew = session, calls, crew
        self._sent = sent
        self._ready = ready
        self._asking = Lock()

    def write(
        self, kind: Kind, changes: Sequence[Change], _passenger: Passenger | None = None
    ) -> Iterator[Outcomes]:
        """Write changes of one kind; no passenger goes along with requests for one object."""
        for start in range(0, len(changes), self._crew.size):
            wave = changes[start : start + self._crew.size]
            ended = self._crew.map(lambda change: self._one(kind, change), wave)
            told = {
                change.address: outcome
                for change, (outcome, _) in zip(wave, ended, strict=True)
                if outcome is not None
            }
            if told:
                yield told
            for _, error in ended:
                if error is not None:
                    raise error

    def _one(self, kind: Kind, change: Change) -> tuple[ChangeOutcome | None, InstanceError | Locked | None]:
        """Write one object; return what became of it, None when nothing was sent, and what ends all."""
        verb = verb_of(change)
        try:
            self._carry_out(kind, change)
        except Locked as lost:
            return None, lost
        except InstanceError as error:
            status = error.status if isinstance(error, RequestFailed) else None
            if verb is Action.DELETE and status == NOT_FOUND:
                return APPLIED, None
            if verb in MOVED and status == MOVED[verb][0]:
                return failed(MOVED[verb][1]), None
            return broken(error), error if ends_all(error) else None
        return APPLIED, None

    def _carry_out(self, kind: Kind, change: Change) -> None:
        if change.desired is None or change.action is Action.DELETE:
            self._request(kind, change, self._calls.delete(kind, change.address.id))
        elif verb_of(change) is Action.UPDATE:
            self._request(kind, change, self._calls.update(kind, change.desired))
        else:
            self._create(kind, change, change.desired)

    def _create(self, kind: Kind, change: Change, desired: Desired) -> None:
        call = self._calls.create(kind, desired)
        try:
            self._request(kind, change, call)
        except InstanceError as error:
            may_pass = isinstance(error, RequestFailed) and error.status == SERVER_ERROR
            if call.repeatable or not (may_pass or is_doubtful(error)):
                raise
            self._create_again(kind, change, desired, error)

    def _create_again(self, kind: Kind, change: Change, desired: Desired, first: InstanceError) -> None:
        """End a doubt: what was not there before is ours by now, or still not there.

        Raises the first error as Ambiguous where that cannot be seen: it says what happened.
        """
        try:
            try:
                self._request(kind, change, self._calls.create(kind, desired))
            except RequestFailed as error:
                if error.status != _CONFLICT:
                    raise
                self._request(kind, change, self._calls.update(kind, desired))
        except Locked as lost:
            if is_doubtful(first):
                raise Ambiguous(f"{first.message}; {lost.message}", hint=lost.hint) from None
            raise
        except InstanceError as again:
            if is_doubtful(first) and ends_all(again):
                raise Ambiguous(first.message, hint=again.hint) from None
            raise

    def _request(self, kind: Kind, change: Change, call: ApiCall) -> None:
        with self._asking:
            self._ready()
        kept = keeper(self._sent, single_event(kind, call.method), [change.address])
        self._session.request(call, f"write {kind.section}", kept)
