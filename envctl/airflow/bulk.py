"""Writes many objects with few requests, and still knows what became of each.

Airflow answers a bulk request with 200 even when it did nothing, does all or nothing of an action
without naming the culprit, and refuses the whole request for one object that does not validate. So a
chunk that fails is divided until the culprit stands alone; only what somebody made or deleted since it
was read is found with one more request, which skips it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from envctl.airflow.answers import bulk_refusal, bulk_status
from envctl.airflow.chunks import Portion, chunks
from envctl.airflow.journal import bulk_event, keeper, named_in, single_event
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
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from envctl.airflow.calls import Calls
    from envctl.airflow.session import Session
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.event import Sent
    from envctl.model.request import Passenger


class _Told(NamedTuple):
    """What a bulk answer says: the ids it carried out, and the first reason why others were not."""

    done: frozenset[str]
    error: str | None = None
    status: int | None = None


class BulkWriter:
    """Carries out steps. See `envctl.engine.applier.Writer`.

    Whatever goes out is added to `sent`, each try of it: so it is told from what others do meanwhile.
    """

    def __init__(self, session: Session, calls: Calls, sent: list[Sent], ready: Callable[[], None]) -> None:
        """`ready` is called before each request, and raises Locked when it must not be sent."""
        self._session = session
        self._calls = calls
        self._sent = sent
        self._ready = ready
        self._portion = Portion()

    def write(
        self, kind: Kind, changes: Sequence[Change], passenger: Passenger | None = None
    ) -> Iterator[Outcomes]:
        """Write changes of one kind and verb; tell after each request what became of some of them.

        The passenger goes along with the last of the requests, if that is one for several objects.
        """
        single = [change for change in changes if _is_masked_update(kind, change)]
        together = [change for change in changes if not _is_masked_update(kind, change)]
        for change in single:
            yield from self._alone(kind, change)
        left = len(together)
        self._portion = Portion()  # what one kind or verb takes says little of another
        for chunk in chunks(together, self._portion):
            left -= len(chunk)
            yield from self._divide(kind, chunk, passenger=None if left else passenger)

    def _alone(self, kind: Kind, change: Change) -> Iterator[Outcomes]:
        """Write a single object, of which some fields are left alone."""
        if change.desired is None:
            raise AssertionError("a delete has no fields to mask")
        call = self._calls.update(kind, change.desired)
        try:
            self._request(kind, call, change.address)
        except InstanceError as error:
            yield {change.address: broken(error)}
            if ends_all(error):
                raise
        else:
            yield {change.address: APPLIED}

    def _divide(
        self,
        kind: Kind,
        chunk: tuple[Change, ...],
        *,
        part: bool = False,
        passenger: Passenger | None = None,
    ) -> Iterator[Outcomes]:
        """Write a chunk; when some of it was refused, write the halves of that, down to single objects.

        `part` tells that the chunk is such a half.
        """
        try:
            told = self._send(kind, chunk, part=part, passenger=passenger)
        except InstanceError as error:
            if ends_all(error):
                yield {change.address: broken(error) for change in chunk}
                raise
            told = _Told(frozenset(), error.message, getattr(error, "status", None))
        if told.status == MOVED.get(_verb(chunk), (0, ""))[0] and len(chunk) > 1:
            yield from self._around(kind, chunk)
        else:
            yield from self._rest(kind, chunk, told)

    def _around(self, kind: Kind, chunk: tuple[Change, ...]) -> Iterator[Outcomes]:
        """Write what is as it was read; what somebody made or deleted since is left and has failed."""
        try:
            call = self._call(kind, chunk, moved="skip", hurried=True)
            told = _told(self._request(kind, call), chunk, self._session.secrets)
        except InstanceError as error:
            if ends_all(error):
                yield {change.address: broken(error) for change in chunk}
                raise
            told = _Told(frozenset(), error.message)
        if told.error:
            yield from self._rest(kind, chunk, told)
            return
        left = failed(MOVED[_verb(chunk)][1])
        yield {change.address: APPLIED if change.address.id in told.done else left for change in chunk}

    def _rest(self, kind: Kind, chunk: tuple[Change, ...], told: _Told) -> Iterator[Outcomes]:
        """Tell what was done of a chunk, and divide what was not."""
        done = {change.address: APPLIED for change in chunk if change.address.id in told.done}
        if done:
            yield done
        rest = tuple(change for change in chunk if change.address.id not in told.done)
        if len(rest) == 1:
            yield {rest[0].address: failed(told.error or "the server did not say that it wrote this")}
        elif rest:
            middle = len(rest) // 2
            yield from self._divide(kind, rest[:middle], part=True)
            yield from self._divide(kind, rest[middle:], part=True)

    def _send(
        self, kind: Kind, chunk: tuple[Change, ...], *, part: bool, passenger: Passenger | None
    ) -> _Told:
        """Send a chunk, again where that may help; a part that meets a 500 has found a culprit in it."""
        further = passenger.action(kind.name, chunk) if passenger else None
        call = self._call(kind, chunk, hurried=part, further=further)
        began = time.monotonic()
        try:
            answer = self._request(kind, call)
            self._portion.answered(len(chunk), time.monotonic() - began)
        except InstanceError as error:
            self._portion.took(time.monotonic() - began)
            may_pass = not part and isinstance(error, RequestFailed) and error.status == SERVER_ERROR
            if call.repeatable or not (may_pass or is_doubtful(error)):
                raise
            # What was created was not there before, so it is now ours or not there yet: writing it over
            # is safe to repeat, and ends the doubt.
            try:
                call = self._call(kind, chunk, moved="overwrite", further=further)
                answer = self._request(kind, call)
            except Locked as lost:
                if is_doubtful(error):
                    raise Ambiguous(f"{error.message}; {lost.message}", hint=lost.hint) from None
                raise
            except InstanceError as again:
                if is_doubtful(error) and ends_all(again):
                    # What broke first says what happened; the second try only says that it lasts.
                    raise Ambiguous(error.message, hint=again.hint) from None
                raise
        if passenger and further:
            passenger.arrived(answer)
        return _told(answer, chunk, self._session.secrets)

    def _request(self, kind: Kind, call: ApiCall, single: Address | None = None) -> Any:
        """Make a request: a bulk one, or the update of a single object."""
        self._ready()
        name = bulk_event(kind) if single is None else single_event(kind, call.method)
        kept = keeper(self._sent, name, named_in(kind, call) if single is None else [single])
        return self._session.request(call, f"write {kind.section}", kept)

    def _call(
        self,
        kind: Kind,
        chunk: tuple[Change, ...],
        *,
        moved: str = "fail",
        hurried: bool = False,
        further: dict[str, Any] | None = None,
    ) -> ApiCall:
        """Return the request that carries out a chunk; all its changes are of one verb.

        `moved` says what is to become of objects that exist although they are to be created, or do not
        although they are to be updated; `hurried` that the request is not to be sent again by itself.
        """
        action: dict[str, Any]
        if chunk[0].action is Action.DELETE:
            ids = [change.address.id for change in chunk]
            action = {"action": "delete", "entities": ids, "action_on_non_existence": "skip"}
        else:
            bodies = [self._calls.body(kind, change.desired) for change in chunk if change.desired]
            policy = "action_on_existence" if _verb(chunk) is Action.CREATE else "action_on_non_existence"
            action = {"action": _verb(chunk).value, "entities": bodies, policy: moved}
        repeatable = not hurried and action.get("action_on_existence") != "fail"
        actions = [action, further] if further else [action]
        endpoint = kind.endpoint
        return ApiCall(
            "PATCH", endpoint.path, body={"actions": actions}, repeatable=repeatable, base=endpoint.base
        )


def _told(answer: Any, chunk: tuple[Change, ...], secrets: Collection[str]) -> _Told:
    part = answer.get(_verb(chunk).value) if isinstance(answer, dict) else None
    part = part if isinstance(part, dict) else {}
    done = frozenset(map(str, part.get("success") or ()))
    errors = part.get("errors") or []
    if errors:
        return _Told(done, bulk_refusal(errors[0], secrets), bulk_status(errors[0]))
    if _verb(chunk) is Action.DELETE:
        # What was gone already is not listed; it is as it should be.
        return _Told(frozenset(change.address.id for change in chunk))
    return _Told(done)


def _verb(chunk: tuple[Change, ...]) -> Action:
    """Return what the changes of a chunk are to Airflow: all the same."""
    return verb_of(chunk[0])


def _is_masked_update(kind: Kind, change: Change) -> bool:
    writes = change.action in (Action.UPDATE, Action.REWRITE)
    return writes and change.desired is not None and kind.needs_mask(change.desired)
