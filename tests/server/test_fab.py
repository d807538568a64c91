"""An Airflow 3 with the FAB auth manager: its login, its roles and users, and logins with few rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

READS = {"Variables": ["can_read"], "Connections": ["can_read"], "Pools": ["can_read"], "DAGs": ["can_read"]}
AUDIT = {"Audit Logs": ["can_read"], "Configurations": ["can_read"]}


@pytest.fixture(scope="module")
def fab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    spec = SandboxSpec(
        name="fab",
        auth_manager="fab",
        users={"admin": "admin", "ana": "viewer", "few": "viewer", "bob": "user"},
        base=tmp_path_factory.mktemp("sandboxes"),
    )
    with start(spec) as sandbox:
        yield sandbox


@pytest.fixture
def fab_api(fab: Sandbox) -> Api:
    return Api(fab.url, "admin", fab.password)


@pytest.fixture
def tree(tmp_path: Path, fab: Sandbox) -> Tree:
    return Tree(tmp_path, fab.url)


@pytest.fixture
def envctl(tmp_path: Path, fab: Sandbox, fab_api: Api) -> Iterator[Envctl]:
    runner = Envctl(tmp_path, lambda: {fab_api.token})
    runner.secrets["AIRFLOW_PASSWORD"] = fab.password
    yield runner
    for section in ("variables", "connections"):
        fab_api.delete(section, *fab_api.everything(section))
    fab_api.delete("pools", *(one for one in fab_api.all("pools") if one != "default_pool"))
    for name in roles(fab_api):
        if name.startswith("ml_"):
            fab_api.call("DELETE", f"/auth/fab/v1/roles/{name}", prefix="")


def roles(api: Api) -> dict[str, Any]:
    listed = api.call("GET", "/auth/fab/v1/roles?limit=100", prefix="")["roles"]
    return {one["name"]: one for one in listed}


def permissions(api: Api, role: str) -> set[tuple[str, str]]:
    return {(one["resource"]["name"], one["action"]["name"]) for one in roles(api)[role]["actions"]}


def roles_of(api: Api, user: str) -> set[str]:
    content = api.call("GET", f"/auth/fab/v1/users/{user}", prefix="")
    return {one["name"] for one in content["roles"]}


def login_as(tree: Tree, envctl: Envctl, fab: Sandbox, user: str) -> None:
    auth = {"method": "password", "username": user, "password": "${AIRFLOW_PASSWORD}"}
    tree.environment("dev", fab.url, auth=auth)
    envctl.secrets["AIRFLOW_PASSWORD"] = fab.password_of(user)


def test_roles_and_users(envctl: Envctl, tree: Tree, fab_api: Api) -> None:
    """Made, given, changed both ways, drifted, taken away: and nobody's password, name or address changes."""
    before = fab_api.call("GET", "/auth/fab/v1/users/ana", prefix="")
    tree.spec(
        roles={"ml_engineer": {"permissions": READS}}, users={"ana": {"roles": ["Viewer", "ml_engineer"]}}
    )
    done = envctl("apply", "dev", "--format", "json")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert [one["address"] for one in done.json["changes"]] == ["role/ml_engineer", "user/ana"]
    assert permissions(fab_api, "ml_engineer") == {(name, "can_read") for name in READS}
    assert roles_of(fab_api, "ana") == {"Viewer", "ml_engineer"}
    assert envctl("diff", "dev").code == 0

    less = {"Variables": ["can_read", "can_edit"], "DAGs": ["can_read"]}
    tree.spec(roles={"ml_engineer": {"permissions": less}}, users={"ana": {"roles": ["ml_engineer"]}})
    done = envctl("diff", "dev", "--format", "json")
    paths = [leaf["path"] for one in done.json["changes"] for leaf in one["fields"]]
    assert paths == [
        "permissions.Variables",
        "permissions.Connections",
        "permissions.Pools",
        "roles",
    ]
    assert envctl("apply", "dev").code == 0
    assert permissions(fab_api, "ml_engineer") == {
        ("Variables", "can_read"),
        ("Variables", "can_edit"),
        ("DAGs", "can_read"),
    }
    assert roles_of(fab_api, "ana") == {"ml_engineer"}

    fab_api.call(
        "PATCH", "/auth/fab/v1/users/ana?update_mask=roles", {"roles": [{"name": "Admin"}]}, prefix=""
    )
    done = envctl("diff", "dev", "--format", "json")
    assert [(one["address"], one["reason"]) for one in done.json["changes"]] == [("user/ana", "drift")]
    assert envctl("apply", "dev").code == 0

    tree.spec(roles={}, users={"ana": {"roles": ["Viewer"]}})
    done = envctl("apply", "dev", "--allow-empty", "--max-deletes", "1", "--format", "json")
    assert done.code == 0, done.said
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert "ml_engineer" not in roles(fab_api)
    assert {"Admin", "Op", "User", "Viewer", "Public"} <= set(roles(fab_api))
    after = fab_api.call("GET", "/auth/fab/v1/users/ana", prefix="")
    for name in ("email", "first_name", "last_name", "active", "roles"):
        assert after[name] == before[name]


