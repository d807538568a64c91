"""User and password with every request, at a real Airflow 2: as far as the session goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.airflow.session import Session
from envctl.airflow.settings import BasicLogin, InstanceSettings, NoLogin, PasswordLogin
from envctl.errors import Forbidden, WrongServer
from envctl.model.request import ApiCall
from envctl.model.secret import Secret
from envctl.sandbox import SandboxSpec, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.airflow.settings import Login
    from envctl.sandbox import Sandbox

pytestmark = pytest.mark.server

V1 = "/api/v1"
READ = ApiCall("GET", "/variables", query=(("limit", "1"),))
PASSWORD = "pa:ss wörd-canary"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    base = tmp_path_factory.mktemp("sandboxes")
    spec = SandboxSpec(name="basic", version="2.11.2", base=base, passwords={"admin": PASSWORD})
    with start(spec) as sandbox:
        yield sandbox


def session_of(two: Sandbox, login: Login) -> Session:
    session = Session(InstanceSettings(two.url, login))
    session.root = V1
    return session


def test_basic(two: Sandbox) -> None:
    session = session_of(two, BasicLogin("admin", Secret(PASSWORD, "${PW}")))
    assert session.anonymous("/version", prefix=V1).json()["version"] == "2.11.2"
    assert session.request(READ, "read variables") == {"variables": [], "total_entries": 0}
    made = ApiCall("POST", "/pools", body={"name": "p", "slots": 1}, repeatable=False)
    assert session.request(made, "write pools")["slots"] == 1
    session.request(ApiCall("DELETE", "/pools/p"), "write pools")


def test_a_wrong_password(two: Sandbox) -> None:
    """Where strangers have the role Public, they are answered like somebody without rights."""
    session = session_of(two, BasicLogin("admin", Secret("wrong-canary", "${PW}")))
    with pytest.raises(Forbidden) as caught:
        session.request(READ, "read variables")
    assert caught.value.message == f"the login may not read variables on {session.place}: Forbidden"
    assert "Airflow 2 says the same of a wrong username or password" in str(caught.value.hint)


def test_logins_of_another_kind(two: Sandbox) -> None:
    with pytest.raises(Forbidden, match="the login may not read variables"):
        session_of(two, NoLogin()).request(READ, "read variables")
    session = session_of(two, PasswordLogin("admin", Secret(PASSWORD, "${PW}")))
    with pytest.raises(WrongServer, match="has no /auth/token") as caught:
        session.request(READ, "read variables")
    assert "Airflow 2 takes method basic" in str(caught.value.hint)
