"""What goes along with every request: headers, certificates, proxies, the path of a gateway."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.airflow.session import Session
from envctl.airflow.settings import (
    BasicLogin,
    Certificates,
    InstanceSettings,
    PasswordLogin,
    TokenLogin,
    Wire,
)
from envctl.errors import EnvctlError, LoginRefused, Unreachable
from envctl.model.request import ApiCall
from envctl.model.secret import Secret
from tests.forward_proxy import ForwardProxy
from tests.listener import Came, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.airflow.settings import Login

ONCE = Wire(retries=0)
TOKEN = "bearer-canary-13dc"


def airflow(came: Came) -> Said:
    if came.path.endswith("/auth/token"):
        return Said(201, b'{"access_token": "%s"}' % TOKEN.encode())
    return Said(200, b'{"version": "3.3.2"}')


@pytest.fixture
def server() -> Iterator[Listener]:
    with Listener(airflow) as found:
        yield found


def ask(url: str, login: Login | None = None, **settings: object) -> Session:
    made = InstanceSettings(url, wire=ONCE, **({"login": login} if login else {}), **settings)  # type: ignore[arg-type]
    session = Session(made)
    assert session.request(ApiCall("GET", "/version"), "look") == {"version": "3.3.2"}
    return session


# --- connections -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("idle", "connections"), [(60.0, 1), (0.0, 2)])
def test_a_write_that_is_not_repeatable_goes_into_no_idle_connection(
    server: Listener, monkeypatch: pytest.MonkeyPatch, idle: float, connections: int
) -> None:
    """A firewall may have forgotten it without a word while somebody read the plan."""
    monkeypatch.setattr("envctl.airflow.http_transport._IDLE", idle)
    session = ask(server.url)
    session.request(ApiCall("GET", "/version"), "look")
    assert server.connections == 1
    session.request(ApiCall("POST", "/connections", body={"a": 1}, repeatable=False), "write")
    assert server.connections == connections
    session.request(ApiCall("PATCH", "/connections", body={"a": 1}), "write")
    assert server.connections == connections


# --- headers and the login ----------------------------------------------------------------------------


def test_headers_of_ones_own_go_with_every_request(server: Listener) -> None:
    headers = {"X-Team": "ml", "X-Key": Secret("header-canary-1", "${KEY}")}
    login = PasswordLogin("ci", Secret("pw-canary", "${PW}"))
    session = ask(server.url, login, headers=headers)
    session.anonymous("/version")
    assert [one.path for one in server.came] == ["/auth/token", "/api/v2/version", "/api/v2/version"]
    assert all(one.headers["x-team"] == "ml" for one in server.came)
    assert all(one.headers["x-key"] == "header-canary-1" for one in server.came)
    assert session.secrets == {"header-canary-1", "pw-canary", TOKEN}


def test_a_header_may_be_the_login_itself(server: Listener) -> None:
    ask(server.url, headers={"Authorization": Secret("Key abc", "${KEY}")})
    assert server.came[0].headers["authorization"] == "Key abc"


def test_basic(server: Listener) -> None:
    session = ask(server.url, BasicLogin("ci", Secret("pa:ss-ü", "${PW}")))
    assert server.came[0].headers["authorization"] == "Basic Y2k6cGE6c3Mtw7w="
    assert session.secrets == {"pa:ss-ü", "Y2k6cGE6c3Mtw7w="}


@pytest.mark.parametrize("path", ["", "/team/airflow", "/team%20a/%C3%BC", "/a//b"])
def test_everything_stands_below_the_path_of_a_gateway(path: str, server: Listener) -> None:
    session = ask(f"{server.url}{path}", PasswordLogin("ci", "pw"))
    session.root = "/api/v1"
    session.request(ApiCall("GET", "/variables/a%2Fb", query=(("limit", "1"),)), "look")
    assert [one.path for one in server.came] == [
        f"{path}/auth/token",
        f"{path}/api/v2/version",
        f"{path}/api/v1/variables/a%2Fb?limit=1",
    ]


@pytest.mark.parametrize("status", [401, 403, 302])
def test_a_gateway_is_shown_the_login_before_the_version_is_known(status: int) -> None:
    def gateway(came: Came) -> Said:
        return airflow(came) if "authorization" in came.headers else Said(status)

    with Listener(gateway) as server:
        session = Session(InstanceSettings(server.url, TokenLogin(Secret(TOKEN, "${T}")), wire=ONCE))
        assert session.anonymous("/version").status == 200
        assert [one.headers.get("authorization") for one in server.came] == [None, f"Bearer {TOKEN}"]
        server.came.clear()
        # A token that Airflow itself would have to give opens nothing: it is behind the gateway too.
        session = Session(InstanceSettings(server.url, PasswordLogin("ci", "pw"), wire=ONCE))
        assert session.anonymous("/version").status == status
        assert len(server.came) == 1


# --- certificates -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
def strict(authority: trustme.CA, request: pytest.FixtureRequest) -> Iterator[Listener]:
    """A server that wants to see a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "airflow.internal").configure_cert(context)
    authority.configure_trust(context)
    context.maximum_version = request.param
    context.verify_mode = ssl.CERT_REQUIRED
    with Listener(airflow, context) as found:
        yield found


