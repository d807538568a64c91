"""A session remembers every secret that it sends, also when two threads send at once."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

from envctl.airflow import session as room
from envctl.airflow.session import Session
from envctl.airflow.settings import InstanceSettings
from envctl.airflow.transport import Answer
from envctl.body import secret_texts
from envctl.model.request import ApiCall
from envctl.model.secret import Secret

if TYPE_CHECKING:
    import pytest


def test_no_secret_is_forgotten_while_another_thread_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is renewed beside the writer: one's request may pass right through the other's."""
    session = Session(InstanceSettings("http://127.0.0.1:1"))
    monkeypatch.setattr(session._transport, "send", lambda *_: Answer(200, {}, b"{}"))
    first, second = (
        ApiCall("PATCH", "/x", body=Secret("one-secret", "${A}")),
        ApiCall("PATCH", "/x", body="b"),
    )

    def interrupted(body: Any) -> set[str]:
        if body == "b":
            return {"another-secret"}
        if isinstance(body, Secret):
            other = Thread(target=session.request, args=(second, "write"))
            other.start()
            other.join(10)
        return secret_texts(body)

    monkeypatch.setattr(room, "secret_texts", interrupted)
    session.request(first, "write")
    assert session.secrets >= {"one-secret", "another-secret"}
