"""Must-show 4: how many requests it takes."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.loopback import wait
from tests.server.faults import delay

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Answer, Exchange, Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


def test_a_thousand_variables_and_a_hundred_connections(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec(
        variables={f"v{number:04}": f"value {number}" for number in range(1000)},
        connections={f"c{number:03}": {"conn_type": "http", "host": f"h{number}"} for number in range(100)},
    )
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.json["converged"] is True
    assert [one.path for one in proxy.writes] == ["/connections", "/variables", "/variables"]
    # The lock and its release besides; the ledger goes along with the last of the variables.
    assert len(proxy.all_writes) == 5
    # It is looked at once a second before a write, before the ledger is written, and at its release.
    assert 2 <= proxy.count("GET", "/connections/envctl.lock") <= 5
    assert proxy.count("POST", "/auth/token") == 1
    assert len(api.all("variables")) == 1005

    proxy.calm()
    done = envctl.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["summary"]["in_sync"] == 1100
    # 1,005 variables and 102 connections are there, and the ledger among the variables and by itself.
    assert proxy.count("GET", "/variables") == 11
    assert proxy.count("GET", "/connections") == 2
    assert proxy.count("GET", "/version") == 1
    assert proxy.count("POST", "/auth/token") == 1
    assert len(proxy.seen) == 16


def test_five_thousand_objects_in_a_ledger(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """It is one Variable under a megabyte, and comes with the others; one request foretells what it says."""
    spec = {"variables": {f"team_{number:05}/setting": f"value {number}" for number in range(5000)}}
    tree.spec(spec)
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    ledgers = [item for name, item in api.everything("variables").items() if name.startswith("envctl.")]
    assert len(ledgers) == 1
    assert len(ledgers[0]["value"]) < 1_000_000
    assert len(api.ledger().entries) == 5000

    proxy.calm()
    done = envctl.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 5000), done.said
    # 5,006 variables: 51 pages; the version, the login, and the ledger.
    assert proxy.count("GET", "/variables") == 51
    assert sorted(one.path for one in proxy.seen if one.path != "/variables") == [
        "/auth/token",
        "/variables/envctl.ledger.default",
        "/version",
    ]


def test_many_writes_of_single_objects_are_not_doubled_by_looks_at_the_lock(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """A variable whose description is left alone needs a request of its own; a look is good for a second."""
    entries = ", ".join(f"v{number:03}: {{value: new, description: !unmanaged }}" for number in range(100))
    tree.spec(f"variables: {{{entries}}}")
    for number in range(100):
        api.set_variable(f"v{number:03}", "old", "theirs")
    began = time.monotonic()
    done = envctl.json("apply", "dev", "--max-changes", "100")
    seconds = time.monotonic() - began
    assert done.code == 0, done.said
    assert proxy.count("PATCH", "/variables/v.*") == 100
    # Besides once a second, before the ledger is written and at its release.
    assert proxy.count("GET", "/connections/envctl.lock") <= seconds + 2


def offsets(proxy: Proxy) -> list[tuple[int, int]]:
    """Give offset and limit of the pages of variables that were asked for, in that order."""
    pages = [re.search(r"limit=(\d+)&offset=(\d+)", one.query) for one in proxy.matching("GET", "/variables")]
    return [(int(found[2]), int(found[1])) for found in pages if found]


def test_pages_of_a_far_server_are_asked_for_before_it_says_how_many_there_are(
    envctl: Envctl, tree: Tree, proxy: Proxy
) -> None:
    """As many as go at once, and no more than the spec lets expect."""
    tree.spec(variables={f"v{number:03}": "x" for number in range(350)})
    proxy.on("GET", "/version", delay(0.5))
    proxy.on("GET", "/variables", delay(0.3), nth=range(1, 5))
    assert envctl("diff", "dev").code == 2
    assert sorted(offsets(proxy)) == [(0, 100), (100, 100), (200, 100), (300, 100)]
    first, *others = (one.at for one in proxy.matching("GET", "/variables"))
    assert max(others) - first < 0.25
    proxy.calm()
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    proxy.on("GET", "/version", delay(0.5))
    assert envctl.json("diff", "dev").json["summary"]["in_sync"] == 350
    assert sorted(offsets(proxy)) == [(0, 100), (100, 100), (200, 100), (300, 100)]


def test_connections_to_a_far_server_are_opened_while_the_login_is_under_way(
    envctl: Envctl, tree: Tree, proxy: Proxy
) -> None:
    """One for each page that goes at once."""

    def log_in(exchange: Exchange) -> Answer:
        wait(lambda: proxy.connections >= 5, "further connections")
        return exchange.forward()

    tree.spec(variables={f"v{number:03}": "x" for number in range(350)})
    proxy.on("GET", "/version", delay(0.5))
    proxy.on("POST", "/auth/token", log_in)
    assert envctl("diff", "dev").code == 2
    assert proxy.count("GET", "/variables") == 4
    assert proxy.connections == 5


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_connections_are_opened_than_requests_may_go_at_once(
    most: int, envctl: Envctl, tree: Tree, proxy: Proxy
) -> None:
    envctl.settings["ENVCTL_CONCURRENCY"] = str(most)
    tree.spec(variables={f"v{number:03}": "x" for number in range(350)})
    proxy.on("GET", "/version", delay(0.5))
    assert envctl("diff", "dev").code == 2
    assert proxy.connections == most


def test_a_server_that_gives_less_at_a_time_than_is_asked_for(
    envctl: Envctl, tree: Tree, proxy: Proxy
) -> None:
    def shrink(exchange: Exchange) -> Answer:
        exchange.target = exchange.target.replace("limit=100", "limit=60")
        return exchange.forward()

    tree.spec(variables={f"v{number:03}": "x" for number in range(350)})
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    proxy.on("GET", "/version", delay(0.5))
    proxy.on("GET", "/variables", shrink)
    assert envctl.json("diff", "dev").json["summary"]["in_sync"] == 350
    asked = offsets(proxy)
    assert sorted(asked[:4]) == [(0, 100), (100, 100), (200, 100), (300, 100)]
    assert sorted(asked[4:]) == [(60, 60), (120, 60), (180, 60), (240, 60), (300, 60)]
