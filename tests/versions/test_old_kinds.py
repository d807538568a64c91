"""Roles, users, pause states and airflow.cfg on Airflow 2.11, where the API says and takes less."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.versions.conftest import Place

pytestmark = pytest.mark.server

READS = {"Variables": ["can_read"], "Pools": ["can_read"]}


@pytest.fixture
def bare(old: Place) -> Iterator[Place]:
    """The Airflow 2.11 with a spec of nothing but what the test writes; roles and users as they were."""
    before = user(old, "viewer")
    for file in (old.folder / "environments").rglob("*.yaml"):
        if file.name != "environment.yaml":
            file.unlink()
    yield old
    for role in roles(old):
        if role.startswith("ml_"):
            old.api.call("DELETE", f"/roles/{role}")
    given = {name: before[name] for name in ("username", "email", "first_name", "last_name", "roles")}
    old.api.call("PATCH", "/users/viewer?update_mask=roles", given)


def roles(place: Place) -> dict[str, set[tuple[str, str]]]:
    return {
        one["name"]: {(pair["resource"]["name"], pair["action"]["name"]) for pair in one["actions"]}
        for one in place.api.call("GET", "/roles?limit=100")["roles"]
    }


def user(place: Place, name: str) -> dict[str, Any]:
    return dict(place.api.call("GET", f"/users/{name}"))


def configuration(place: Place) -> dict[tuple[str, str], str]:
    """Give what Airflow answers of airflow.cfg; as text, unless it is asked for JSON."""
    url = f"{place.server.sandbox.url}/api/v1/config"
    headers = {"Authorization": place.api.authorization, "Accept": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        sections = json.load(answer)["sections"]
    return {(one["name"], option["key"]): option["value"] for one in sections for option in one["options"]}


def test_a_role_is_made_and_added_to(bare: Place) -> None:
    bare.write(f"roles: {{ml_reader: {{permissions: {READS}}}}}")
    done = bare.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert roles(bare)["ml_reader"] == {("Variables", "can_read"), ("Pools", "can_read")}
    more = {**READS, "Variables": ["can_read", "can_edit"]}
    bare.write(f"roles: {{ml_reader: {{permissions: {more}}}}}")
    done = bare.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert ("Variables", "can_edit") in roles(bare)["ml_reader"]
    assert bare.json("diff", "dev").code == 0


def test_a_permission_cannot_be_taken_away(bare: Place) -> None:
    bare.write(f"roles: {{ml_reader: {{permissions: {READS}}}}}")
    assert bare.json("apply", "dev").code == 0
    bare.write("roles: {ml_reader: {permissions: {Variables: [can_read]}}}")
    for command in ("diff", "apply"):
        done = bare.json(command, "dev")
        assert done.code == {"diff": 2, "apply": 5}[command], done.said
        assert "only adds to a role" in done.changes["role/ml_reader"]["blocked"]
    assert ("Pools", "can_read") in roles(bare)["ml_reader"]


def test_a_users_roles_are_set_and_nothing_else(bare: Place) -> None:
    before = user(bare, "viewer")
    bare.write(
        f"roles: {{ml_reader: {{permissions: {READS}}}}}\nusers: {{viewer: {{roles: [Viewer, ml_reader]}}}}"
    )
    done = bare.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    after = user(bare, "viewer")
    assert {one["name"] for one in after["roles"]} == {"Viewer", "ml_reader"}
    for name in ("username", "email", "first_name", "last_name", "active"):
        assert after[name] == before[name]
    bare.write("users: {viewer: {roles: [ml_reader]}}")
    assert bare.json("apply", "dev", "--allow-empty").code == 0
    assert [one["name"] for one in user(bare, "viewer")["roles"]] == ["ml_reader"]


def test_a_role_that_is_deleted_is_taken_from_its_users(bare: Place) -> None:
    bare.write(f"roles: {{ml_reader: {{permissions: {READS}}}}}\nusers: {{viewer: {{roles: [ml_reader]}}}}")
    assert bare.json("apply", "dev").code == 0
    bare.write("roles: {}")
    done = bare.json("apply", "dev", "--allow-empty")
    assert done.code == 0, done.said
    assert "ml_reader" not in roles(bare)
    assert user(bare, "viewer")["roles"] == []


def test_pause_states(bare: Place, dags: None) -> None:
    del dags
    bare.write('dags: {"*": {paused: false}, score: {paused: true}}')
    done = bare.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    found = bare.api.call("GET", "/dags")["dags"]
    assert {one["dag_id"]: one["is_paused"] for one in found} == {"train": False, "score": True}
    bare.api.call("PATCH", "/dags/train", {"is_paused": True})
    changes = bare.json("diff", "dev").changes
    assert {address: (one["reason"], one["by"]["actor"]) for address, one in changes.items()} == {
        "dag/train": ("drift", "admin")
    }
    assert bare.json("apply", "dev").json["converged"] is True


def test_airflow_cfg_is_compared_and_its_secrets_are_not_shown(bare: Place) -> None:
    """Airflow 2.11 answers them in clear."""
    told = configuration(bare)
    secret = [("database", "sql_alchemy_conn"), ("core", "fernet_key"), ("webserver", "secret_key")]
    clear = [told[one] for one in secret]
    assert all(clear)
    assert "< hidden >" not in clear
    bare.envctl.canaries.update(clear)
    bare.envctl.secrets |= {"DB_URL": "postgres://u:canary-of-ours-3@h/db"}
    bare.write(
        "config:\n  core: {parallelism: 64, fernet_key: '${DB_URL}'}\n"
        "  database: {sql_alchemy_conn: '${DB_URL}'}\n  webserver: {secret_key: '${DB_URL}'}\n"
    )
    done = bare.json("diff", "dev")
    assert done.code == 2, done.said
    bare.envctl("diff", "dev")
    differing = [leaf for leaf in done.changes["config/core"]["fields"] if leaf["verdict"] == "different"]
    assert [(leaf["path"], leaf["live"]) for leaf in differing] == [("parallelism", "32")]
    open_ = {one["address"]: one["fields"] for one in done.json["unverifiable"]}
    assert open_ == {"config/database": ["sql_alchemy_conn"], "config/webserver": ["secret_key"]}


def test_what_a_viewer_may_not_is_named(bare: Place) -> None:
    bare.write(
        "roles: {Viewer: {permissions: {}}}\nusers: {viewer: {roles: [Viewer]}}\n"
        "config: {core: {parallelism: 32}}\npools: {p: {slots: 1}}\n"
    )
    bare.log_in_as("viewer")
    done = bare.json("diff", "dev")
    assert done.code == 1, done.said
    assert set(done.json["not_compared"]) == {"roles", "users", "config"}
    messages = [one["message"] for one in done.json["diagnostics"]]
    for what in ("roles", "users", "sections"):
        assert any(f"the login may not read {what}" in message for message in messages), messages
    assert set(done.changes) == {"pool/p"}


def test_a_team_is_left_out(bare: Place) -> None:
    bare.write("variables: {x: {value: '1', team: blue}}")
    done = bare.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    (warning,) = [one["message"] for one in done.json["diagnostics"] if "team" in one["message"]]
    assert "team is left out, which came with Airflow 3.2" in warning
