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
    proxy.on_write("/pools", delay(8), nth={1})
    with envctl.started("apply", "dev") as running:
        proxy.wait_for_write("/pools", 1)
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
    count = 100 if api.old else 2000
    tree.spec(variables={f"v{number:04}": "1" for number in range(count)})
    envctl.settings["ENVCTL_LOCK_SECONDS"] = "600"
    proxy.on_write("/variables", delay(2), nth={2})
    with envctl.started("apply", "dev", "--format", "json") as running:
        proxy.wait_for_write("/variables", 2)
        assert envctl("unlock", "dev", "--yes").code == 0
        if is_taken:
            put_lock(api, seconds=60)
        done = running.wait()
    assert done.code == 5, done.said
    assert done.json["interrupted"].startswith("the lock was lost")
    outcomes = [change["outcome"] for change in done.json["changes"]]
    # Two requests; where they are for one object each, those that were sent side by side.
    applied = 8 if api.old else sum(one.objects for one in proxy.writes)
    assert applied < count
    assert (outcomes.count("applied"), outcomes.count("not_attempted")) == (applied, count - applied)
    assert len(proxy.writes) == (8 if api.old else 2)
    assert sum(1 for name in api.all("variables") if name.startswith("v")) == applied
    assert locks(api) == ({LOCK} if is_taken else set())


@pytest.mark.parametrize(
    ("fault", "said", "said_of_one"),
    [
        (answer(400), "2 not attempted", "1 failed"),
        (close_after, "2 failed", "1 failed"),
        (answer(500), "2 not attempted", "1 not attempted"),
    ],
    ids=["refused", "lost", "error"],
)
def test_a_broken_lock_stops_what_is_sent_again_or_in_parts(
    fault: Fault, said: str, said_of_one: str, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """Meanwhile a successor may have written these very objects."""
    # Over API v1 there are no parts: what was sent beside a request has ended by then.
    tree.spec(variables=dict.fromkeys("a" if api.old else "ab", "1"))

    def broken(exchange: Exchange) -> Answer | None:
        api.delete("connections", LOCK)
        time.sleep(1.1)
        return fault(exchange)

    proxy.on_write("/variables", broken, nth={1})
    done = envctl("apply", "dev")
    assert done.code == 5, done.said
    # One object that was refused is not sent again: nobody has to look at the lock.
    assert "the lock was lost" in done.out or (api.old and "answers 400" in done.out)
    assert (said_of_one if api.old else said) in done.out
    assert len(proxy.writes_of("/variables")) == 1


def test_nothing_is_written_when_the_lock_cannot_be_seen(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec(pools={"p": {"slots": 1}}, variables={"a": "1"})
    proxy.on_write("/pools", delay(1.1), nth={1})
    proxy.on("GET", f"/connections/{LOCK}", answer(403))
    done = envctl("apply", "dev")
    assert done.code == 5, done.said
    assert "whether the lock is still held could not be seen" in done.out
    assert "1 applied   1 not attempted" in done.out
    assert "a" not in api.all("variables")
