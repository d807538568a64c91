"""Instances that several teams share: whose a variable, a connection or a pool is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.sandbox import SandboxSpec, start
from tests.server.api import Api
from tests.server.envctl import Envctl
from tests.server.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.sandbox import Sandbox

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    spec = SandboxSpec(
        name="teams",
        environment={"AIRFLOW__CORE__MULTI_TEAM": "True"},
        base=tmp_path_factory.mktemp("sandboxes"),
    )
    with start(spec) as sandbox:
        for team in ("red", "blue"):
            sandbox.run_airflow("teams", "create", team)
        yield sandbox


def teams(api: Api) -> dict[str, str | None]:
    return {
        name: item["team_name"]
        for section in ("variables", "connections", "pools")
        for name, item in api.all(section).items()
        if name != "default_pool"
    }


def test_teams(shared: Sandbox, tmp_path: Path) -> None:
    api = Api(shared.url, "admin", shared.password)
    tree, envctl = Tree(tmp_path, shared.url), Envctl(tmp_path, lambda: {api.token})
    envctl.secrets["AIRFLOW_PASSWORD"] = shared.password
    envctl.secrets["PW"] = "teams-password-41"

    def wish(team: str) -> None:
        tree.spec(
            variables={"v": {"value": "1", "team": team}, "w": {"value": {"a": 1}}},
            connections={"c": {"conn_type": "http", "password": "${PW}", "team": team}},
            pools={"p": {"slots": 1, "team": team}},
        )

    for team in ("red", "blue"):
        wish(team)
        done = envctl("apply", "dev", "--format", "json")
        assert (done.code, done.json["converged"]) == (0, True), done.said
        assert teams(api) == {"v": team, "w": None, "c": team, "p": team}
        done = envctl("diff", "dev", "--format", "json")
        assert (done.code, done.json["unverifiable"]) == (0, []), done.said

    # What a spec says nothing of stays as it is, though all else is written.
    tree.spec(variables={"v": "2", "w": {"value": {"a": 1}}}, pools={"p": {"slots": 2}})
    assert envctl("apply", "dev").code == 0
    assert teams(api) == {"v": "blue", "w": None, "c": "blue", "p": "blue"}

    api.call(
        "PATCH",
        "/pools/p?update_mask=team_name",
        {"name": "p", "slots": 2, "team_name": "red"} | {"include_deferred": False},
    )
    tree.spec(pools={"p": {"slots": 2, "team": "blue"}})
    done = envctl("diff", "dev", "--format", "json")
    (change,) = done.json["changes"]
    assert change["fields"] == [{"path": "team", "verdict": "different", "live": "red", "desired": "blue"}]

    tree.spec(variables={"n": {"value": "1", "team": "nosuch"}})
    done = envctl("apply", "dev")
    assert done.code == 5
    assert "Team 'nosuch' does not exist" in done.out
