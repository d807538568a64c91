"""Connections that are opened before there is a request for them, on real sockets."""

from __future__ import annotations

import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.airflow.session import Session
from envctl.airflow.settings import Certificates, InstanceSettings, TokenLogin, Wire
from envctl.errors import Unreachable
from envctl.model.request import ApiCall
from tests.forward_proxy import ForwardProxy
from tests.listener import Came, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOK = ApiCall("GET", "/version")
WRITE = ApiCall("POST", "/pools", body={"a": 1}, repeatable=False)
ANSWER = Said(200, b'{"version": "3.3.2"}')


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Listener]:
    with Listener(lambda _: ANSWER) as found:
        yield found


def opened(server: Listener, authority: Path | None = None) -> Session:
    """Return a session that has asked for something, and so has one connection."""
    settings = InstanceSettings(
        server.url, TokenLogin("t"), certificates=Certificates(authority), wire=Wire(retries=0)
    )
    session = Session(settings)
    session.request(LOOK, "look")
    assert server.connections == 1
    return session


def at_once(session: Session, server: Listener, count: int) -> None:
    """Send so many requests, none of which is answered before all have come."""
    together = threading.Barrier(count, timeout=10)

    def answer(_: Came) -> Said:
        together.wait()
        return ANSWER

    server.answer = answer
    threads = [threading.Thread(target=session.request, args=(LOOK, "look")) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_requests_at_once_find_their_connections_open(server: Listener) -> None:
    session = opened(server)
    for _ in range(3):
        session.connect_ahead()
    at_once(session, server, 4)
    assert server.connections == 4
    at_once(session, server, 5)
    assert server.connections == 5, "the pool makes those that are still missing"


def test_with_tls_the_handshake_is_done_too(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Listener(lambda _: ANSWER, context) as server:
        session = opened(server, tmp_path / "ca.pem")
        session.connect_ahead()
        for _ in range(100):  # our end of it is ready before the server's
            if context.session_stats()["accept_good"] == 2:
                break
            time.sleep(0.02)
        assert context.session_stats()["accept_good"] == 2
        at_once(session, server, 2)
        assert server.connections == 2


def test_nothing_is_opened_before_the_instance_has_answered(server: Listener) -> None:
    session = Session(InstanceSettings(server.url, TokenLogin("t")))
    session.connect_ahead()
    assert server.connections == 0


def test_a_connection_that_the_server_has_closed_is_not_written_into() -> None:
    """A write that must not be sent twice would be in doubt."""
    with Listener(lambda _: ANSWER) as server:
        session = opened(server)
        session.connect_ahead()
        server.break_connections()
        session.request(WRITE, "write")
        assert server.connections == 3


def test_that_none_can_be_opened_is_said_by_the_request_that_needs_one() -> None:
    with Listener(lambda _: ANSWER) as server:
        session = opened(server)
    server.break_connections()
    session.connect_ahead()
    with pytest.raises(Unreachable):
        session.request(LOOK, "look")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_none_is_asked_of_a_proxy(variable: str, server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with ForwardProxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        session = opened(server)
        session.connect_ahead()
        assert server.connections == 1
        assert len(proxy.passed) == 1
