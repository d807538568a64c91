"""What became of a change, told from how its request ended: the same for many objects and for one."""

from __future__ import annotations

from envctl.airflow.answer import NOT_FOUND
from envctl.airflow.patience import TOO_MANY_REQUESTS
from envctl.errors import Ambiguous, InstanceError, RequestFailed
from envctl.model.address import Address
from envctl.model.change import Action, Change
from envctl.model.outcome import ChangeOutcome, Outcome

Outcomes = dict[Address, ChangeOutcome]

APPLIED = ChangeOutcome(Outcome.APPLIED)
SERVER_ERROR = 500
_IN_DOUBT = (502, 503, 504)
"""What stands before the server lost patience with it: it may have done what it was asked all the same."""
_GONE_BAD = (TOO_MANY_REQUESTS, *_IN_DOUBT)
"""The server, or what stands before it, is in trouble: dividing the request would only add to it."""
MOVED = {
    Action.CREATE: (409, "it exists by now: somebody made it after it was read"),
    Action.UPDATE: (NOT_FOUND, "it was not found: somebody deleted it after it was read"),
}
"""How Airflow tells that objects are not as they were read, and what that means."""


def verb_of(change: Change) -> Action:
    """Return what a change is to Airflow: it knows no rewriting."""
    return Action.UPDATE if change.action is Action.REWRITE else change.action


def ends_all(error: InstanceError) -> bool:
    """Tell whether there is no use in sending anything else; otherwise the objects are at fault."""
    return not isinstance(error, RequestFailed) or error.status in _GONE_BAD


def is_doubtful(error: InstanceError) -> bool:
    """Tell whether the write may have been carried out all the same."""
    return isinstance(error, Ambiguous) or (isinstance(error, RequestFailed) and error.status in _IN_DOUBT)


def broken(error: InstanceError) -> ChangeOutcome:
    """Return the outcome of a change whose request ended with an error."""
    if not is_doubtful(error):
        return failed(error.message)
    why = f"{error.message}; it may have been written all the same"
    return ChangeOutcome(Outcome.FAILED, why, in_doubt=True)


def failed(error: str | None) -> ChangeOutcome:
    """Return the outcome of a change that was refused."""
    return ChangeOutcome(Outcome.FAILED, error)
