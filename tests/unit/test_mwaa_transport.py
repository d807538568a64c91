"""What AWS fails with in the middle of a write, and how often it is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from envctl.airflow.patience import _Patience
from envctl.airflow.session import Session
from envctl.airflow.settings import GoogleLogin, InstanceSettings, MwaaLogin, Wire
from envctl.errors import (
    Ambiguous,
    EnvctlError,
    LoginRefused,
    NotOffered,
    RequestFailed,
    Unreachable,
    WrongServer,
)
from envctl.model.request import ApiCall
from envctl.model.secret import Secret
from tests.listener import Came, Listener, Said
from tests.server.mwaa import KEY_ID, NAME, REGION, SECRET_KEY, answered, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = ApiCall("GET", "/variables", query=(("limit", "5"), ("order_by", "a"), ("order_by", "b")))
CREATE = ApiCall("POST", "/connections", body={"password": Secret("pw-canary", "${PW}")}, repeatable=False)
OVERWRITE = ApiCall("PATCH", "/variables", body={"a": 1.5})


class Scripted(Listener):
    """Answers with each of these in turn, and with what came after that."""

    def __init__(self) -> None:
        super().__init__(self._next)
        self.turns: list[Said | None] = []

    def _next(self, came: Came) -> Said | None:
        return self.turns.pop(0) if self.turns else answered(200, came.json)


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with Scripted() as found, pytest.MonkeyPatch.context() as variables:
        for name, value in {
            "AWS_ENDPOINT_URL_MWAA": found.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
        }.items():
            variables.setenv(name, value)
        variables.setattr(_Patience, "sleep", lambda *_: None)
        yield found


@pytest.fixture
def aws(server: Scripted) -> Scripted:
    server.turns.clear()
    server.came.clear()
    return server


def opened() -> Session:
    wire = Wire(retries=2, connect_timeout=2, read_timeout=5)
    return Session(InstanceSettings("https://x", MwaaLogin(NAME, REGION), wire=wire))


@pytest.fixture(scope="module")
def session(server: Scripted) -> Session:
    """One for all tests: boto3 takes a while to make a client."""
    return opened()


FAILS = refusal(500, "InternalServerException")
THROTTLED = refusal(400, "ThrottlingException")
BAD_GATEWAY = answered(502, {})


@pytest.mark.parametrize("base", ["/auth/fab/v1", "/ui", ""])
def test_what_stands_outside_of_the_api_is_not_asked_for(base: str, aws: Scripted, session: Session) -> None:
    with pytest.raises(NotOffered, match="outside of the API") as failed:
        session.request(ApiCall("GET", "/roles", base=base), "read roles")
    assert "leave roles and users out" in (failed.value.hint or "")
    assert aws.came == []


def test_what_is_asked_of_aws(aws: Scripted, session: Session) -> None:
    assert session.request(READ, "look") == {
        "Path": "/variables",
        "Method": "GET",
        "QueryParameters": {"limit": "5", "order_by": ["a", "b"]},
    }
    assert session.request(CREATE, "write")["Body"] == {"password": "pw-canary"}
    assert {one.path for one in aws.came} == {f"/restapi/{NAME}"}


@pytest.mark.parametrize("turn", [FAILS, THROTTLED, BAD_GATEWAY, None, answered(429, {})])
@pytest.mark.parametrize("call", [READ, OVERWRITE], ids=["read", "overwrite"])
def test_what_may_be_repeated_is(call: ApiCall, turn: Said | None, aws: Scripted, session: Session) -> None:
    aws.turns = [turn, turn]
    session.request(call, "look")
    assert len(aws.came) == 3
    aws.turns = [turn] * 9
    with pytest.raises(EnvctlError):
        session.request(call, "look")
    assert len(aws.came) == 6


@pytest.mark.parametrize(
    ("turn", "requests", "error", "went_out"),
    [
        (None, 1, Ambiguous, 1),
        (FAILS, 1, RequestFailed, 1),
        (BAD_GATEWAY, 1, RequestFailed, 1),
        (THROTTLED, 3, RequestFailed, 0),
        (answered(409, {"detail": "it is there"}), 1, RequestFailed, 1),
    ],
)
def test_a_create_is_repeated_only_where_certainly_nothing_was_done(
    turn: Said | None, requests: int, error: type[EnvctlError], went_out: int, aws: Scripted, session: Session
) -> None:
    aws.turns = [turn] * 3
    heard: list[int] = []
    with pytest.raises(error):
        session.request(CREATE, "write", heard.append)
    assert len(aws.came) == requests
    assert heard == [went_out]


def test_nobody_is_there(aws: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_MWAA", "http://127.0.0.1:9")
    for call in (READ, CREATE):
        with pytest.raises(Unreachable):
            opened().request(call, "look")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"RestApiStatusCode": "x"}', b"<html>"])
def test_something_else_answers(body: bytes, aws: Scripted, session: Session) -> None:
    aws.turns = [Said(200, body)]
    with pytest.raises(WrongServer, match="does not answer as AWS does"):
        session.request(READ, "look")


def test_what_the_environment_answers(aws: Scripted, session: Session) -> None:
    contents: tuple[object, ...] = ({"a": [1, 1.5, None]}, [], {}, "text")
    for content in contents:
        aws.turns = [answered(200, content)]
        assert session.request(READ, "look") == content
    aws.turns = [answered(204, None)]
    assert session.request(READ, "look") == {}
    aws.turns = [answered(422, {"detail": [{"loc": ["body", "x"], "msg": "bad", "input": "canary"}]})]
    with pytest.raises(RequestFailed) as caught:
        session.request(CREATE, "write")
    assert caught.value.message == f"MWAA environment {NAME} in {REGION} answers 422: body.x: bad"


def test_a_path_that_is_too_long_for_aws(aws: Scripted, session: Session) -> None:
    aws.turns = [refusal(400, "ValidationException")]
    with pytest.raises(RequestFailed, match="AWS takes no path as long as that of GET /variables/aaa"):
        session.request(ApiCall("GET", f"/variables/{'a' * 80}"), "look")


def test_a_login_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.setitem(sys.modules, "google.auth.transport.requests", None)
    for login, extra in ((MwaaLogin(NAME, REGION), "aws"), (GoogleLogin(), "google")):
        with pytest.raises(LoginRefused) as caught:
            Session(InstanceSettings("https://x", login))
        assert "which is not installed" in caught.value.message
        assert caught.value.hint == f"pip install 'envctl[{extra}]'"
