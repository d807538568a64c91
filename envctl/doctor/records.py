"""What envctl and Airflow wrote down in the instance: ledgers, event log, lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import InstanceError
from envctl.ledger.connection_locks import LOCK_ADDRESS
from envctl.ledger.holder import has_ended
from envctl.ledger.inspection import inspected
from envctl.ledger.variable_ledgers import VariableLedgers
from envctl.model.checkup import fine, problem, warning
from envctl.report.ages import age, age_of
from envctl.stages.marking import uncheckable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from envctl.airflow.instance import AirflowInstance
    from envctl.kinds.kind import Kind
    from envctl.model.checkup import Check
    from envctl.model.event import Seen
    from envctl.model.ledger import Ledger
    from envctl.model.ledger_state import LedgerState
    from envctl.model.lock import LockRecord
    from envctl.model.secret import Secret

_MAKING = (f"post_{LOCK_ADDRESS.kind}", f"api.{LOCK_ADDRESS.kind}.create")
"""What Airflow 3 and Airflow 2 call a request that makes the lock."""


def ledgers_of(instance: AirflowInstance, owner: str) -> tuple[LedgerState, tuple[LedgerState, ...]]:
    """Return how the ledger of an owner stands, and those of others. Raises InstanceErrors."""
    values = VariableLedgers(instance).read_all()
    own = inspected(owner, values.pop(owner, None))
    return own, tuple(inspected(other, value) for other, value in sorted(values.items()))


def ledger_check(state: LedgerState, name: str, keys: Iterable[Secret], now: datetime) -> Check:
    """Tell how the own ledger stands, and whether the keys of its fingerprints are at hand."""
    if state.missing:
        return fine("ledger", f"none yet of owner {state.owner}: the first apply starts one")
    if state.ledger is None:
        why = state.problem
        return problem(
            "ledger",
            why.message if why else "cannot be read",
            why.hint if why else f"envctl ledger show {name}",
        )
    found = _summary(state, state.ledger, now)
    lacking = uncheckable(state.ledger, keys)
    if not lacking:
        return fine("ledger", found)
    marks = "1 fingerprint of a secret" if lacking == 1 else f"{lacking} fingerprints of secrets"
    return warning(
        "ledger",
        f"{found}; {marks} cannot be checked without the key",
        "set ENVCTL_FINGERPRINT_KEY to the key of the last apply",
    )


def _summary(state: LedgerState, ledger: Ledger, now: datetime) -> str:
    last = ledger.latest
    when = age_of(last.time, now) if last else ""
    by = f" by {last.actor}" if last else ""
    count = len(ledger.entries)
    return (
        f"owner {state.owner}, apply #{state.serial}{f', {when}' if when else ''}{by},"
        f" {count} object{'' if count == 1 else 's'}"
    )


def others_check(others: Sequence[LedgerState]) -> Check:
    """Tell which other owners apply to the instance."""
    if not others:
        return fine("other_ledgers", "none")
    damaged = [state.owner for state in others if state.problem is not None]
    found = ", ".join(f"{state.owner} (apply #{state.serial})" for state in others)
    if damaged:
        return warning(
            "other_ledgers",
            f"{found}; not readable: {', '.join(damaged)}",
            "until it can be, nothing is deleted that may be theirs: envctl ledger repair in their spec tree",
        )
    return fine("other_ledgers", found)


def log_check(oldest: Seen | None, seen: Seen | None, now: datetime) -> Check:
    """Tell how far the event log reaches back; `seen` is the entry up to which the last apply saw it."""
    if oldest is None:
        return fine("event_log", "readable, and empty")
    found = f"readable, begins {age(oldest.time, now)} ({oldest.time:%Y-%m-%d})"
    if seen is not None and oldest.id > seen.id and oldest.time > seen.time:
        return warning(
            "event_log",
            f"{found}, after the last apply",
            "who touched what before that is not known: secrets are unverifiable until the next apply",
        )
    return fine("event_log", found)


def lock_taken(instance: AirflowInstance, kinds: Sequence[Kind]) -> datetime | None:
    """Return when the lock was taken, as far as the event log tells; it was renewed since."""
    try:
        events = instance.latest_events([kind for kind in kinds if kind.name == LOCK_ADDRESS.kind])
    except InstanceError:
        return None
    # Whoever finds it taken has tried to make it too: the first to do so after it was deleted has it.
    made: datetime | None = None
    for event in events:
        if LOCK_ADDRESS in event.addresses and "delete" in event.name:
            break
        if LOCK_ADDRESS in event.addresses and event.name in _MAKING:
            made = event.time
    return made


def lock_check(record: LockRecord | None, taken: datetime | None, name: str, now: datetime) -> Check:
    """Tell whether anybody holds the lock, since when and until when, and how to break it."""
    if record is None:
        return fine("lock", "free")
    if not record.holder:
        return problem(
            "lock",
            "there is one that says nothing sensible: it holds until it is broken",
            f"envctl unlock {name}, once nobody is at work",
        )
    if record.has_expired(now) or has_ended(record.process):
        return fine("lock", f"left behind by {record}; the next apply takes it over")
    since = f", taken {age(taken, now)}" if taken else ""
    return warning(
        "lock",
        f"held by {record}{since}",
        f"wait, or break it with envctl unlock {name} when that run has certainly ended",
    )
