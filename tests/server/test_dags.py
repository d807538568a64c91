"""Pause states: by id and by glob, DAGs that come, go, or never were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

IDS = ("score_eu", "score_us", "train", "late_one")
FILE = """
from datetime import datetime
from airflow import DAG
for one in {ids!r}:
    globals()[one] = DAG(one, schedule=None, start_date=datetime(2024, 1, 1))
"""


@pytest.fixture(scope="module")
def deployed(server: Server) -> Iterator[Server]:
    """The shared Airflow with DAGs, all paused as Airflow makes them."""
    file = server.sandbox.dags_folder / "many.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(FILE.format(ids=IDS))
    server.sandbox.run_airflow("dags", "reserialize")
    yield server
    file.unlink()
    for one in server.api.call("GET", "/dags")["dags"]:
        server.api.call("DELETE", f"/dags/{one['dag_id']}")


@pytest.fixture
def paused(deployed: Server, api: Api) -> Api:
    for one in IDS:
        pause(api, one, paused=True)
    return api


def pause(api: Api, dag_id: str, *, paused: bool) -> None:
    api.call("PATCH", f"/dags/{dag_id}", {"is_paused": paused})


def states(api: Api) -> dict[str, bool]:
    return {one["dag_id"]: one["is_paused"] for one in api.call("GET", "/dags")["dags"]}


def changes(report: dict[str, Any]) -> list[str]:
    return [f"{one['action']} {one['reason']} {one['address']}" for one in report["changes"]]


def test_globs_ids_and_a_default(envctl: Envctl, tree: Tree, paused: Api, proxy: Proxy) -> None:
    tree.spec('dags: {"score_*": {paused: false}, "*": {paused: true}, train: {paused: false}}')
    done = envctl("diff", "dev", "--format", "json")
    assert done.code == 2, done.said
    assert sorted(changes(done.json)) == [
        "adopt adopt dag/late_one",
        "update adopt dag/score_eu",
        "update adopt dag/score_us",
        "update adopt dag/train",
    ]
    sources = {one["address"]: one["source"] for one in done.json["changes"]}
    assert sources["dag/score_eu"].endswith("dev/spec.yaml:1:8")
    done = envctl("apply", "dev", "--format", "json")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert states(paused) == {"score_eu": False, "score_us": False, "train": False, "late_one": True}
    assert envctl("diff", "dev").code == 0
    proxy.seen.clear()
    assert envctl("apply", "dev").code == 0
    assert not [one for one in proxy.seen if one.method in ("PATCH", "DELETE")]


def test_a_command_on_the_server_is_told(envctl: Envctl, tree: Tree, paused: Api, deployed: Server) -> None:
    del paused
    tree.spec("dags: {train: {paused: false}}")
    assert envctl("apply", "dev").code == 0
    deployed.sandbox.run_airflow("dags", "pause", "train", "--yes")
    done = envctl("diff", "dev", "--format", "json")
    (change,) = done.json["changes"]
    assert (change["reason"], change["by"]["actor"].partition(" ")[2]) == ("drift", "(command line)")


def test_drift_is_told_with_its_actor(envctl: Envctl, tree: Tree, paused: Api) -> None:
    tree.spec("dags: {train: {paused: false}}")
    assert envctl("apply", "dev").code == 0
    pause(paused, "train", paused=True)
    done = envctl("diff", "dev", "--format", "json")
    (change,) = done.json["changes"]
    assert (change["reason"], change["by"]["actor"]) == ("drift", "admin")
    assert change["fields"] == [{"path": "paused", "verdict": "different", "live": True, "desired": False}]


def test_what_the_spec_is_silent_about_is_left_alone(envctl: Envctl, tree: Tree, paused: Api) -> None:
    tree.spec("dags: {train: {paused: false}, score_eu: {paused: false}}")
    assert envctl("apply", "dev").code == 0
    tree.spec("dags: {train: {paused: false}}")
    for arguments in (("apply", "dev"), ("apply", "dev", "--prune", "--allow-empty")):
        done = envctl(*arguments)
        assert done.code == 0, done.said
    assert states(paused)["score_eu"] is False
    assert "dag/score_eu" not in {str(one) for one in paused.ledger().entries}
    done = envctl("diff", "dev", "--format", "json")
    assert "dag/score_eu" in done.json["unmanaged"]


def test_an_unknown_id_is_a_mistake(envctl: Envctl, tree: Tree, paused: Api, proxy: Proxy) -> None:
    tree.spec("dags:\n  train: {paused: false}\n  scroe_eu: {paused: false}\nvariables: {x: '1'}\n")
    proxy.seen.clear()
    for command in ("diff", "apply"):
        done = envctl(command, "dev")
        assert done.code == 1
        assert "dev/spec.yaml:3:3: dag 'scroe_eu': the instance has none of this name" in done.err
        assert "did you mean 'score_eu'?" in done.err
    assert {one.method for one in proxy.seen} <= {"GET", "POST"}
    assert states(paused)["train"] is True
    tree.spec('dags: {"scroe_e*": {paused: false}}')
    assert envctl("diff", "dev").code == 0


def test_a_dag_that_vanished_is_no_error(envctl: Envctl, tree: Tree, paused: Api, deployed: Server) -> None:
    tree.spec("dags: {late_one: {paused: false}, train: {paused: false}}")
    assert envctl("apply", "dev").code == 0
    paused.call("DELETE", "/dags/late_one")
    try:
        for command in ("diff", "apply", "diff"):
            done = envctl(command, "dev")
            assert done.code == 0, done.said
            assert "dag 'late_one' was applied here once, and is no longer there" in done.err
    finally:
        deployed.sandbox.run_airflow("dags", "reserialize")
    done = envctl("diff", "dev", "--format", "json")
    assert changes(done.json) == ["update deleted_outside dag/late_one"] or done.code == 2, done.said
    assert envctl("apply", "dev").code == 0
    assert states(paused)["late_one"] is False


def test_new_dags_that_match_are_covered(envctl: Envctl, tree: Tree, paused: Api, deployed: Server) -> None:
    tree.spec('dags: {"*": {paused: false}}')
    paused.call("DELETE", "/dags/score_us")
    try:
        assert envctl("apply", "dev").code == 0
    finally:
        deployed.sandbox.run_airflow("dags", "reserialize")
    done = envctl("diff", "dev", "--format", "json")
    assert [one["address"] for one in done.json["changes"]] == ["dag/score_us"]
    assert envctl("apply", "dev").code == 0
    assert not any(states(paused).values())


def test_a_saved_plan_has_them_one_by_one(envctl: Envctl, tree: Tree, paused: Api, deployed: Server) -> None:
    """Whatever comes between plan and apply, and matches too, is left for the next one, --strict or not."""
    tree.spec('dags: {"score_*": {paused: false}}')
    paused.call("DELETE", "/dags/score_us")
    try:
        assert envctl("plan", "dev", "--out", "p.plan").code == 2
    finally:
        deployed.sandbox.run_airflow("dags", "reserialize")
    done = envctl("apply", "dev", "--plan", "p.plan", "--strict", "--format", "json")
    assert done.code == 0, done.said
    assert [one["address"] for one in done.json["changes"]] == ["dag/score_eu"]
    assert [one["address"] for one in done.json["left_out"]] == ["dag/score_us"]
    assert (states(paused)["score_eu"], states(paused)["score_us"]) == (False, True)
