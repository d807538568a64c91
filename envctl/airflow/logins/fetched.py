"""A login that has to be fetched: once for all threads, and again when it expires or is refused."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from envctl.airflow.logins.jwt import expiry_of
from envctl.airflow.logins.way import bearer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LEEWAY = 10
"""Seconds before its end at which a token counts as expired: a request takes a while to arrive."""


class FetchedToken:
    """A token, and the way to another. Safe to use from several threads."""

    def __init__(self, fetch: Callable[[], str], *, minds_expiry: bool) -> None:
        """`minds_expiry` fetches another one before the server refuses it; its `exp` says when."""
        self._fetch = fetch
        self._minds_expiry = minds_expiry
        self._lock = Lock()
        self._token: str | None = None
        self._expiry: float | None = None
        self.all: frozenset[str] = frozenset()
        """All tokens that were ever fetched."""

    def headers(self) -> Mapping[str, str]:
        """Return the header with a token that is not known to have expired. Raises what `fetch` does."""
        with self._lock:
            token = self._token
            if token is None or self._is_over():
                token = self._fetched()
            return bearer(token)

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        """Return a header that is not the refused one; of several threads one fetches it."""
        with self._lock:
            token = self._token
            if token is None or bearer(token) == refused:
                token = self._fetched()
            return bearer(token)

    def _is_over(self) -> bool:
        return self._expiry is not None and self._expiry - LEEWAY <= time.time()

    def _fetched(self) -> str:
        token = self._fetch()
        self._token = token
        self.all |= {token}
        expiry = expiry_of(token) if self._minds_expiry else None
        # One that comes expired is left to the server: our clock may be wrong, and its source has no better.
        self._expiry = expiry if expiry is not None and expiry - LEEWAY > time.time() else None
        return token
