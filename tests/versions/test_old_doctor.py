"""`envctl doctor` on Airflow 2.11: it comes to its end, and each row says something of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.envctl import Done
    from tests.versions.conftest import Place

pytestmark = pytest.mark.server

SPEC = """
roles: {ml_reader: {permissions: {Variables: [can_read]}}}
users: {viewer: {roles: [Viewer]}}
dags: {"*": {paused: true}}
config: {core: {parallelism: 32}}
"""
RIGHTS = ("variables", "connections", "pools", "dags", "roles", "users", "config")


def rows(done: Done) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in done.json["checks"]}


def test_it_comes_to_its_end(old: Place) -> None:
    old.write(SPEC)
    assert old.json("apply", "dev").code == 0
    done = old.json("doctor", "dev")
    found = rows(done)
    assert (done.code, [one for one in found.values() if one["state"] == "problem"]) == (0, []), done.said
    assert not [one for one in found.values() if "fell over" in one["found"]]
    assert found["version"]["found"] == "Airflow 2.11.2, asked over its API v1; tested"
    assert found["login"]["found"].startswith("accepted, user admin")
    assert {f"rights_{section}" for section in RIGHTS} <= set(found)
    for section in ("variables", "connections", "pools", "roles"):
        assert found[f"rights_{section}"]["found"].startswith("may read, create, update and delete"), found
    assert found["ledger"]["found"].startswith("owner default, apply #")
    assert found["event_log"]["state"] == "ok"
    assert found["lock"]["found"] == "free"


def test_a_login_with_few_rights_is_told_which_it_lacks(old: Place) -> None:
    old.write(SPEC)
    old.log_in_as("viewer")
    done = old.json("doctor", "dev")
    found = rows(done)
    assert (done.code, found["login"]["state"]) == (1, "ok"), done.said
    for section in ("variables", "connections", "roles", "users"):
        row = found[f"rights_{section}"]
        assert (row["state"], row["found"].startswith("may not read")) == ("problem", True), row
        assert "give the login's role the right to" in row["advice"]
    assert found["rights_pools"]["found"].startswith("may read; may not create, update or delete")
    assert found["event_log"]["state"] == "warning"


def test_a_wrong_password_is_told_of_the_login(old: Place) -> None:
    old.envctl.secrets["AIRFLOW_DEV_PASSWORD"] = "wrong-password-4"
    done = old.json("doctor", "dev")
    found = rows(done)
    assert (done.code, found["reach"]["state"], found["login"]["state"]) == (1, "ok", "problem"), done.said
    assert found["rights_variables"]["state"] == found["lock"]["state"] == "skipped"
