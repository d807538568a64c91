"""Logins that may not see everything: what they may is compared, and the missing right is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


@pytest.fixture
def viewer(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server, api: Api) -> Envctl:
    """The login of the simple auth manager's viewer: no variables, no connections, all else."""
    del api
    login = {"method": "password", "username": "viewer", "password": "${AIRFLOW_PASSWORD}"}
    tree.environment("dev", proxy.url, auth=login)
    envctl.secrets["AIRFLOW_PASSWORD"] = server.sandbox.password_of("viewer")
    return envctl


def test_the_other_kinds_still_work(viewer: Envctl, tree: Tree) -> None:
    tree.spec(pools={"p": {"slots": 1}}, connections={"c": {"conn_type": "http"}})
    done = viewer("diff", "dev", "--format", "json")
    assert done.code == 1, done.said
    assert [one["address"] for one in done.json["changes"]] == ["pool/p"]
    assert done.json["not_compared"] == ["connections"]
    errors = [one for one in done.json["diagnostics"] if one["severity"] == "error"]
    (error,) = errors
    assert error["message"].startswith("connections: not compared, the login may not read connections on")
    assert error["hint"] == "give the login's role the right to read connections"
    done = viewer("diff", "dev", "--quiet", verbose=False)
    assert "connections: not compared" in done.err
    assert "not compared: connections" in done.out
    assert "+ p" in done.out
    done = viewer("status", "dev", verbose=False)
    assert done.code == 1
    assert "connections not compared" in done.out


def test_nothing_is_saved_nor_applied_by_halves(viewer: Envctl, tree: Tree, api: Api) -> None:
    tree.spec(pools={"p": {"slots": 1}}, connections={"c": {"conn_type": "http"}})
    done = viewer("plan", "dev", "--out", "p.plan")
    assert done.code == 1
    assert "no plan was saved, since connections cannot be read" in done.err
    done = viewer("apply", "dev")
    assert done.code == 1, done.said
    assert "the login may not lock it" in done.err
    assert "p" not in api.all("pools")


def test_what_can_only_be_observed_is_no_failure(viewer: Envctl, tree: Tree) -> None:
    """The viewer may read configuration here; roles are nobody's with this auth manager."""
    tree.spec(
        config={"core": {"parallelism": 32}},
        roles={"r": {"permissions": {"DAGs": ["can_read"]}}},
        users={"ana": {"roles": ["r"]}},
    )
    done = viewer("diff", "dev", "--format", "json")
    assert done.code == 0, done.said
    assert done.json["not_compared"] == ["roles", "users"]
    kept = [one for one in done.json["diagnostics"] if "kept by the FAB auth manager" in (one["hint"] or "")]
    assert len(kept) == 2
    assert {one["severity"] for one in kept} == {"warning"}
