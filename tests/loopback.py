"""HTTP servers of the tests on loopback: started, named and stopped alike."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import Self


class Threading(ThreadingHTTPServer):
    """Ends at once, whatever is still being asked."""

    daemon_threads = True
    block_on_close = False


class Running:
    """A server for the length of a block."""

    def __init__(self, server: Threading, name: str) -> None:
        self._http = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name=name)

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
