"""Connections that are opened while the login is under way, on real sockets."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.airflow.session import Session
from envctl.airflow.settings import Certificates, InstanceSettings, PasswordLogin, TokenLogin, Wire
from envctl.errors import Unreachable
from envctl.model.request import ApiCall
from tests.forward_proxy import ForwardProxy
from tests.listener import Came, Listener, Said
from tests.loopback import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from envctl.airflow.settings import Login

LOOK = ApiCall("GET", "/pools")
HELD = ApiCall("GET", "/held")
PASSWORD = PasswordLogin("ci", "pw")


def airflow(came: Came) -> Said:
    return Said(201, b'{"access_token": "t"}') if came.path == "/auth/token" else Said()


@pytest.fixture
def server() -> Iterator[Listener]:
    with Listener(airflow) as found:
        yield found


def greeted(server: Listener, login: Login = PASSWORD, files: Certificates | None = None) -> Session:
    """Return a session that knows the version, and so has one connection."""
    session = Session(
        InstanceSettings(server.url, login, certificates=files or Certificates(), wire=Wire(retries=0))
    )
    session.anonymous("/version")
    assert server.connections == 1
    return session


def at_once(session: Session, server: Listener, count: int) -> None:
    """Send so many requests, none of which is answered before all have come."""
    together = threading.Barrier(count, timeout=20)

    def answer(came: Came) -> Said:
        if came.path != "/auth/token":
            together.wait()
        return airflow(came)

    server.answer = answer
    threads = [threading.Thread(target=session.request, args=(LOOK, "look")) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def a_request_held(session: Session, server: Listener) -> Iterator[None]:
    """Have a request under way, for which the server takes its time."""
    came, enough = threading.Event(), threading.Event()

    def answer(one: Came) -> Said:
        if one.path.endswith("/held"):
            came.set()
            enough.wait(20)
        return airflow(one)

    server.answer = answer
    thread = threading.Thread(target=session.request, args=(HELD, "look"))
    thread.start()
    try:
        assert came.wait(20)
        yield
    finally:
        enough.set()
        thread.join()


def opened(server: Listener, count: int) -> Callable[[], bool]:
    return lambda: server.connections == count


def test_requests_at_once_find_their_connections_open(server: Listener) -> None:
    session = greeted(server)
    with session.connected_ahead(3):
        wait(opened(server, 4), "connection")
        at_once(session, server, 4)
        assert server.connections == 4
        at_once(session, server, 5)
        assert server.connections == 5, "the pool makes those that are still missing"


def secured(folder: Path) -> tuple[ssl.SSLContext, Certificates]:
    """Return how a server speaks TLS that wants to see a certificate, and what one needs to reach it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("ci@example.com").private_key_and_cert_chain_pem.write_to_path(folder / "ci.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context, Certificates(folder / "ca.pem", folder / "ci.pem")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_with_tls_the_handshake_is_done_too_and_waited_for(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Of a server that wants to see a certificate, and takes its time."""
    context, files = secured(tmp_path)
    context.maximum_version = version
    with Listener(airflow, context) as server:
        session = greeted(server, files=files)
        context.sni_callback = lambda *_: time.sleep(0.2)
        with session.connected_ahead(3):
            at_once(session, server, 4)
            assert server.connections == 4
    assert context.session_stats()["accept_good"] == 4


def test_what_was_not_needed_is_closed(server: Listener) -> None:
    session = greeted(server)
    with session.connected_ahead(3):
        wait(opened(server, 4), "connection")
        session.request(LOOK, "look")
        assert server.open_connections == 4
    wait(lambda: server.open_connections == 1, "end of the others")
    session.request(LOOK, "look")
    assert server.connections == 4


def test_a_connection_that_opens_when_nobody_waits_for_it_any_more_is_closed(tmp_path: Path) -> None:
    context, files = secured(tmp_path)
    with Listener(airflow, context) as server:
        session = greeted(server, files=files)
        context.sni_callback = lambda *_: time.sleep(0.2)
        with pytest.raises(InterruptedError), session.connected_ahead(3):
            raise InterruptedError
        wait(lambda: context.session_stats()["accept_good"] == 4, "handshake")
        wait(lambda: server.open_connections == 1, "end of the others")


@pytest.mark.parametrize("unasked", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_the_server_is_tired_of_is_not_used(unasked: bytes, server: Listener) -> None:
    session = greeted(server)
    with session.connected_ahead(1):
        wait(opened(server, 2), "connection")
        with a_request_held(session, server):
            if unasked:
                server.speak(unasked)
            else:
                server.break_connections(latest=1)
            session.request(LOOK, "look")
            assert server.connections == 3


def test_that_none_can_be_opened_is_said_by_the_request_that_needs_one(server: Listener) -> None:
    session = greeted(server)
    with a_request_held(session, server):
        server.refuse()
        with session.connected_ahead(2), pytest.raises(Unreachable):
            session.request(LOOK, "look")


def test_where_there_is_no_login_to_wait_for_none_is_opened(server: Listener) -> None:
    session = greeted(server, TokenLogin("t"))
    with session.connected_ahead(3):
        time.sleep(0.1)
        assert server.connections == 1


@pytest.mark.parametrize("words", ["close", "Upgrade, Close", None])
def test_of_a_server_that_keeps_no_connection_none_is_opened(words: str | None) -> None:
    """One with a process for each would have them wait for requests, and answer no other meanwhile."""

    def once(came: Came) -> Said:
        said = airflow(came)
        return Said(said.status, said.body, said.headers | ({"Connection": words} if words else {}))

    with Listener(once) as server:
        server.protocol = "HTTP/1.1" if words else "HTTP/1.0"
        session = greeted(server)
        with session.connected_ahead(3):
            time.sleep(0.1)
            assert server.connections == 1


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_through_a_proxy_none_is_opened(
    variable: str, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ForwardProxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        session = Session(InstanceSettings(server.url, PASSWORD))
        session.anonymous("/version")
        before = proxy.connections
        with session.connected_ahead(3):
            time.sleep(0.1)
            assert proxy.connections == before