def test_built_in_roles_are_never_deleted(envctl: Envctl, tree: Tree, fab_api: Api) -> None:
    tree.spec(roles={}, variables={"x": "1"})
    done = envctl("diff", "dev", "--prune", "--format", "json")
    assert not [one for one in done.json["changes"] if one["action"] == "delete"]
    assert envctl("apply", "dev", "--prune").code == 0
    assert {"Admin", "Op", "User", "Viewer", "Public"} <= set(roles(fab_api))


def test_mistakes_are_told_by_name(envctl: Envctl, tree: Tree) -> None:
    tree.spec(users={"anna": {"roles": ["Viewer"]}})
    done = envctl("diff", "dev")
    assert done.code == 1
    assert "user 'anna': the instance has none of this name" in done.err
    assert "did you mean 'ana'?" in done.err
    tree.spec(roles={"ml_x": {"permissions": {"Variables": ["can_dance"]}}})
    done = envctl("apply", "dev")
    assert done.code == 5
    assert "can_dance" in done.out


def test_a_login_that_may_only_read(envctl: Envctl, tree: Tree, fab: Sandbox, fab_api: Api) -> None:
    """diff works fully with it: values, secrets' fingerprints, who changed what, configuration."""
    envctl.secrets["PW"] = "fab-reader-password-9"
    content = {
        "variables": {"x": "1", "y": {"value": {"a": 1}}},
        "connections": {"c": {"conn_type": "http", "password": "${PW}"}},
        "pools": {"p": {"slots": 1}},
        "config": {"core": {"parallelism": "32"}},
        "roles": {"ml_reader": {"permissions": {**READS, **AUDIT}}},
        "users": {"ana": {"roles": ["ml_reader"]}},
    }
    tree.spec(content)
    assert envctl("apply", "dev").code == 0
    fab_api.set_variable("x", "2")
    login_as(tree, envctl, fab, "ana")
    tree.spec({key: value for key, value in content.items() if key not in ("roles", "users")})
    done = envctl("diff", "dev", "--format", "json")
    assert done.code == 2, done.said
    assert [(one["address"], one["reason"], one["by"]["actor"]) for one in done.json["changes"]] == [
        ("variable/x", "drift", "admin")
    ]
    assert (done.json["not_compared"], done.json["unverifiable"]) == ([], [])
    done = envctl("apply", "dev")
    assert done.code == 1
    assert "the login may not lock it" in done.err
    assert fab_api.value("x") == "2"


def test_a_login_that_may_not_see_connections(envctl: Envctl, tree: Tree, fab: Sandbox, fab_api: Api) -> None:
    del fab_api
    seen = {name: actions for name, actions in READS.items() if name != "Connections"}
    tree.spec(roles={"ml_few": {"permissions": seen}}, users={"few": {"roles": ["ml_few"]}})
    assert envctl("apply", "dev").code == 0
    login_as(tree, envctl, fab, "few")
    tree.spec(
        variables={"x": "1"},
        connections={"c": {"conn_type": "http"}},
        pools={"p": {"slots": 1}},
        roles={"ml_few": {"permissions": seen}},
    )
    done = envctl("diff", "dev", "--format", "json")
    assert done.code == 1, done.said
    assert [one["address"] for one in done.json["changes"]] == ["pool/p", "variable/x"]
    assert done.json["not_compared"] == ["connections", "roles"]
    messages = [one["message"] for one in done.json["diagnostics"] if one["severity"] == "error"]
    assert [one.partition(" on ")[0] for one in messages] == [
        "connections: not compared, the login may not read connections",
        "roles: not compared, the login may not read roles",
    ]
