"""A real forwarding proxy on loopback: CONNECT for https, whole URLs for http, a login when asked for."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.loopback import Running, Threading

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class ForwardProxy(Running):
    """Use as a context manager; `passed` has what went through: `CONNECT host:port`, `GET http://...`."""

    def __init__(self, login: str | None = None, names: dict[str, str] | None = None) -> None:
        """`login` is USER:PASSWORD; `names` are hosts that only the proxy knows, and where they are."""
        self.passed: list[str] = []
        self.names = names or {}
        self.wanted = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None
        server = _Server(("127.0.0.1", 0), _Handler)
        server.proxy = self
        super().__init__(server, "forward")

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"


class _Server(Threading):
    proxy: ForwardProxy


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_CONNECT(self) -> None:
        if not self._let_in(f"CONNECT {self.path}"):
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((self.server.proxy.names.get(host, host), int(port))) as far:
            self.send_response_only(200, "Connection established")
            self.end_headers()
            back = threading.Thread(target=_pass, args=(far, self.connection), daemon=True)
            back.start()
            _pass(self.connection, far)
            back.join(5)
        self.close_connection = True

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._let_in(f"{self.command} {self.path}"):
            return
        parts = urlsplit(self.path)
        host = self.server.proxy.names.get(parts.hostname or "", parts.hostname or "")
        near = http.client.HTTPConnection(host, parts.port or 80, timeout=60)
        headers = {name: text for name, text in self.headers.items() if not name.lower().startswith("proxy-")}
        near.request(
            self.command, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers
        )
        response = near.getresponse()
        content = response.read()
        near.close()
        self.send_response_only(response.status)
        for name, text in response.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = _forward  # noqa: N815 - the names that http.server calls

    def _let_in(self, what: str) -> bool:
        proxy = self.server.proxy
        if proxy.wanted is None or self.headers.get("Proxy-Authorization") == proxy.wanted:
            proxy.passed.append(what)
            return True
        self.send_response_only(407)
        self.send_header("Proxy-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def log_message(self, *_: object) -> None:
        pass


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
