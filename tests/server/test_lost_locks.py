"""An apply that loses its lock, on a real server: it stops before it writes over its successor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.server.faults import answer, close_after, delay
from tests.server.test_lock import LOCK, locks, put_lock

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.faults import Fault
    from tests.server.proxy import Answer, Exchange, Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


def test_an_apply_that_loses_its_lock_stops(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    tree.spec(pools={"p": {"slots": 1}}, variables={"a": "1"})
    envctl.settings["ENVCTL_LOCK_SECONDS"] = "3"
    proxy.on("PATCH", "/pools", delay(4), nth={1})
    with envctl.started("apply", "dev") as running:
        proxy.wait_for("PATCH", "/pools", 1)
        assert envctl("unlock", "dev", "--yes").code == 0
        done = running.wait()
    assert done.code == 5, done.said
    assert "the lock was lost" in done.out
    assert "1 not attempted" in done.out
    assert "a" not in api.all("variables")


@pytest.mark.parametrize("is_taken", [False, True], ids=["broken", "taken"])
def test_a_long_lived_lock_that_is_broken_stops_the_next_request(
    is_taken: bool,  # noqa: FBT001
    envctl: Envctl,
    tree: Tree,
    proxy: Proxy,
    api: Api,
) -> None:
    """It is renewed only after minutes; what stops the apply is that it looks before it writes."""
    tree.spec(variables={f"v{number:04}": "1" for number in range(1500)})
    envctl.settings["ENVCTL_LOCK_SECONDS"] = "600"
    proxy.on("PATCH", "/variables", delay(2), nth={2})
    with envctl.started("apply", "dev", "--format", "json") as running:
        proxy.wait_for("PATCH", "/variables", 2)
        assert envctl("unlock", "dev", "--yes").code == 0
        if is_taken:
            put_lock(api, seconds=60)
        done = running.wait()
    assert done.code == 5, done.said
    assert done.json["interrupted"].startswith("the lock was lost")
    outcomes = [change["outcome"] for change in done.json["changes"]]
    assert (outcomes.count("applied"), outcomes.count("not_attempted")) == (1000, 500)
    assert proxy.count("PATCH", "/variables") == 2
    assert sum(1 for name in api.all("variables") if name.startswith("v")) == 1000
    assert locks(api) == ({LOCK} if is_taken else set())


@pytest.mark.parametrize(
    ("fault", "said"),
    [(answer(400), "2 not attempted"), (close_after, "2 failed"), (answer(500), "2 not attempted")],
    ids=["refused", "lost", "error"],
)
def test_a_broken_lock_stops_what_is_sent_again_or_in_parts(
    fault: Fault, said: str, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """Meanwhile a successor may have written these very objects."""
    tree.spec(variables={"a": "1", "b": "1"})

    def broken(exchange: Exchange) -> Answer | None:
        api.delete("connections", LOCK)
        time.sleep(1.1)
        return fault(exchange)

    proxy.on("PATCH", "/variables", broken, nth={1})
    done = envctl("apply", "dev")
    assert done.code == 5, done.said
    assert "the lock was lost" in done.out
    assert said in done.out
    assert proxy.count("PATCH", "/variables") == 1


def test_nothing_is_written_when_the_lock_cannot_be_seen(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec(pools={"p": {"slots": 1}}, variables={"a": "1"})
    proxy.on("PATCH", "/pools", delay(1.1), nth={1})
    proxy.on("GET", f"/connections/{LOCK}", answer(403))
    done = envctl("apply", "dev")
    assert done.code == 5, done.said
    assert "whether the lock is still held could not be seen" in done.out
    assert "1 applied   1 not attempted" in done.out
    assert "a" not in api.all("variables")
