"""A small HTTP server on loopback that keeps what came in, headers too, and answers as a function says.

with Listener(lambda came: Said(200, b'{"version": "3.3.2"}')) as server: ...
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.loopback import Running, Threading

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


@dataclass(frozen=True)
class Came:
    """A request; `headers` by their names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


class Listener(Running):
    """Use as a context manager."""

    def __init__(self, answer: Callable[[Came], Said | None], tls: ssl.SSLContext | None = None) -> None:
        """`answer` gives None to have the connection closed without one."""
        self.came: list[Came] = []
        self.answer = answer
        self.protocol = "HTTP/1.1"
        self._tls = tls
        server = _Server(("127.0.0.1", 0), _Handler)
        server.listener = self
        server.tls = tls
        super().__init__(server, "listener")

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.netloc}"


class _Server(Threading):
    listener: Listener
    tls: ssl.SSLContext | None

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.tls is not None:
            # The handshake happens in the connection's own thread, with the first byte that is read.
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def setup(self) -> None:
        self.protocol_version = self.server.listener.protocol
        super().setup()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        came = Came(self.command, self.path, headers, body)
        self.server.listener.came.append(came)
        said = self.server.listener.answer(came)
        if said is None:
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, text in said.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        pass
