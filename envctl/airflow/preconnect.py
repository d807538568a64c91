"""Connections that are opened while the login is under way, for the pages that wait for it.

A new connection costs one round trip, with TLS two or three. No more are opened than are about to be used,
and what is left of them is closed at the end of the block for which they were asked, or once it is open.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from ssl import SSLWantReadError
from typing import TYPE_CHECKING, Any

from envctl.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from urllib3 import HTTPConnectionPool


class Preconnector:
    """Stands in for the class of a pool's connections, and gives away first those that it began to open."""

    def __init__(self, pool: HTTPConnectionPool, timeout: float) -> None:
        """`timeout` is how long a connection may take to open, in seconds."""
        self._make = pool.ConnectionCls
        self._timeout = timeout
        self._how: dict[str, Any] = {}
        """What the pool says of each connection that it asks for; empty before the first."""
        self._begun: deque[Future[Any]] = deque()
        # A pool calls it, and does nothing else with it.
        pool.ConnectionCls = self  # type: ignore[assignment]

    def __call__(self, **how: Any) -> Any:
        """Return a connection for a pool that has no idle one; one that is being opened is waited for."""
        self._how = how
        while begun := self._next():
            connection = begun.result()
            if connection and _is_open(connection):
                return connection
        return self._make(**how)

    @contextmanager
    def ahead(self, count: int) -> Iterator[None]:
        """Have so many connections opened; those that the pool does not ask for within the block are closed.

        They are made as the pool asked for those before, of which there must have been one.
        """
        crew = Crew(count, "connect")
        with suppress(RuntimeError):  # no thread is to be had: those that are missing the pool makes
            for _ in range(count):
                self._begun.append(crew.begin(self._opened, self._how))
        crew.dismiss()
        try:
            yield
        finally:
            while begun := self._next():
                begun.add_done_callback(_close)

    def _next(self) -> Future[Any] | None:
        try:
            return self._begun.popleft()
        except IndexError:
            return None

    def _opened(self, how: dict[str, Any]) -> Any:
        """Return an open connection, None when there is none to be had."""
        connection = self._make(**{**how, "timeout": self._timeout})
        try:
            connection.connect()
        except Exception:  # noqa: BLE001 - the pool makes another, which fails where somebody hears of it
            connection.close()
            return None
        return connection


def _is_open(connection: Any) -> bool:
    """Tell whether a connection can still be used. How long its requests may take the pool says anew.

    urllib3's own test, whether there is anything to read, takes the tickets that TLS 1.3 gives out after
    the handshake for an end.
    """
    connection.sock.settimeout(0)
    try:
        connection.sock.recv(1)
    except (BlockingIOError, SSLWantReadError):
        return True
    except OSError:
        pass
    connection.close()
    return False


def _close(begun: Future[Any]) -> None:
    if connection := begun.result():
        connection.close()
