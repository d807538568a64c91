"""A loopback proxy in front of a real Airflow: it writes down every request, and misbehaves when asked.

    proxy.on("PATCH", "/variables", close_after, nth={2})

A fault is a function from an Exchange to the Answer to send; None closes the connection without one.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from envctl.model.reserved import LEDGER, LOCK
from tests.loopback import Threading, wait

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Collection

_PASSED_ON = ("authorization", "content-type", "user-agent", "accept", "x-amz-target", "x-amz-date")
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    """Close the connection after so many bytes of the body."""


@dataclass
class Seen:
    """One request that came in, and the status of what was answered; None when nothing was."""

    method: str
    path: str
    query: str
    body: bytes
    at: float
    old: bool = False
    """Whether it came for API v1."""
    status: int | None = None

    @property
    def size(self) -> int:
        return len(self.body)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def objects(self) -> int:
        """How many objects a bulk request creates or overwrites, but for the ledger."""
        entities = [entity for action in self.json["actions"] for entity in action["entities"]]
        return sum(1 for one in entities if not one.get("key", "").startswith(LEDGER))


def _is_of_the_lock(seen: Seen) -> bool:
    made = seen.json.get("connection_id", "") if seen.method == "POST" and seen.path == "/connections" else ""
    return seen.path.startswith(f"/connections/{LOCK}") or made.startswith(LOCK)


def _is_the_ledger_alone(seen: Seen) -> bool:
    if (seen.method, seen.path) == ("POST", "/variables"):  # as Airflow 2 takes it
        return bool(seen.json["key"].startswith(LEDGER))
    if (seen.method, seen.path) != ("PATCH", "/variables"):
        return False
    entities = [entity for action in seen.json["actions"] for entity in action["entities"]]
    return all(isinstance(one, dict) and one["key"].startswith(LEDGER) for one in entities)


def _writes_objects(seen: Seen, path: str) -> bool:
    """Tell whether a request writes objects of the section at `path`: many over API v2, one over v1."""
    if not seen.old:
        return (seen.method, seen.path) == ("PATCH", path)
    own = _is_of_the_lock(seen) or _is_the_ledger_alone(seen)
    return seen.method != "GET" and re.fullmatch(f"{path}(/.*)?", seen.path) is not None and not own


class Exchange:
    """A request on its way; `forward` lets the real Airflow answer it. Faults may change it before."""

    def __init__(self, proxy: Proxy, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.proxy, self.method, self.target, self.headers, self.body = proxy, method, target, headers, body

    def forward(self) -> Answer:
        connection = http.client.HTTPConnection(self.proxy.upstream, timeout=60)
        try:
            connection.request(self.method, self.target, self.body or None, self.headers)
            response = connection.getresponse()
            headers = {name: text for name, text in response.getheaders() if name.lower() not in _HOP}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()


Fault = "Callable[[Exchange], Answer | None]"


@dataclass
class _Rule:
    is_meant: Callable[[Seen], bool]
    fault: Callable[[Exchange], Answer | None]
    nth: Collection[int] | None
    count: int = 0


class Proxy:
    """The proxy of one test. Use as a context manager: nothing of it is left afterwards."""

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None, base: str = "") -> None:
        """Stand before `upstream`, speak TLS with a context, and serve it below the path `base`."""
        self.upstream = urlsplit(upstream).netloc
        self.base = base
        self.closing = threading.Event()
        self.seen: list[Seen] = []
        self.tokens: set[str] = set()
        self.errors: list[BaseException] = []
        self.skew = 0.0
        """Seconds by which the server's clock, as its answers tell it, is ahead of ours."""
        self.asterisks_are_typed = False
        """Whether a spec has `***` inside a text; else it could only be a mask that is sent back."""
        self.wanted: dict[str, str] = {}
        """Headers without which nobody is let through, as a gateway wants them."""
        self._tls = tls
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.up()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}{self.base}"

    @property
    def connections(self) -> int:
        """How many were opened since it is up."""
        return self._server.connections if self._server else 0

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.down()
        assert not self.errors, self.errors

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._vanished = False
        self._server = _Server(self, self._port)
        self._port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="proxy")
        self._thread.start()

    def vanish(self) -> None:
        """Be gone from this moment on, also for the request that is being answered."""
        self._vanished = True
        threading.Thread(target=self.down, name="proxy down").start()

    def down(self) -> None:
        """Be gone: connections break, new ones are refused."""
        with self._lock:
            server, thread = self._server, self._thread
            self._server = self._thread = None
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join()
        server.break_connections()
        server.server_close()

    def on(
        self,
        method: str,
        path: str,
        fault: Callable[[Exchange], Answer | None],
        nth: Collection[int] | None = None,
    ) -> None:
        """Let a fault happen at requests whose path (without /api/v2 and query) matches as a whole.

        `nth` counts the requests that match from 1; all of them when left out. The first rule wins.
        """
        self._rules.append(_Rule(lambda seen: _matches(seen, method, path), fault, nth))

    def on_write(
        self, path: str, fault: Callable[[Exchange], Answer | None], nth: Collection[int] | None = None
    ) -> None:
        """Let a fault happen at requests that write objects of a section, whichever API they are for.

        Over API v2 those are bulk requests; over v1 there is one for each object, and neither those for lock
        nor for ledger count.
        """
        self._rules.append(_Rule(lambda seen: _writes_objects(seen, path), fault, nth))

    def calm(self) -> None:
        """Forget all faults and all requests."""
        self._rules.clear()
        self.seen.clear()

    def count(self, method: str | None = None, path: str = ".*") -> int:
        return len(self.matching(method, path))

    def matching(self, method: str | None = None, path: str = ".*") -> list[Seen]:
        return [one for one in self.seen if _matches(one, method, path)]

    def writes_of(self, path: str) -> list[Seen]:
        """Give the requests that `on_write` is about."""
        return [one for one in self.seen if _writes_objects(one, path)]

    def wait_for(self, method: str, path: str, count: int) -> None:
        """Wait until so many requests have come."""
        wait(lambda: self.count(method, path) >= count, f"{method} {path}")

    def wait_for_write(self, path: str, count: int) -> None:
        """Wait until so many requests have come that `on_write` is about."""
        wait(lambda: len(self.writes_of(path)) >= count, f"write of {path}")

    @property
    def writes(self) -> list[Seen]:
        """Requests that may change objects of people: neither logins, nor lock and ledger by themselves."""
        return [one for one in self.all_writes if not (_is_of_the_lock(one) or _is_the_ledger_alone(one))]

    @property
    def all_writes(self) -> list[Seen]:
        """Requests that may change something, those of lock and ledger included."""
        return [one for one in self.seen if one.method != "GET" and one.path != "/auth/token"]

    def handle(self, exchange: Exchange) -> Answer | None:
        # A proxy that a client knows as such is asked for whole URLs.
        exchange.target = re.sub(r"^https?://[^/]*", "", exchange.target).removeprefix(self.base)
        path, _, query = exchange.target.partition("?")
        short = path.removeprefix("/api/v1").removeprefix("/api/v2")
        old = path.startswith("/api/v1")
        seen = Seen(exchange.method, short, query, exchange.body, time.monotonic(), old)
        with self._lock:
            self.seen.append(seen)
            if token := exchange.headers.get("authorization", "").rpartition(" ")[2]:
                self.tokens.add(token)
            fault = self._fault(seen)
        if self._vanished:
            return None
        if self.wanted and not self.wanted.items() <= exchange.headers.items():
            seen.status = 401
            return Answer(401)
        answer = fault(exchange) if fault else exchange.forward()
        seen.status = answer.status if answer else None
        return answer

    def _fault(self, seen: Seen) -> Callable[[Exchange], Answer | None] | None:
        found = None
        for rule in self._rules:
            if rule.is_meant(seen):
                rule.count += 1
                if found is None and (rule.nth is None or rule.count in rule.nth):
                    found = rule.fault
        return found

    def wrap(self, connection: socket.socket) -> socket.socket:
        """Speak TLS where that is asked for; the handshake happens in the connection's own thread."""
        if self._tls is None:
            return connection
        return self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def _matches(seen: Seen, method: str | None, path: str) -> bool:
    return method in (None, seen.method) and re.fullmatch(path, seen.path) is not None


class _Server(Threading):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, proxy: Proxy, port: int) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        return self.proxy.wrap(connection), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # Clients that go away, or that do not like the certificate, are what some tests are about.
        if error is not None and not isinstance(error, OSError):
            self.proxy.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {*_PASSED_ON, *self.server.proxy.wanted}
        headers = {name.lower(): text for name, text in self.headers.items() if name.lower() in kept}
        answer = self.server.proxy.handle(Exchange(self.server.proxy, self.command, self.path, headers, body))
        self.close_connection = answer is None or self.close_connection
        if answer is None:
            return
        self.send_response_only(answer.status)
        if "Date" not in answer.headers:
            self.send_header("Date", self.date_time_string())
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.close_connection = self.close_connection or answer.cut is not None

    do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.server.proxy.skew)

    def log_message(self, *_: object) -> None:
        pass
