"""How an environment stands, in one word, and what there is to say beside it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.errors import Unreachable, WrongServer
from envctl.model.change import DRIFTED
from envctl.report.last_apply import short_last_apply

if TYPE_CHECKING:
    from envctl.errors import EnvctlError
    from envctl.model.plan import Plan

_TO_DO = ("create", "update", "rewrite", "delete")


class State(StrEnum):
    """How an environment stands."""

    IN_SYNC = "in_sync"
    PENDING = "pending"
    DRIFTED = "drifted"
    UNVERIFIABLE = "unverifiable"
    UNREACHABLE = "unreachable"
    ERROR = "error"

    @property
    def words(self) -> str:
        """The state as a person reads it."""
        return self.value.replace("_", " ")


class Row(Struct, frozen=True):
    """One environment in a status report. `applied` is its last apply."""

    environment: str
    state: State
    detail: str
    place: str = ""
    failed: bool = False
    applied: str = ""


def state_of(plan: Plan) -> State:
    """Return how an environment that was compared stands."""
    if any(change.reason in DRIFTED for change in plan.changes):
        return State.DRIFTED
    if plan.is_partial:
        return State.ERROR
    if plan.changes or plan.comparison.observed:
        return State.PENDING
    return State.UNVERIFIABLE if plan.comparison.unverifiable else State.IN_SYNC


def row_of_plan(plan: Plan) -> Row:
    """Return the row of an environment that was compared."""
    place = f"Airflow {plan.instance.airflow_version}   {plan.instance.url}"
    detail = _detail(plan) or "nothing in the spec"
    return Row(plan.environment, state_of(plan), detail, place, applied=short_last_apply(plan))


def _detail(plan: Plan) -> str:
    """Return the counts; what has drifted is counted as that, and not by what is to be done about it."""
    counts = plan.summary()
    to_do = Counter(change.action.value for change in plan.changes if change.reason not in DRIFTED)
    parts = [
        (len(plan.changes) - to_do.total(), "drifted"),
        *((to_do[name], f"to {name}") for name in _TO_DO),
        (counts["observe"], "to observe"),
        (counts["adopt"], "to adopt"),
        (counts["in_sync"], "in sync"),
        (counts["unverifiable"], "unverifiable"),
    ]
    told = [f"{count} {words}" for count, words in parts if count]
    told += [f"{section} not compared" for section in plan.not_compared]
    return ", ".join(told)


def state_of_error(error: EnvctlError) -> State:
    """Return how an environment that could not be compared stands."""
    return State.UNREACHABLE if isinstance(error, Unreachable | WrongServer) else State.ERROR


def row_of_error(environment: str, error: EnvctlError) -> Row:
    """Return the row of an environment that could not be compared."""
    return Row(environment, state_of_error(error), error.message, failed=True)
