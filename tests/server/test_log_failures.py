"""An event log that cannot be read fails no command: what it would have told is told to be unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.faults import answer, page

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.faults import Fault
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

LOG = "/eventLogs"
FORBIDDEN = "the login may not read Airflow's event log"
SPEC = """
variables: {a: "1"}
connections: {db: {conn_type: postgres, host: h, password: "${PW}"}}
"""
FAULTS = [
    pytest.param(answer(403, "no"), FORBIDDEN, id="forbidden"),
    pytest.param(answer(500, "log table"), "answers 500: log table", id="error"),
    pytest.param(page(), "not with JSON", id="page"),
]


@pytest.fixture
def applied(envctl: Envctl, tree: Tree, proxy: Proxy) -> Envctl:
    envctl.settings["ENVCTL_RETRIES"] = "0"
    envctl.secrets |= {
        "PW": "log-failure-password-3",
        "ENVCTL_FINGERPRINT_KEY": "log-failure-key-18-0123456789abcdef",
    }
    tree.spec(SPEC)
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    return envctl


@pytest.mark.parametrize(("fault", "why"), FAULTS)
def test_a_diff_steps_back(fault: Fault, why: str, applied: Envctl, proxy: Proxy, api: Api) -> None:
    proxy.on("GET", LOG, fault)
    done = applied.json("diff", "dev")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    (one,) = done.json["unverifiable"]
    assert one["address"] == "connection/db"
    assert why in one["why"]
    api.set_variable("a", "2")
    done = applied.json("diff", "dev")
    assert done.code == 2, done.said
    assert done.changes["variable/a"]["reason"] == "drift"
    assert "by" not in done.changes["variable/a"]


@pytest.mark.parametrize(("fault", "why"), FAULTS)
def test_an_apply_writes_its_ledger(
    fault: Fault, why: str, applied: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    del why
    tree.spec(SPEC.replace("host: h", "host: moved").replace('"1"', '"2"'))
    proxy.on("GET", LOG, fault)
    done = applied.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert (api.ledger().serial, api.ledger().seen) == (2, None)
    proxy.calm()
    done = applied.json("diff", "dev")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert "the last apply could not read Airflow's event log" in done.json["unverifiable"][0]["why"]


def test_a_log_that_breaks_in_the_middle(applied: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """All changes are made by then: a ledger that is not written would forget them."""
    tree.spec(SPEC.replace("host: h", "host: moved"))
    proxy.on("GET", LOG, answer(500), nth=range(5, 99))
    asked = "GET", LOG
    done = applied.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert proxy.count(*asked) >= 5
    assert (api.ledger().serial, api.ledger().seen) == (2, None)


def test_applying_twice_writes_nothing_the_second_time(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """Not for a login without the right either, and the reason stays the true one."""
    envctl.secrets |= {
        "PW": "log-failure-password-4",
        "ENVCTL_FINGERPRINT_KEY": "log-failure-key-18-0123456789abcdef",
    }
    tree.spec(SPEC)
    proxy.on("GET", LOG, answer(403, "no"))
    assert envctl("apply", "dev").code == 0
    before = len(proxy.all_writes)
    for _ in range(2):
        done = envctl.json("apply", "dev")
        assert (done.code, done.json["changes"]) == (0, []), done.said
        assert "could not read Airflow's event log" in done.json["unverifiable"][0]["why"]
    assert (len(proxy.all_writes), api.ledger().serial) == (before, 1)
    tree.spec(SPEC.replace('"1"', '"2"'))
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    # From here on the log is read; what happened before stays unknown.
    tree.spec(SPEC.replace('"1"', '"3"'))
    assert envctl("apply", "dev").code == 0
    assert api.ledger().seen is not None
    done = envctl.json("diff", "dev")
    assert (done.code, len(done.json["unverifiable"])) == (0, 1), done.said
    assert "Airflow's event log did not tell" in done.json["unverifiable"][0]["why"]
    assert envctl("apply", "dev", "--rewrite-secrets", "*").code == 0
    assert envctl.json("diff", "dev").json["unverifiable"] == []
