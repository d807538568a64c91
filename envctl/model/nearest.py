"""What a wrong name was likely meant to be: the one way in which envctl guesses."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEAR = 0.6


def close(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a wrong one was likely meant to be, None when none is near."""
    names = list(known)
    if name in names:  # as good as all of them, where nobody is wrong
        return name
    near = difflib.get_close_matches(name, names, n=1, cutoff=_NEAR)
    return near[0] if near else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known name that is nearest to a wrong one, or with all of them."""
    names = sorted(known)
    near = close(name, names)
    return f"did you mean {near!r}?" if near else f"known are {', '.join(names)}"
