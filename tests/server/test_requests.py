"""Must-show 4: how many requests it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
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
    assert proxy.count("POST", "/auth/token") == 1
    assert len(api.all("variables")) == 1005

    proxy.calm()
    done = envctl.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["summary"]["in_sync"] == 1100
    # 1,005 variables and 102 connections are there.
    assert proxy.count("GET", "/variables") == 11
    assert proxy.count("GET", "/connections") == 2
    assert proxy.count("GET", "/version") == 1
    assert proxy.count("POST", "/auth/token") == 1
    assert len(proxy.seen) == 15
