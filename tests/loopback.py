"""HTTP servers of the tests on loopback: started, named and stopped alike."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Threading(ThreadingHTTPServer):
    """Ends at once, whatever is still being asked; knows which connections are open."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        self._open: list[socket.socket] = []
        self.connections = 0
        self._guard = threading.Lock()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.append(request)
            self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.remove(request)
        super().shutdown_request(request)

    def speak(self, unasked: bytes) -> None:
        with self._guard:
            self._open[-1].sendall(unasked)

    @property
    def open_connections(self) -> int:
        with self._guard:
            return len(self._open)

    def break_connections(self, latest: int | None = None) -> None:
        with self._guard:
            for connection in self._open[-(latest or 0) :]:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Running:
    """A server for the length of a block."""

    def __init__(self, server: Threading, name: str) -> None:
        self._http = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name=name)

    @property
    def connections(self) -> int:
        """How many were ever opened to it."""
        return self._http.connections

    @property
    def open_connections(self) -> int:
        """How many are open now."""
        return self._http.open_connections

    def break_connections(self, latest: int | None = None) -> None:
        """Close connections without a word, the latest only, or all of them; new ones are taken."""
        self._http.break_connections(latest)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    def refuse(self) -> None:
        """Take no further connections; those that there are stay."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def speak(self, unasked: bytes) -> None:
        """Say something over the latest connection."""
        self._http.speak(unasked)


def wait(has_come: Callable[[], bool], what: str) -> None:
    """Wait until something is so, for 20 seconds at most."""
    deadline = time.monotonic() + 20
    while not has_come():
        assert time.monotonic() < deadline, f"no {what} came"
        time.sleep(0.02)
