"""About how long a secret is: enough to see that it is empty or cut off, too little to help to guess it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.model.secret import Secret

_CLASSES = ((7, "1-7"), (15, "8-15"), (31, "16-31"), (63, "32-63"), (255, "64-255"))


def length_class(secret: Secret) -> str:
    """Return within which bounds the count of a secret's characters lies."""
    size = secret.size()
    bounds = next((name for most, name in _CLASSES if size <= most), "256 or more")
    return f"{bounds} characters" if size else "empty"
