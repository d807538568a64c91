"""Objects of envctl's own in an instance: no spec may have them, and no report counts them."""

from __future__ import annotations

LOCK = "envctl.lock"
LEDGER = "envctl.ledger"
_BELOW = (f"{LOCK}.", f"{LEDGER}.")


def is_reserved(identifier: str) -> bool:
    """Tell whether an id is one of envctl's own, whatever its kind."""
    return identifier in (LOCK, LEDGER) or identifier.startswith(_BELOW)
