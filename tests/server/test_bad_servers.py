"""Instances that envctl cannot work with: one clear error, what to do about it, and nothing is written."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.sandbox import SandboxSpec, start
from tests.server.faults import answer, page
from tests.server.proxy import Answer, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.faults import Fault
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _something_to_do(tree: Tree, envctl: Envctl) -> None:
    tree.spec(variables={"a": "1"}, connections={"c": {"conn_type": "http"}})
    envctl.settings["ENVCTL_RETRIES"] = "1"


def refuses(envctl: Envctl, proxy: Proxy, error: str, hint: str) -> None:
    """Check that every command says just this, at exit 1, and that nothing was written."""
    for command in ("diff", "apply"):
        done = envctl(command, "dev", verbose=False)
        assert done.code == 1, done.said
        assert done.out == ""
        lines = done.err.splitlines()
        assert len(lines) == 2, done.said
        assert lines[0].startswith("error: ")
        assert error in lines[0]
        assert lines[1].startswith("  ")
        assert hint in lines[1]
    done = envctl.json("apply", "dev")
    assert done.code == 1, done.said
    assert error in done.json["error"]["message"]
    assert hint in done.json["error"]["hint"]
    assert (done.json["environment"], done.json["command"]) == ("dev", "apply")
    assert proxy.writes == []


# --- what answers is no Airflow 3 ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/wrong/path", "/api/v2", "/home"])
def test_a_wrong_path(path: str, envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    """A real Airflow has a page, or nothing, there."""
    tree.environment("dev", f"{proxy.url}{path}")
    refuses(
        envctl,
        proxy,
        f"{proxy.netloc} ",
        "check airflow.url: it is the address of the instance without /api/v2",
    )


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("GET", "/version", "answers with a web page where Airflow's API should be"),
        ("POST", "/auth/token", "answers the login with a web page, not with a token"),
        ("GET", "/connections", "answers GET /connections with a web page, not with JSON"),
    ],
)
def test_a_web_page(method: str, path: str, error: str, envctl: Envctl, proxy: Proxy) -> None:
    proxy.on(method, path, page())
    refuses(envctl, proxy, f"{proxy.netloc} {error}", "check airflow.url")


def something_else(content: bytes) -> Fault:
    return lambda _: Answer(200, {"Content-Type": "application/json"}, content)


@pytest.mark.parametrize("content", [b"[]", b'{"connections": 5}', b'{"items": []}', b'"x"', b"{", b"null"])
def test_json_of_something_else(content: bytes, envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/connections", something_else(content))
    refuses(envctl, proxy, f"{proxy.netloc} answers GET /connections with", "check airflow.url")


@pytest.mark.parametrize("content", [b"[]", b'{"version": 3}', b'{"status": "ok"}', b""])
def test_a_version_of_something_else(content: bytes, envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/version", something_else(content))
    refuses(envctl, proxy, f"{proxy.netloc} is no Airflow that envctl knows", "check airflow.url")


def test_airflow_2_takes_another_login(envctl: Envctl, tree: Tree, tmp_path: Path) -> None:
    spec = SandboxSpec(name="two", version="2.11.2", base=tmp_path / "sandboxes")
    with start(spec) as sandbox, Proxy(sandbox.url) as proxy:
        tree.environment("dev", proxy.url)
        refuses(envctl, proxy, f"{proxy.netloc} has no /auth/token", "Airflow 2 takes method basic")


def test_a_redirect_is_reported_and_not_followed(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    there = "https://airflow.elsewhere.example.com/"
    for method, path in (("GET", "/version"), ("GET", "/variables")):
        proxy.calm()
        proxy.on(method, path, answer(307, Location=there))
        refuses(envctl, proxy, f"{proxy.netloc} redirects to {there}", "airflow.url")


# --- nobody answers -----------------------------------------------------------------------------------


def test_nobody_listens(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    tree.environment("dev", f"http://127.0.0.1:{port}")
    refuses(
        envctl, proxy, f"127.0.0.1:{port} cannot be reached: the connection is refused", "check airflow.url"
    )


def test_a_name_that_does_not_resolve(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", "http://airflow.invalid:8080")
    refuses(
        envctl,
        proxy,
        "airflow.invalid:8080 cannot be reached: its name does not resolve",
        "check airflow.url",
    )


def test_somebody_listens_and_says_nothing(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    envctl.settings |= {"ENVCTL_READ_TIMEOUT": "0.2", "ENVCTL_RETRIES": "0"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        tree.environment("dev", f"http://127.0.0.1:{port}")
        refuses(
            envctl, proxy, f"127.0.0.1:{port} cannot be reached: no answer within 0.2 s", "check airflow.url"
        )


# --- logins -------------------------------------------------------------------------------------------


def test_a_wrong_password(envctl: Envctl, proxy: Proxy) -> None:
    envctl.secrets["AIRFLOW_PASSWORD"] = "a-wrong-password"
    refuses(
        envctl, proxy, "refuses the login of user admin: Invalid credentials (401)", "username and password"
    )


def test_a_wrong_token(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url, auth={"method": "token", "token": "${TOKEN}"})
    envctl.secrets["TOKEN"] = "not.a.token"
    refuses(envctl, proxy, "refuses the login of method token: Invalid JWT token", "check airflow.auth")


def test_a_right_token(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    tree.environment("dev", proxy.url, auth={"method": "token", "token": "${TOKEN}"})
    envctl.secrets["TOKEN"] = server.api.token
    assert envctl("apply", "dev").code == 0
    assert proxy.count("POST", "/auth/token") == 0
    proxy.on("GET", "/variables", answer(401, "Token Expired"))
    proxy.seen.clear()
    refuses(envctl, proxy, "refuses the login of method token: Token Expired", "the token may have expired")


def test_no_login(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url, auth={"method": "none"})
    refuses(envctl, proxy, "refuses the login of method none: Not authenticated", "check airflow.auth")


def test_a_login_without_rights(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    viewer = {"method": "password", "username": "viewer", "password": "${AIRFLOW_PASSWORD}"}
    tree.environment("dev", proxy.url, auth=viewer)
    envctl.secrets["AIRFLOW_PASSWORD"] = server.sandbox.password_of("viewer")
    refuses(
        envctl,
        proxy,
        f"the login may not read variables on {proxy.netloc}: Forbidden",
        "give the login's role",
    )
    tree.spec(pools={"p": {"slots": 1}})
    assert envctl("diff", "dev").code == 2


def test_one_kind_is_forbidden(envctl: Envctl, proxy: Proxy) -> None:
    """The others are compared, and applied; that not all was seen is no success."""
    proxy.on("GET", "/connections", answer(403, "Forbidden"))
    for command, code in (("diff", 1), ("apply", 5), ("diff", 1)):
        done = envctl(command, "dev", "--format", "json")
        assert done.code == code, done.said
        assert done.json["not_compared"] == ["connections"]
        (error,) = done.json["diagnostics"]
        assert f"the login may not read connections on {proxy.netloc}" in error["message"]
        assert "to read connections" in error["hint"]
    assert done.json["summary"]["create"] == 0
    assert envctl("apply", "dev", verbose=False).out.endswith(
        "not known to have converged: connections not compared\n"
    )


def test_an_auth_manager_without_tokens_for_passwords(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("POST", "/auth/token", answer(404, "Not Found"))
    refuses(envctl, proxy, "has no /auth/token", "give envctl a token")


def test_a_gateway_with_a_login_of_its_own(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/version", answer(401))
    refuses(envctl, proxy, "asks for a login before it says what it is (401)", "gateway")


def test_a_server_in_trouble_is_an_airflow_all_the_same(envctl: Envctl, proxy: Proxy) -> None:
    for method, path in (("GET", "/version"), ("POST", "/auth/token")):
        proxy.calm()
        proxy.on(method, path, page(503))
        refuses(
            envctl, proxy, f"{proxy.netloc} answers 503: Service Unavailable", "log of Airflow's API server"
        )


# --- TLS ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(server: Server, authority: trustme.CA) -> Iterator[Proxy]:
    """The shared Airflow behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Proxy(server.sandbox.url, context) as proxy:
        yield proxy


