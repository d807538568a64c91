"""Logins that really run out: an Airflow whose tokens live for two seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from envctl.sandbox import SandboxSpec, start
from tests.server.faults import before
from tests.server.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.sandbox import Sandbox
    from tests.server.envctl import Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

LIFETIME = 2


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Sandbox]:
    environment = {
        "AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": str(LIFETIME),
        "AIRFLOW__API_AUTH__JWT_LEEWAY": "0",
        "AIRFLOW__API__MAXIMUM_PAGE_LIMIT": "20",
    }
    with start(
        SandboxSpec(name="forgetful", environment=environment, base=tmp_path / "sandboxes")
    ) as sandbox:
        yield sandbox


def test_tokens_run_out_in_the_middle(envctl: Envctl, tree: Tree, forgetful: Sandbox) -> None:
    """Of an apply with writes before and after; and pages as short as a site may want them."""
    envctl.secrets["AIRFLOW_PASSWORD"] = forgetful.password
    with Proxy(forgetful.url) as proxy:
        tree.environment("dev", proxy.url)
        tree.spec(
            variables={f"v{number}": "1" for number in range(90)},
            connections={"c": {"conn_type": "http"}},
        )
        proxy.on("PATCH", "/variables", before(lambda: time.sleep(LIFETIME + 0.5)), nth={1})
        proxy.on("GET", "/variables", before(lambda: time.sleep(LIFETIME + 0.5)), nth={4})
        done = envctl.json("apply", "dev")
        assert done.code == 0, done.said
        assert done.json["converged"] is True
        assert [one.status for one in proxy.matching("PATCH", "/connections")] == [200]
        assert [one.status for one in proxy.matching("PATCH", "/variables")] == [401, 200]
        pages = [one.status for one in proxy.matching("GET", "/variables")]
        # Nothing at first, and no ledger under the lock; then five pages of 20, of which one came too late
        # and was asked for again.
        assert sorted(map(str, pages)) == ["200"] * 7 + ["401"]
        assert proxy.count("POST", "/auth/token") == 3
        envctl.canaries |= proxy.tokens
        assert envctl("diff", "dev").code == 0
