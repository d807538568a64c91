"""Connections to stores, shared within an environment: whoever needs one again does not log in again."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_S = TypeVar("_S")
_T = TypeVar("_T")


class Logins:
    """The connections of one environment. Safe to use from several threads.

    A login may be good for one time only: so is a wrapping token.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: list[tuple[object, object, Any]] = []

    def once(self, make: Callable[[_S], _T], settings: _S) -> _T:
        """Return what `make` makes of settings; of equal ones the same."""
        with self._lock:
            for maker, known, connection in self._made:
                if maker is make and known == settings:
                    found: _T = connection
                    return found
            made = make(settings)
            self._made.append((make, settings, made))
            return made