def test_a_certificate_that_does_not_verify(envctl: Envctl, tree: Tree, secure: Proxy) -> None:
    tree.environment("dev", secure.url)
    refuses(envctl, secure, f"{secure.netloc}: the TLS certificate does not verify: ", "airflow.ca_file")
    assert secure.seen == []


def test_a_certificate_that_its_ca_file_verifies(
    envctl: Envctl, tree: Tree, secure: Proxy, authority: trustme.CA
) -> None:
    tree.environment("dev", secure.url, airflow={"ca_file": "ca.pem"})
    authority.cert_pem.write_to_path(tree.root / "dev" / "ca.pem")
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert envctl("diff", "dev").code == 0
    trustme.CA().cert_pem.write_to_path(tree.root / "dev" / "ca.pem")
    secure.seen.clear()
    refuses(envctl, secure, "the TLS certificate does not verify", "airflow.ca_file")


def test_a_certificate_of_another_host(
    envctl: Envctl, tree: Tree, secure: Proxy, authority: trustme.CA
) -> None:
    tree.environment("dev", secure.url.replace("127.0.0.1", "localhost"), airflow={"ca_file": "ca.pem"})
    authority.cert_pem.write_to_path(tree.root / "dev" / "ca.pem")
    refuses(envctl, secure, "the TLS certificate does not verify: Hostname mismatch", "airflow.ca_file")


def test_a_ca_file_that_is_none(envctl: Envctl, tree: Tree, secure: Proxy) -> None:
    tree.environment("dev", secure.url, airflow={"ca_file": "ca.pem"})
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "ca_file ca.pem: no such file" in done.err
    (tree.root / "dev" / "ca.pem").write_text("no certificate")
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "ca_file ca.pem holds no certificate that can be read" in done.err
    assert secure.seen == []


def test_https_where_only_http_is_spoken(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url.replace("http:", "https:"))
    refuses(
        envctl, proxy, f"{proxy.netloc}: the TLS handshake fails", "does the instance speak https at all?"
    )


def test_http_where_only_https_is_spoken(envctl: Envctl, tree: Tree, secure: Proxy) -> None:
    tree.environment("dev", secure.url.replace("https:", "http:"))
    refuses(envctl, secure, f"{secure.netloc} cannot be reached", "check airflow.url")
