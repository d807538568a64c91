"""HTTP servers of the tests on loopback: started, named and stopped alike."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import Any, Self


class Threading(ThreadingHTTPServer):
    """Ends at once, whatever is still being asked; knows which connections are open."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Running:
    """A server for the length of a block."""

    def __init__(self, server: Threading, name: str) -> None:
        self._http = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name=name)

    def break_connections(self) -> None:
        """Close all connections without a word; new ones are taken."""
        self._http.break_connections()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
