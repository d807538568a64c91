"""One writer at a time, on a real server: who gets the lock, who waits not, and what a crash leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.faults import answer, answer_after, before, close_after, close_before, delay

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

LOCK = "envctl.lock"


def put_lock(api: Api, *, seconds: float, name: str = LOCK, **more: Any) -> None:
    """Leave a lock as another run would have."""
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    content = {"holder": "aaaa", "actor": "ana", "command": "envctl apply dev", "process": "elsewhere/1-1"}
    text = json.dumps({**content, "expires": expires.isoformat(), **more})
    api.call("POST", "/connections", {"connection_id": name, "conn_type": "envctl", "description": text})


def locks(api: Api) -> set[str]:
    return {name for name in api.all("connections") if name.startswith(LOCK)}


def test_a_locked_instance_is_left_alone(envctl: Envctl, tree: Tree, api: Api) -> None:
    tree.spec(variables={"a": "1"})
    put_lock(api, seconds=60)
    done = envctl("apply", "dev")
    assert done.code == 4, done.said
    assert "locked by ana (envctl apply dev)" in done.err
    assert "envctl unlock" in done.err
    assert "a" not in api.all("variables")
    assert locks(api) == {LOCK}
    assert envctl("diff", "dev").code == 2


@pytest.mark.parametrize(
    "fault", [close_after, answer_after(502), close_before], ids=["lost", "502", "unsent"]
)
def test_a_lock_whose_answer_is_lost(fault: Any, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """It is looked at: ours is ours; where there is none, nothing was written and nothing is left."""
    tree.spec(variables={"a": "1"})
    proxy.on("POST", "/connections", fault, nth={1})
    done = envctl("apply", "dev")
    applied = fault is not close_before
    assert done.code == (0 if applied else 1), done.said
    assert ("a" in api.all("variables")) is applied
    assert locks(api) == set()


def test_a_login_that_may_not_lock_writes_nothing(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    proxy.on("POST", "/connections", answer(403))
    done = envctl("apply", "dev")
    assert done.code == 1, done.said
    assert "may not lock it (make the connection envctl.lock)" in done.err
    assert proxy.writes == []


def test_what_somebody_else_applied_meanwhile_is_not_applied_again(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api, server: Server
) -> None:
    """Between the plan and the lock another run may have done all of it, or made it another plan."""
    tree.spec(variables={"a": "1", "b": "${B}"})
    envctl.secrets["B"] = "ours-6d2e"
    past_the_proxy = {"ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URL": server.sandbox.url}

    def others(value: str) -> Callable[[], None]:
        def run() -> None:
            assert envctl.program("apply", "dev", **past_the_proxy, B=value).code == 0

        return run

    proxy.on("POST", "/connections", before(others("theirs-91f0")), nth={1})
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert {address: one["action"] for address, one in done.changes.items()} == {"variable/b": "update"}
    assert api.value("b") == "ours-6d2e"
    api.delete("variables", "a", "b")
    before_writes = len(proxy.all_writes)

    proxy.on("POST", "/connections", before(others("ours-6d2e")))
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["changes"], done.json["converged"]) == (0, [], True), done.said
    assert [one.path for one in proxy.all_writes[before_writes:]] == ["/connections", f"/connections/{LOCK}"]
    assert locks(api) == set()


def test_nothing_to_do_needs_no_lock(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    assert envctl("apply", "dev").code == 0
    assert locks(api) == set()
    put_lock(api, seconds=60)
    before = len(proxy.writes)
    assert envctl("apply", "dev").code == 0
    assert len(proxy.writes) == before


def test_the_lock_is_no_object_of_the_instance(envctl: Envctl, tree: Tree, api: Api) -> None:
    tree.spec(connections={})
    put_lock(api, seconds=60)
    shown = envctl.json("diff", "dev", "--prune", "-v")
    assert not any(LOCK in one for one in shown.json["unmanaged"])
    assert not any(LOCK in one["address"] for one in shown.json["changes"])
    tree.spec(connections={LOCK: {"conn_type": "http"}})
    done = envctl("validate")
    assert done.code == 1
    assert "envctl's own" in done.out


@pytest.mark.parametrize("name", [LOCK, f"{LOCK}.after.aaaa"])
def test_an_expired_lock_is_taken_over(name: str, envctl: Envctl, tree: Tree, api: Api) -> None:
    tree.spec(variables={"a": "1"})
    put_lock(api, seconds=-1)
    if name != LOCK:
        put_lock(api, seconds=-1, name=name, holder="bbbb")
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert locks(api) == set()


def test_whoever_is_just_taking_over_is_not_disturbed(envctl: Envctl, tree: Tree, api: Api) -> None:
    tree.spec(variables={"a": "1"})
    put_lock(api, seconds=-1)
    put_lock(api, seconds=60, name=f"{LOCK}.after.aaaa", holder="bbbb")
    assert envctl("apply", "dev").code == 4
    assert locks(api) == {LOCK, f"{LOCK}.after.aaaa"}


@pytest.mark.parametrize("description", ["garbage", "{}", "", '{"holder": 1, "expires": "soon"}'])
def test_a_lock_that_says_nothing_sensible_holds_until_broken(
    description: str, envctl: Envctl, tree: Tree, api: Api
) -> None:
    tree.spec(variables={"a": "1"})
    api.call("POST", "/connections", {"connection_id": LOCK, "conn_type": "x", "description": description})
    assert envctl("apply", "dev").code == 4
    assert envctl("unlock", "dev").code == 3
    done = envctl("unlock", "dev", "--yes")
    assert done.code == 0, done.said
    assert "held by somebody" in done.out
    assert envctl("apply", "dev").code == 0
    assert "is not locked" in envctl("unlock", "dev").out


def test_unlock_breaks_no_lock_that_it_did_not_ask_about(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """While a person thinks, who had it ends, and another one begins."""
    tree.spec(variables={"a": "1"})
    put_lock(api, seconds=60)

    def changes_hands() -> None:
        api.delete("connections", LOCK)
        put_lock(api, seconds=60, holder="bbbb", actor="ben")

    proxy.on("GET", f"/connections/{LOCK}", before(changes_hands), nth={2})
    done = envctl("unlock", "dev", "--yes")
    assert done.code == 4, done.said
    assert "held by ben (envctl apply dev)" in done.err
    assert "no longer by ana (envctl apply dev)" in done.err
    assert locks(api) == {LOCK}
    done = envctl("unlock", "dev", "--yes")
    assert (done.code, locks(api)) == (0, set()), done.said
    assert "it was held by ben" in done.out


def test_a_killed_apply_blocks_nobody_here(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """Its process has ended, which can be seen here; elsewhere its lock expires."""
    tree.spec(variables={"a": "1"})
    proxy.on_write("/variables", delay(20), nth={1})
    with envctl.started("apply", "dev") as running:
        proxy.wait_for_write("/variables", 1)
        assert locks(api) == {LOCK}
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert api.value("a") == "1"
    assert locks(api) == set()


def test_a_lock_is_renewed_while_its_holder_works(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    tree.spec(pools={"p": {"slots": 1}}, variables={"a": "1"})
    envctl.settings["ENVCTL_LOCK_SECONDS"] = "3"
    proxy.on_write("/pools", delay(6), nth={1})
    with envctl.started("apply", "dev") as running:
        proxy.wait_for_write("/pools", 1)
        time.sleep(4)
        other = envctl("apply", "dev")
        assert other.code == 4, other.said
        done = running.wait()
    assert done.code == 0, done.said
    assert locks(api) == set()


def test_of_twenty_at_once_one_at_a_time_wins(envctl: Envctl, tree: Tree, api: Api) -> None:
    """Each of them has something to change, so that each that gets the lock is in the history."""
    tree.spec(variables={f"v{i}": "1" for i in range(50)} | {"run": "${RUN}"})
    command = [sys.executable, "-m", "envctl", "apply", "dev", "--quiet"]
    many = [
        subprocess.Popen(
            command,
            cwd=envctl.folder,
            env=envctl._program_variables() | {"RUN": f"run-{run}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        for run in range(20)
    ]
    codes = [one.wait(timeout=240) for one in many]
    assert set(codes) <= {0, 4}
    assert codes.count(4) > 0
    assert sum(1 for name in api.all("variables") if name.startswith("v")) == 50
    ledger = api.ledger()
    assert ledger.serial == len(ledger.history) == codes.count(0) > 0
    assert locks(api) == set()
