"""Ctrl-C: the request in flight is finished, and the report is true."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.server.faults import delay

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

WRITES = 8
"""The requests that envctl has under way at once where it writes one by one."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_after_the_request_in_flight(
    number: signal.Signals, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    # In 3 or 4 requests, of 500 and then of more where the server is quick, or one by one.
    count, nth = (100, 30) if api.old else (1600, 2)
    keys = [f"v{number:04}" for number in range(count)]
    tree.spec(variables=dict.fromkeys(keys, "1"), pools={"p": {"slots": 1}})
    proxy.on_write("/variables", delay(1), nth={nth})
    with envctl.started("apply", "dev", "--format", "json") as running:
        proxy.wait_for_write("/variables", nth)
        running.process.send_signal(number)
        done = running.wait()
    assert done.code == 5, done.said
    assert "stopping after the request under way" in done.err
    outcomes = [change["outcome"] for change in done.json["changes"]]
    counted = {word: outcomes.count(word) for word in set(outcomes)}
    if api.old:
        # Those that were sent beside the slow one are finished too.
        assert set(counted) == {"applied", "not_attempted"}
        assert abs(counted["applied"] - nth) <= 2 * WRITES
    else:
        sent = sum(one.objects for one in proxy.writes_of("/variables"))
        assert 1000 <= sent < count
        assert counted == {"applied": sent + 1, "not_attempted": count - sent}
    assert done.json["interrupted"]
    assert done.json["converged"] is False
    applied = {
        change["address"].partition("/")[2]
        for change in done.json["changes"]
        if change["outcome"] == "applied"
    }
    assert applied & set(keys) == set(api.all("variables")) & set(keys)

    proxy.calm()
    again = envctl.json("apply", "dev")
    assert (again.code, again.json["converged"]) == (0, True)
    assert set(keys) <= set(api.all("variables"))


def test_stopped_while_reading(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    proxy.on("GET", "/variables", delay(1), nth={1})
    with envctl.started("apply", "dev") as running:
        proxy.wait_for("GET", "/variables", 1)
        running.process.send_signal(signal.SIGINT)
        done = running.wait()
    assert done.code == 5, done.said
    assert "0 applied   1 not attempted" in done.out
    assert proxy.writes == []


def test_twice_stops_at_once(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    proxy.on_write("/variables", delay(20))
    with envctl.started("apply", "dev") as running:
        proxy.wait_for_write("/variables", 1)
        running.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        began = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        done = running.wait()
    assert time.monotonic() - began < 3
    assert done.code not in (0, 2), done.said


@pytest.mark.parametrize("command", ["diff", "status"])
def test_a_diff_ends_at_once(command: str, envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    proxy.on("GET", "/variables", delay(20))
    with envctl.started(command, "dev") as running:
        proxy.wait_for("GET", "/variables", 1)
        began = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        done = running.wait()
    assert time.monotonic() - began < 3
    assert done.code not in (0, 2), done.said
