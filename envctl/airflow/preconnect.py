"""Connections to a far instance that are opened before there is a request for them.

A new one costs one round trip, with TLS two or three, and while the login is under way there is nothing else
to do: the pages behind it then find their connections open.
"""

from __future__ import annotations

import weakref
from collections import deque
from ssl import SSLWantReadError
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool


class Preconnector:
    """Stands in for the class that a pool makes connections of, and gives away first those it has open."""

    def __init__(self, pool: HTTPConnectionPool, timeout: float) -> None:
        """`timeout` is how long a connection may take to open, in seconds."""
        self._make = pool.ConnectionCls
        self._timeout = timeout
        self._how: dict[str, Any] = {}
        """What the pool asked for when it made its first connection; empty before that."""
        self._open: deque[Any] = deque()
        weakref.finalize(self, _close_all, self._open)
        # A pool calls it, and does nothing else with it.
        pool.ConnectionCls = self  # type: ignore[assignment]

    def __call__(self, **how: Any) -> Any:
        """Return a connection for a pool that has no idle one."""
        self._how = how
        while self._open:
            try:
                connection = self._open.popleft()
            except IndexError:
                break  # another thread was quicker
            if _is_open(connection):
                return connection
            connection.close()
        return self._make(**how)

    def connect(self) -> None:
        """Open a connection. That it cannot be is told by the request that needs one."""
        if not self._how:
            return
        connection = self._make(**{**self._how, "timeout": self._timeout})
        try:
            connection.connect()
        except (HTTPError, OSError):
            connection.close()
        else:
            self._open.append(connection)


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
    return False


def _close_all(connections: deque[Any]) -> None:
    for connection in connections:
        connection.close()
