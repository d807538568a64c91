"""`airflow:` of an environment.yaml: each login method with what it needs, headers, client certificates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from envctl.airflow.settings import (
    BasicLogin,
    Certificates,
    CommandLogin,
    GoogleLogin,
    MwaaLogin,
    TokenLogin,
)
from envctl.model.secret import Secret
from tests.unit.test_connecting import connect, outside, refused
from tests.unit.trees import write

if TYPE_CHECKING:
    from envctl.airflow.settings import Login

AUTH = "tree/dev/environment.yaml:1:27: environment: airflow.auth "


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WHO": "ci", "PW": "hunter2", "BAD": "a\nb", "REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("auth", "login"),
    [
        (
            "method: command, command: [gcloud, auth, print-access-token]",
            ("gcloud", "auth", "print-access-token"),
        ),
        ("method: command, command: './login'", ("./login",)),
        ("method: command, command: ['${WHO}', 1.10]", ("ci", "1.10")),
    ],
)
def test_a_command(auth: str, login: tuple[str, ...]) -> None:
    assert connect(f"url: https://a, auth: {{{auth}}}").login == CommandLogin(login)


@pytest.mark.parametrize(
    ("auth", "login"),
    [
        ("method: google", GoogleLogin()),
        ("method: mwaa, environment: My-Env, region: '${REGION}'", MwaaLogin("My-Env", "eu-west-1")),
        (
            "method: mwaa, environment: e, region: eu-west-1, profile: p",
            MwaaLogin("e", "eu-west-1", "p"),
        ),
        (
            "method: basic, username: '${WHO}', password: '${PW}'",
            BasicLogin("ci", Secret("hunter2", "${PW}")),
        ),
        ("method: token, token: '$${PW}'", TokenLogin("${PW}")),
    ],
)
def test_each_method(auth: str, login: Login) -> None:
    assert connect(f"url: https://a, auth: {{{auth}}}").login == login


@pytest.mark.parametrize(
    ("auth", "mistake"),
    [
        ("method: basic", "method basic needs password and username"),
        ("method: command", "method command needs command"),
        ("method: google, token: x", "method google does not use token"),
        ("method: mwaa, environment: e", "method mwaa needs region"),
        ("method: none, username: u", "method none does not use username"),
        (
            "method: basic, username: 'a:b', password: c",
            "method basic takes no username with a ':' in it: it would end there",
        ),
    ],
)
def test_what_a_method_needs_and_does_not_use(auth: str, mistake: str) -> None:
    assert refused(f"url: https://a, auth: {{{auth}}}") == [f"{AUTH}{mistake}"]


@pytest.mark.parametrize(
    ("auth", "mistake"),
    [
        (
            "method: command, command: []",
            "command must be a list, the program and its arguments, not an empty",
        ),
        (
            "method: command, command: {a: b}",
            "command must be a list, the program and its arguments, not a map",
        ),
        ("method: command, command: ['']", "command names no program: it is empty"),
        (
            "method: mwaa, environment: 'a/b', region: r",
            "environment must be the name of an MWAA environment",
        ),
        ("method: mwaa, environment: e, region: 'x.evil.com'", "region must be a region of AWS"),
        ("method: comand, command: x", "method must be one of none, basic, password, token, command, "),
    ],
)
def test_what_cannot_be(auth: str, mistake: str) -> None:
    (found,) = refused(f"url: https://a, auth: {{{auth}}}")
    assert mistake in found


def test_a_secret_is_no_argument() -> None:
    """Whoever looks at the processes of a machine sees them all."""
    write({"dev/key": "hunter2"})
    (found,) = refused("url: https://a, auth: {method: command, command: [x, '${file:key}']}")
    assert "command must be a text that may be shown: it cannot come from a secret source" in found


def test_a_program_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, DEV__AIRFLOW__AUTH__METHOD="command", DEV__AIRFLOW__AUTH__COMMAND="/bin/login")
    assert connect("url: https://a, auth: {method: google}").login == CommandLogin(("/bin/login",))


# --- headers ------------------------------------------------------------------------------------------


def test_headers_from_references_are_secrets() -> None:
    headers = connect("url: https://a, headers: {X-Team: ml, X-Key: 'Key ${PW}'}").headers
    assert headers["X-Team"] == "ml"
    assert isinstance(headers["X-Key"], Secret)
    assert headers["X-Key"].is_text("Key hunter2")


def test_headers_from_outside_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, DEV__AIRFLOW__HEADERS__AUTHORIZATION="Key ${PW}")
    found = connect("url: https://a, headers: {X-Team: ml}")
    assert isinstance(found.headers["authorization"], Secret)
    assert found.headers["authorization"].is_text("Key ${PW}")
    assert "Key" not in repr(found)


@pytest.mark.parametrize(
    ("headers", "mistake"),
    [
        ("'X Foo': a", 'airflow.headers["X Foo"] is no name of a header: letters, digits and - make one'),
        (
            "Content-Length: 5",
            "airflow.headers.Content-Length is set by envctl itself, and cannot be another",
        ),
        ("host: b", "airflow.headers.host is set by envctl itself, and cannot be another"),
        ("X-A: a, x-a: b", "airflow.headers.x-a is there twice: the case of a header's name does not matter"),
        ("X-A: '${BAD}'", "airflow.headers.X-A must be printable ASCII, without a space at either end"),
        ("X-A: 'a '", "airflow.headers.X-A must be printable ASCII, without a space at either end"),
        ("X-A: ü", "airflow.headers.X-A must be printable ASCII, without a space at either end"),
        ("X-A: [a]", "airflow.headers.X-A must be text, not a list"),
    ],
)
def test_headers_that_cannot_be(headers: str, mistake: str) -> None:
    (found,) = refused(f"url: https://a, headers: {{{headers}}}")
    assert mistake in found


def test_the_login_has_its_header_for_itself() -> None:
    assert connect("url: https://a, headers: {authorization: x}").headers == {"authorization": "x"}
    (found,) = refused("url: https://a, headers: {authorization: x}, auth: {method: google}")
    assert "has a header authorization, which is where method google logs in: leave out one of them" in found


def test_what_mwaa_does_not_use() -> None:
    auth = "auth: {method: mwaa, environment: e, region: eu-west-1}"
    (found,) = refused(f"url: https://a, headers: {{X-A: x}}, client_cert: c.pem, {auth}")
    assert "has headers and client_cert, which method mwaa does not use" in found


# --- certificates -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mine() -> trustme.LeafCert:
    return trustme.CA().issue_cert("ci@example.com")


def encrypted(key: trustme.Blob) -> bytes:
    made = load_pem_private_key(key.bytes(), None)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw"))


def test_a_certificate_and_its_key(mine: trustme.LeafCert) -> None:
    cert = mine.cert_chain_pems[0].bytes()
    write({"dev/cert.pem": cert, "dev/key.pem": mine.private_key_pem.bytes()})
    write({"dev/both.pem": mine.private_key_and_cert_chain_pem.bytes()})
    found = connect("url: https://a, client_cert: cert.pem, client_key: key.pem").certificates
    assert found == Certificates(None, Path("tree/dev/cert.pem"), Path("tree/dev/key.pem"))
    found = connect("url: https://a, client_cert: both.pem").certificates
    assert found == Certificates(None, Path("tree/dev/both.pem"))


@pytest.mark.parametrize(
    ("files", "mistake"),
    [
        ("client_key: key.pem", "airflow has a client_key without its client_cert"),
        ("client_cert: gone.pem", "client_cert gone.pem: no such file"),
        ("client_cert: cert.pem, client_key: gone.pem", "client_key gone.pem: no such file"),
        ("client_cert: empty", "client_cert empty holds no certificate that can be read"),
        (
            "client_cert: cert.pem",
            "client_cert cert.pem holds no private key that can be read, and there is no airflow.client_key",
        ),
        (
            "client_cert: cert.pem, client_key: empty",
            "client_key empty holds no private key that can be read",
        ),
        (
            "client_cert: cert.pem, client_key: other.pem",
            "client_key other.pem holds the key of another certificate than cert.pem",
        ),
        (
            "client_cert: cert.pem, client_key: locked.pem",
            "client_key locked.pem: the private key is encrypted, and envctl asks for no password",
        ),
    ],
)
def test_certificates_that_cannot_be_used(files: str, mistake: str, mine: trustme.LeafCert) -> None:
    write(
        {
            "dev/cert.pem": mine.cert_chain_pems[0].bytes(),
            "dev/key.pem": mine.private_key_pem.bytes(),
            "dev/other.pem": trustme.CA().issue_cert("x@example.com").private_key_pem.bytes(),
            "dev/locked.pem": encrypted(mine.private_key_pem),
            "dev/empty": b"",
        }
    )
    (found,) = refused(f"url: https://a, {files}")
    assert mistake in found
