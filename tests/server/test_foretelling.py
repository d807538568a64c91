"""A ledger is asked for by itself while the instance is read: it only saves time, and decides nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from envctl.model.reserved import LEDGER
from tests.loopback import wait
from tests.server.faults import answer, before, delay

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC = """
connections:
  db: {conn_type: postgres, host: db.example.com, password: "${PG_PASSWORD}"}
"""
LEDGER_ID = f"{LEDGER}.default"
ASKED = f"/variables/{LEDGER_ID}"


def wait_for_the_log(proxy: Proxy) -> None:
    """Wait until all that is asked of the event log is answered."""

    def has_answered() -> bool:
        return sum(1 for one in proxy.matching("GET", "/eventLogs") if one.status) >= 3

    wait(has_answered, "answer of the event log")


@pytest.fixture
def applied(envctl: Envctl, tree: Tree, proxy: Proxy) -> Envctl:
    """envctl, with the spec above applied."""
    envctl.secrets["PG_PASSWORD"] = "the-first-password-3f1"
    tree.spec(SPEC)
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    proxy.calm()
    return envctl


def test_the_log_is_asked_while_pages_are_on_their_way(applied: Envctl, proxy: Proxy) -> None:
    asked: list[int] = []

    def wait() -> None:
        proxy.wait_for("GET", "/eventLogs", 1)
        asked.append(proxy.count("GET", "/eventLogs"))

    proxy.on("GET", "/connections", before(wait), nth={1})
    done = applied.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["unverifiable"] == []
    assert asked
    assert proxy.count("GET", ASKED) == 1


def test_an_apply_in_the_middle_of_a_diff(applied: Envctl, api: Api, proxy: Proxy) -> None:
    """What counts is the ledger that is there when the Variables are read."""
    first = api.value(LEDGER_ID)
    applied.secrets["PG_PASSWORD"] = "another-password-4b2"
    assert applied("apply", "dev").code == 0
    second = api.value(LEDGER_ID)
    api.set_variable(LEDGER_ID, first)
    applied.secrets["PG_PASSWORD"] = "the-first-password-3f1"

    def apply() -> None:
        proxy.wait_for("GET", ASKED, 1)
        api.set_variable(LEDGER_ID, second)

    proxy.calm()
    proxy.on("GET", "/variables", before(apply), nth={1})
    done = applied.json("diff", "dev")
    assert done.code == 2, done.said
    assert done.changes["connection/db"]["reason"] == "secret_rotated"


def test_who_made_a_change_is_asked_when_it_is_there(applied: Envctl, api: Api, proxy: Proxy) -> None:
    def touch() -> None:
        wait_for_the_log(proxy)
        api.call("PATCH", "/connections/db?update_mask=host", {**BODY, "host": "elsewhere"})

    proxy.on("GET", "/connections", before(touch), nth={1})
    done = applied.json("diff", "dev")
    assert done.code == 2, done.said
    assert done.changes["connection/db"]["reason"] == "drift"
    assert done.changes["connection/db"]["by"]["actor"] == "admin"


def test_a_ledger_that_cannot_be_asked_for_alone(applied: Envctl, api: Api, proxy: Proxy) -> None:
    """A touched secret is found all the same."""
    api.call("PATCH", "/connections/db?update_mask=password", {**BODY, "password": "somebody-elses-pw"})
    for status in (403, 404, 418):
        proxy.calm()
        proxy.on("GET", ASKED, answer(status, "no"))
        done = applied.json("diff", "dev")
        assert done.code == 2, done.said
        assert done.changes["connection/db"]["reason"] == "touched_outside"


@pytest.mark.parametrize("fresh", [True, False])
def test_a_secret_that_is_touched_while_pages_are_read(
    applied: Envctl, api: Api, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, *, fresh: bool
) -> None:
    """What the log said a moment ago counts, as the first page does; what it said long ago does not."""
    if not fresh:
        monkeypatch.setattr("envctl.stages.foretelling._FRESH", 0.0)

    def touch() -> None:
        wait_for_the_log(proxy)
        api.call("PATCH", "/connections/db?update_mask=password", {**BODY, "password": "somebody-elses-pw"})

    proxy.on("GET", "/connections", before(touch), nth={1})
    assert applied("diff", "dev").code == (0 if fresh else 2)
    proxy.calm()
    done = applied.json("diff", "dev")
    assert done.changes["connection/db"]["reason"] == "touched_outside"


def test_a_log_that_cannot_be_read_while_pages_are_is_asked_again(applied: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/eventLogs", answer(418, "not now"), nth={1})
    done = applied.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["unverifiable"] == []


def test_nobody_waits_for_a_ledger_that_does_not_come(applied: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", ASKED, delay(5))
    began = time.monotonic()
    done = applied.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["unverifiable"] == []
    assert time.monotonic() - began < 4


BODY = {"connection_id": "db", "conn_type": "postgres"}
