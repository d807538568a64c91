"""What the doctor makes of what it was told, and what it asks with."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from envctl.airflow.logins.jwt import claims_of
from envctl.airflow.meeting import proxy_for
from envctl.airflow.peer import Peer, Tls
from envctl.airflow.version import Greeting
from envctl.doctor.chart import Chart
from envctl.doctor.configuration import backend_check, hidden_check, page_check
from envctl.doctor.records import log_check
from envctl.doctor.rights import PREFIX, new_id, rights_to
from envctl.doctor.route import is_here, reach_check, tls_check
from envctl.doctor.server import auth_manager_check, clock_check, version_check
from envctl.errors import EncryptedFileError, Forbidden
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.model.checkup import Check, Checkup, Health, fine, problem, skipped, warning
from envctl.model.event import Seen
from envctl.report.doctor_text import doctor_text
from tests.server.envctl import Envctl
from tests.server.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.kinds.kind import Kind

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


# --- asking for rights --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_nothing_that_is_asked_with_can_be_carried_out(kind: Kind) -> None:
    identifier = new_id()
    assert identifier.startswith(PREFIX)
    rights = {right.name: right.call for right in rights_to(kind, identifier)}
    wanted = {Power.OBSERVE: ["read"], Power.UPDATE: ["read", "update"]}
    assert list(rights) == wanted.get(kind.power, ["read", "create", "update", "delete"])
    for name, call in rights.items():
        assert call.base == kind.endpoint.base
        if name in ("update", "delete"):
            assert call.path == f"{kind.endpoint.path}/{identifier}"
    if "create" in rights:
        body = rights["create"].body
        assert isinstance(body, dict)
        # All that it has is an id, and a key that no version knows.
        assert set(body) <= {kind.endpoint.id_key, "envctl_doctor"}
        assert kind.endpoint.id_key not in body or kind.required


def test_where_nothing_is_logged_no_object_is_named() -> None:
    """An id might be enough for the other API to make an object."""
    away = next(kind for kind in KINDS if kind.power is Power.ALL and kind.endpoint.base is None)
    away = replace(away, endpoint=replace(away.endpoint, base="/auth/fab/v1"))
    create = next(right for right in rights_to(away, "x") if right.name == "create")
    assert create.call.body == {"envctl_doctor": True}


# --- the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_this_machine(host: str, *, here: bool) -> None:
    assert is_here(host) is here


@pytest.mark.parametrize(
    ("url", "tls", "health"),
    [
        ("http://127.0.0.1:8080", None, Health.OK),
        ("http://airflow.example.com", None, Health.WARNING),
        ("https://a", Tls("TLSv1.3", "CA", NOON + timedelta(days=31)), Health.OK),
        ("https://a", Tls("TLSv1.3", "CA", NOON + timedelta(days=29)), Health.WARNING),
        ("https://a", Tls("TLSv1.1", "CA", NOON + timedelta(days=99)), Health.WARNING),
    ],
)
def test_tls(url: str, tls: Tls | None, health: Health) -> None:
    check = tls_check(url, tls, NOON)
    assert check.health is health
    assert (check.advice is None) == (health is Health.OK)


def test_reach() -> None:
    assert (
        reach_check("https://a:1/x", Peer("10.0.0.1", 0.0123, None)).found
        == "a:1 at 10.0.0.1 answers in 12 ms"
    )
    assert reach_check("https://10.0.0.1", Peer("10.0.0.1", 2, None)).found == "10.0.0.1 answers in 2000 ms"


def test_a_proxys_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:a-password@proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example.com")
    assert proxy_for("https://airflow.example.com") == "proxy.example.com:3128"
    assert proxy_for("https://inside.example.com") is None


# --- the server ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "health"), [("2.11.2", Health.OK), ("3.3.9", Health.OK), ("4.0.0", Health.WARNING)]
)
def test_versions(version: str, health: Health) -> None:
    assert version_check(version, "v2", Greeting(version, NOON).warnings).health is health


def test_auth_managers() -> None:
    assert auth_manager_check("http://localhost", "Simple").health is Health.OK
    assert auth_manager_check("https://airflow.example.com", "Simple").health is Health.WARNING
    assert auth_manager_check("https://airflow.example.com", "FAB").health is Health.OK
    assert auth_manager_check("https://airflow.example.com", None).health is Health.OK


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (4.9, "the server's clock is ours, to a few seconds"),
        (-6, "the server's clock is 6 s behind ours"),
        (300, "the server's clock is 5 min ahead of ours"),
        (86400 * 3, "the server's clock is 3 days ahead of ours"),
    ],
)
def test_clocks(seconds: float, found: str) -> None:
    assert clock_check(NOON + timedelta(seconds=seconds), NOON).found == found


def test_claims() -> None:
    body = base64.urlsafe_b64encode(json.dumps({"sub": "ana", "exp": 1}).encode()).rstrip(b"=").decode()
    assert claims_of(f"x.{body}.z") == {"sub": "ana", "exp": 1}
    for other in ("", "opaque", "a.b.c", "a.\u2603.c", f"x.{body[:-3]}.z", "x.W10.z", "a.b", "a.b.c.d"):
        assert claims_of(other) == {}


# --- what it shows ------------------------------------------------------------------------------------


def test_page_limits() -> None:
    assert page_check({("api", "maximum_page_limit"): "1000"}, 100).found == "1000 objects in a page"
    assert page_check(None, 50).health is Health.WARNING
    assert page_check({}, 100).health is Health.OK
    assert page_check(None, None).health is Health.SKIPPED
    assert page_check({("api", "maximum_page_limit"): "0"}, None).health is Health.WARNING


def test_backends() -> None:
    vault = {("secrets", "backend"): "airflow.providers.hashicorp.secrets.vault.VaultBackend"}
    assert backend_check(vault, None).health is Health.WARNING
    assert backend_check(vault, object()).found == "VaultBackend, as the spec has it"
    assert backend_check({("secrets", "backend"): ""}, object()).health is Health.WARNING
    assert backend_check({("secrets", "backend"): ""}, None).found == "none"
    assert backend_check({}, None).health is Health.SKIPPED


def test_a_configuration_that_is_hidden_matters_where_it_is_compared() -> None:
    error = Forbidden("the administrator chose not to expose it", hint="hint")
    config = next(kind for kind in KINDS if kind.power is Power.OBSERVE)
    assert hidden_check(error, ()).health is Health.OK
    assert "expose_config" in (hidden_check(error, (config,)).advice or "")
    assert hidden_check(Forbidden("Forbidden", hint="the right"), (config,)).advice == "the right"


def test_event_logs() -> None:
    old, last = Seen(10, NOON - timedelta(days=2)), Seen(20, NOON)
    assert log_check(None, None, NOON).found == "readable, and empty"
    assert log_check(old, last, NOON).found == "readable, begins 2 days ago (2026-11-22)"
    assert log_check(last, old, NOON).health is Health.WARNING
    # A log that began anew: its ids say nothing, its times do not either when both are older.
    assert log_check(Seen(5, NOON), old, NOON).health is Health.OK


# --- the chart, and the table -------------------------------------------------------------------------


def test_a_check_that_fails_stops_no_other() -> None:
    chart = Chart()

    def falls() -> Check:
        raise ValueError("a-secret")

    def lacks() -> Check:
        raise Forbidden("may not", hint="let it")

    chart.make("one", falls)
    chart.make("two", lacks)
    chart.make("three", lambda: fine("three", "good"))
    chart.skip(("three", "four"), "why")
    assert chart.checks == [
        problem("one", "this check fell over (ValueError)", "please report it"),
        warning("two", "may not", "let it"),
        fine("three", "good"),
        skipped("four", "why"),
    ]


@pytest.mark.parametrize("width", [20, 80, 120])
def test_the_table_fits(width: int) -> None:
    words = "word " * 40
    checks = (fine("spec", words), problem("auth_manager", words, words), skipped("lock", "why"))
    lines = [line.plain for line in doctor_text(Checkup("dev", checks), width)]
    assert lines[0] == "dev"
    assert lines[-1] == "  1 problem   1 skipped   1 ok"
    assert max(map(len, lines)) <= max(width, 60)
    starts = {line.index("word") for line in lines if line.startswith(("  ok", "  problem"))}
    assert len(starts) == 1


# --- what goes wrong before anything is asked ---------------------------------------------------------


@pytest.fixture
def runner(tmp_path: Path) -> Envctl:
    tree = Tree(tmp_path, "http://127.0.0.1:9")
    auth = {"method": "mwaa", "environment": "e", "region": "eu-west-1"}
    tree.environment("dev", "https://x.example.com", auth=auth)
    tree.environment("far", "https://x.example.com", auth=auth)
    nowhere = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    found = Envctl(tmp_path, set)
    found.settings |= {**nowhere, "AWS_EC2_METADATA_DISABLED": "true"}
    return found


def test_a_login_that_cannot_be_had_is_said_of_the_login(runner: Envctl) -> None:
    done = runner.json("doctor", "dev")
    found = {one["name"]: one["state"] for one in done.json["checks"]}
    assert (done.code, found["reach"], found["login"]) == (1, "skipped", "problem"), done.said
    assert [name for name, state in found.items() if state == "problem"] == ["login"]
    assert list(found).index("clock") < list(found).index("login") < list(found).index("rights_variables")


@pytest.mark.parametrize("step", ["tree.draft", "tree.fingerprint_key", "examination.instance_settings"])
def test_no_error_ends_the_examination(step: str, runner: Envctl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EncryptedFileError("the file cannot be opened")

    monkeypatch.setattr(f"envctl.doctor.{step}", fail)
    done = runner.json("doctor")
    assert [one["environment"] for one in done.json["environments"]] == ["dev", "far"], done.said
    for one in done.json["environments"]:
        said = {check["name"]: check["found"] for check in one["checks"] if check["state"] == "problem"}
        where = "fingerprint_key" if "key" in step else "address"
        assert "the file cannot be opened" in said[where]
