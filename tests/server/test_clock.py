"""The runner's clock may be wrong: what counts is the server's, which its answers tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.server.test_lock import LOCK, locks, put_lock

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = [pytest.mark.server, pytest.mark.parametrize("hours", [-1, 1])]


def test_a_lock_expires_by_the_servers_clock(
    hours: int, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec(variables={"a": "1"})
    proxy.skew = hours * 3600
    put_lock(api, seconds=proxy.skew + 30)
    assert envctl("apply", "dev").code == 4
    api.delete("connections", LOCK)
    put_lock(api, seconds=proxy.skew - 30)
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert locks(api) == set()


def test_the_ledger_has_the_servers_time(hours: int, envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"}, connections={"c": {"conn_type": "http", "password": "${PW}"}})
    envctl.secrets["PW"] = "clock-password-19f"
    proxy.skew = hours * 3600
    assert envctl("apply", "dev").code == 0
    done = envctl.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 2), done.said
    told = datetime.fromisoformat(done.json["ledger"]["time"])
    assert abs(told - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=2)
