"""What is otherwise on Airflow 3.1, as docs/reference/airflow-versions.md tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.sandbox import SandboxSpec, start
from tests.server.api import Api
from tests.server.envctl import Envctl
from tests.server.proxy import Proxy
from tests.server.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.sandbox import Sandbox

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    spec = SandboxSpec(name="versions", version="3.1.8", base=tmp_path_factory.mktemp("airflow-3.1.8"))
    with start(spec) as found:
        yield found


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[Proxy]:
    with Proxy(sandbox.url) as found:
        yield found


@pytest.fixture
def tree(tmp_path: Path, proxy: Proxy) -> Tree:
    return Tree(tmp_path, proxy.url)


@pytest.fixture
def envctl(tmp_path: Path, sandbox: Sandbox, proxy: Proxy) -> Envctl:
    runner = Envctl(tmp_path, lambda: proxy.tokens)
    runner.secrets["AIRFLOW_PASSWORD"] = sandbox.password
    return runner


def test_a_pools_description_is_taken_away(
    envctl: Envctl, tree: Tree, proxy: Proxy, sandbox: Sandbox
) -> None:
    """A bulk update would keep it: that pool has a request of its own, the others have one together."""
    api = Api(sandbox.url, "admin", sandbox.password)
    tree.spec(pools={"told": {"slots": 1, "description": "d"}, "other": {"slots": 1, "description": "stays"}})
    assert envctl.json("apply", "dev").code == 0
    tree.spec(pools={"told": {"slots": 2}, "other": {"slots": 2, "description": "stays"}})
    proxy.calm()
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert (api.pool("told")["description"] or "", api.pool("told")["slots"]) == ("", 2)
    paths = [one.path.partition("?")[0] for one in proxy.all_writes if "/pools" in one.path]
    assert sorted(paths) == ["/pools", "/pools/told"]


def test_a_team_is_left_out(envctl: Envctl, tree: Tree) -> None:
    tree.spec(variables={"x": {"value": "1", "team": "blue"}})
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    (warning,) = [one["message"] for one in done.json["diagnostics"] if "team" in one["message"]]
    assert "team is left out, which came with Airflow 3.2" in warning


def test_secret_options_are_answered_in_clear_and_never_shown(
    envctl: Envctl, tree: Tree, sandbox: Sandbox
) -> None:
    sections = Api(sandbox.url, "admin", sandbox.password).call("GET", "/config")["sections"]
    told = {(one["name"], option["key"]): option["value"] for one in sections for option in one["options"]}
    clear = {told["database", "sql_alchemy_conn"], told["core", "fernet_key"]} - {""}
    assert clear
    assert "< hidden >" not in clear
    envctl.canaries.update(clear)
    envctl.secrets |= {"DB_URL": "postgres://u:canary-of-ours-3@h/db"}
    option = {"sql_alchemy_conn": "${DB_URL}"}
    tree.spec(config={"core": {"parallelism": 64, "fernet_key": "${DB_URL}"}, "database": option})
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    envctl("diff", "dev")
    assert [one["address"] for one in done.json["unverifiable"]] == ["config/database"]