def pem(folder: Path, authority: trustme.CA, **blobs: trustme.Blob) -> dict[str, Path]:
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, blob in blobs.items():
        blob.write_to_path(folder / name)
    return {name: folder / name for name in ("ca.pem", *blobs)}


def test_a_certificate_is_shown(strict: Listener, authority: trustme.CA, tmp_path: Path) -> None:
    mine = authority.issue_cert("ci@example.com")
    found = pem(
        tmp_path,
        authority,
        cert=mine.cert_chain_pems[0],
        key=mine.private_key_pem,
        both=mine.private_key_and_cert_chain_pem,
    )
    ask(strict.url, certificates=Certificates(found["ca.pem"], found["cert"], found["key"]))
    ask(strict.url, certificates=Certificates(found["ca.pem"], found["both"]))


def test_a_server_that_wants_a_certificate_and_gets_none(
    strict: Listener, authority: trustme.CA, tmp_path: Path
) -> None:
    found = pem(tmp_path, authority)
    with pytest.raises(Unreachable) as caught:
        ask(strict.url, certificates=Certificates(found["ca.pem"]))
    assert "the TLS handshake fails: " in caught.value.message
    assert "airflow.client_cert" in str(caught.value.hint)


def test_a_server_that_does_not_know_who_signed_the_certificate(
    strict: Listener, authority: trustme.CA, tmp_path: Path
) -> None:
    stranger = trustme.CA().issue_cert("ci@example.com")
    found = pem(tmp_path, authority, both=stranger.private_key_and_cert_chain_pem)
    with pytest.raises(Unreachable) as caught:
        ask(strict.url, certificates=Certificates(found["ca.pem"], found["both"]))
    assert "the TLS handshake fails: " in caught.value.message
    assert "airflow.client_cert" in str(caught.value.hint)


# --- proxies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_http_through_a_proxy(variable: str, server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with ForwardProxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        ask(server.url)
        assert proxy.passed == [f"GET {server.url}/api/v2/version"]


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
def test_https_through_a_proxy_is_end_to_end(
    variable: str, strict: Listener, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = authority.issue_cert("ci@example.com")
    found = pem(tmp_path, authority, both=mine.private_key_and_cert_chain_pem)
    port = strict.netloc.partition(":")[2]
    with ForwardProxy(names={"airflow.internal": "127.0.0.1"}) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        files = Certificates(found["ca.pem"], found["both"])
        ask(f"https://airflow.internal:{port}", certificates=files)
        assert proxy.passed == [f"CONNECT airflow.internal:{port}"]


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("hosts", ["127.0.0.1", "example.com, 127.0.0.1", "127.0.0.0/8", "*"])
def test_hosts_that_need_no_proxy(
    variable: str, hosts: str, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ForwardProxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv(variable, hosts)
        ask(server.url)
        assert proxy.passed == []


def test_a_proxy_with_a_login(server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with ForwardProxy("ci:p@ss/ü") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://ci:p%40ss%2F%C3%BC@{proxy.netloc}")
        ask(server.url)
        assert proxy.passed == [f"GET {server.url}/api/v2/version"]
        assert "proxy-authorization" not in server.came[0].headers


def refused(url: str) -> EnvctlError:
    with pytest.raises(EnvctlError) as caught:
        ask(url)
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


def test_a_proxy_that_does_not_let_one_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with ForwardProxy("ci:right") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ci:canary@{proxy.netloc}")
        error = refused("https://airflow.internal")
        assert error.message == "airflow.internal: the proxy before it wants a login, or another one (407)"
    monkeypatch.setenv("HTTPS_PROXY", "http://ci:canary@127.0.0.1:9")
    error = refused("https://airflow.internal")
    assert error.message == "airflow.internal: the proxy before it cannot be reached"


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("proxy:3128", "its address cannot be"),
        ("ftp://ci:canary@proxy", "its address cannot be"),
        ("http://ci:canary@proxy:99999", "its address cannot be"),
        ("socks5h://ci:canary@proxy:1080", "SOCKS needs a further package: pip install PySocks"),
    ],
)
def test_a_proxy_that_cannot_be(proxy: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = refused("https://airflow.internal")
    assert error.message == f"the proxy that is set for this address cannot be used: {words}"


def test_a_wrong_basic_login_is_named_by_its_user() -> None:
    with Listener(lambda _: Said(401, b'{"detail": null}')) as server:
        session = Session(InstanceSettings(server.url, BasicLogin("ci", Secret("pw-canary", "${PW}"))))
        with pytest.raises(LoginRefused) as caught:
            session.request(ApiCall("GET", "/variables"), "look")
    assert caught.value.message == f"{server.netloc} refuses the login of user ci: Unauthorized"
    assert "check username and password" in str(caught.value.hint)


def test_what_has_no_body_does_not_say_what_is_in_it(server: Listener) -> None:
    session = ask(server.url)
    session.request(ApiCall("DELETE", "/pools/p"), "write")
    session.request(ApiCall("PATCH", "/pools/p", body={}), "write")
    assert [one.headers.get("content-type") for one in server.came] == [None, None, "application/json"]
