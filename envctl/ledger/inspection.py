"""A ledger's Variable looked at, whatever state it is in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from envctl.errors import LedgerUnreadable
from envctl.ledger.codec import decode, serial_of
from envctl.ledger.fingerprints import is_keyed
from envctl.model.ledger import DOUBTS
from envctl.model.ledger_state import Fingerprints, LedgerState
from envctl.model.value import holds_mask

if TYPE_CHECKING:
    from envctl.model.ledger import Ledger
    from envctl.model.value import Value


def inspected(owner: str, value: Value) -> LedgerState:
    """Return how the ledger of an owner stands, given the value of its Variable, None when there is none."""
    if value is None:
        return LedgerState(owner)
    try:
        ledger = decode(value, owner)
    except LedgerUnreadable as error:
        return LedgerState(owner, None, error, serial_of(value), _size(value))
    return LedgerState(owner, ledger, None, ledger.serial, _size(value), _counted(ledger))


def _counted(ledger: Ledger) -> Fingerprints:
    """Count the fingerprints; one in doubt says as little as one that could not be made."""
    marks = [mark for entry in ledger.entries.values() for mark in entry.fingerprints.values()]
    keyed = sum(map(is_keyed, marks))
    unknown = sum(1 for mark in marks if not mark or mark in DOUBTS)
    return Fingerprints(keyed, len(marks) - keyed - unknown, unknown)


def _size(value: Value) -> int:
    """Return the bytes that a value takes in Airflow; 0 when Airflow hides it."""
    if holds_mask(value):
        return 0
    text = value if isinstance(value, str) else json.dumps(value)
    return len(text.encode("utf-8", "surrogatepass"))
