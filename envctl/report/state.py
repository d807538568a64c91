"""How an environment stands, in one word, and what there is to say beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from envctl.errors import Unreachable, WrongServer

if TYPE_CHECKING:
    from envctl.errors import EnvctlError
    from envctl.model.plan import Plan

_COUNTS = ("create", "update", "rewrite", "delete", "observe", "adopt", "in_sync", "unverifiable")


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


@dataclass(frozen=True, slots=True)
class Row:
    """One environment in a status report."""

    environment: str
    state: State
    detail: str
    place: str = ""
    failed: bool = False


def state_of(plan: Plan) -> State:
    """Return how an environment that was compared stands."""
    if plan.changes:
        return State.PENDING
    return State.UNVERIFIABLE if plan.comparison.unverifiable else State.IN_SYNC


def row_of_plan(plan: Plan) -> Row:
    """Return the row of an environment that was compared."""
    counts = plan.summary()
    detail = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in _COUNTS if counts[name])
    place = f"Airflow {plan.instance.airflow_version}   {plan.instance.url}"
    return Row(plan.environment, state_of(plan), detail or "nothing in the spec", place)


def state_of_error(error: EnvctlError) -> State:
    """Return how an environment that could not be compared stands."""
    return State.UNREACHABLE if isinstance(error, Unreachable | WrongServer) else State.ERROR


def row_of_error(environment: str, error: EnvctlError) -> Row:
    """Return the row of an environment that could not be compared."""
    return Row(environment, state_of_error(error), error.message, failed=True)
