"""Several environments at once, and the JSON that programs read."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from envctl.crew import ENVIRONMENTS_AT_ONCE
from tests.server.faults import answer, before

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


@pytest.fixture
def several(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> Envctl:
    """dev in sync, hidden too but for a secret, stage with something to do, gone that nobody answers for.

    The secret was there before envctl was, so that it is not known whether it is the spec's.
    """
    envctl.settings["ENVCTL_RETRIES"] = "0"
    envctl.secrets["PW"] = "status-password-31"
    envctl.canaries.add("status-found-there-31")
    api.set_connection("c", conn_type="http", password="status-found-there-31")
    with socket.create_server(("127.0.0.1", 0)) as other:
        gone = f"http://127.0.0.1:{other.getsockname()[1]}"
    for name, url in (("stage", proxy.url), ("hidden", proxy.url), ("gone", gone)):
        tree.environment(name, url, layers=["base"])
    tree.write("base/spec.yaml", {"pools": {"p": {"slots": 1}}})
    tree.environment("dev", proxy.url, layers=["base"])
    tree.write("dev/spec.yaml", {"variables": {"a": "1"}})
    tree.write("hidden/spec.yaml", "connections: {c: {conn_type: http, password: '${PW}'}}")
    for name in ("dev", "hidden"):
        done = envctl("apply", name)
        assert done.code == 0, done.said
    tree.write("stage/spec.yaml", {"variables": {"a": "2", "b": "3"}})
    proxy.calm()
    return envctl


def test_status(several: Envctl, proxy: Proxy) -> None:
    done = several("status", verbose=False)
    assert done.code == 1, done.said
    rows = {line.split()[0]: line for line in done.out.splitlines()}
    assert list(rows) == ["dev", "gone", "hidden", "stage"]
    assert "in sync" in rows["dev"]
    assert f"Airflow 3.3.2   {proxy.url}" in rows["dev"]
    assert "unreachable" in rows["gone"]
    assert "cannot be reached: the connection is refused" in rows["gone"]
    assert "unverifiable" in rows["hidden"]
    assert "pending" in rows["stage"]
    assert "1 to create, 1 to update, 1 in sync" in rows["stage"]
    assert all("#2, just now" in rows[name] for name in ("dev", "hidden", "stage"))
    assert proxy.writes == []


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["dev"], 0),
        (["hidden"], 0),
        (["dev", "hidden"], 0),
        (["stage"], 2),
        (["dev", "stage"], 2),
        (["gone"], 1),
    ],
)
def test_exit_codes(names: list[str], code: int, several: Envctl) -> None:
    assert several("status", *names).code == code
    assert several("diff", *names).code == code


def test_status_as_json(several: Envctl, proxy: Proxy) -> None:
    done = several.json("status")
    assert done.code == 1, done.said
    states = {one["environment"]: one["state"] for one in done.json["environments"]}
    assert states == {"dev": "in_sync", "gone": "unreachable", "hidden": "unverifiable", "stage": "pending"}
    gone = next(one for one in done.json["environments"] if one["environment"] == "gone")
    assert "cannot be reached" in gone["error"]["message"]
    assert several.json("status", "dev").json["state"] == "in_sync"
    proxy.on("GET", "/pools", answer(403, "Forbidden"))
    assert several.json("status", "dev").json["state"] == "error"


def test_drift_is_not_what_waits_to_be_applied(several: Envctl, api: Api, tree: Tree) -> None:
    assert several("status", "dev", verbose=False).code == 0
    api.set_variable("a", "moved")
    done = several("status", "dev", verbose=False)
    assert done.code == 2, done.said
    assert "dev   drifted   1 drifted, 1 in sync" in done.out
    assert several.json("status", "dev").json["state"] == "drifted"
    diff = several("diff", "dev", verbose=False).out
    assert "  ~ a   drift      changed by admin, just now\n" in diff
    assert "   apply #2, just now\n" in diff
    tree.write("dev/spec.yaml", {"variables": {"a": "3"}})
    diff = several("diff", "dev", verbose=False).out
    assert "  ~ a   conflict   changed by admin, just now; environments/dev/spec.yaml:3\n" in diff
    api.delete("variables", "a")
    diff = several("diff", "dev", verbose=False).out
    assert "  + a   deleted    by admin, just now\n" in diff


def test_diff_of_several(several: Envctl) -> None:
    done = several.json("diff", "stage", "dev")
    assert done.code == 2, done.said
    assert [one["environment"] for one in done.json["environments"]] == ["stage", "dev"]
    done = several.json("diff", "--all")
    assert done.code == 1, done.said
    assert [one["environment"] for one in done.json["environments"]] == ["dev", "gone", "hidden", "stage"]
    assert [("error" in one) for one in done.json["environments"]] == [False, True, False, False]
    text = several("diff", "--all", verbose=False)
    assert text.code == 1
    assert text.err.startswith("error: gone: 127.0.0.1:")
    assert [line.split()[0] for line in text.out.splitlines() if line[:1].strip()] == [
        "dev",
        "hidden",
        "stage",
    ]


def test_they_are_asked_side_by_side(several: Envctl, tree: Tree, proxy: Proxy) -> None:
    """None is answered before all three have asked."""
    together = threading.Barrier(3, timeout=30)
    proxy.on("GET", "/version", before(lambda: together.wait()))  # noqa: PLW0108 - it gives a number
    assert several("status", "dev", "stage", "hidden").code == 2
    assert not together.broken


def test_more_environments_than_are_asked_at_once(several: Envctl, tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        gone = f"http://127.0.0.1:{other.getsockname()[1]}"
    names = [f"far-{number:02}" for number in range(ENVIRONMENTS_AT_ONCE + 8)]
    for name in names:
        tree.environment(name, gone, layers=["base"])
    done = several.json("status", *names, "dev")
    assert done.code == 1, done.said
    assert [one["environment"] for one in done.json["environments"]] == [*names, "dev"]
    assert [one["state"] for one in done.json["environments"]] == [*(["unreachable"] * len(names)), "in_sync"]


def test_mistakes_in_one_spec_are_of_no_matter_to_the_others(
    several: Envctl, tree: Tree, proxy: Proxy
) -> None:
    tree.write("stage/spec.yaml", "variables: {a: '***'}")
    # diff and apply look at all of it before anything is sent.
    proxy.calm()
    for command in (("diff", "dev", "stage"), ("apply", "stage")):
        done = several(*command)
        assert done.code == 1, done.said
        assert "environments/stage/spec.yaml:1:16: " in done.err
    assert proxy.seen == []
    done = several.json("status", "dev", "stage")
    assert done.code == 1, done.said
    assert [one["state"] for one in done.json["environments"]] == ["in_sync", "error"]
    assert done.json["environments"][1]["diagnostics"][0]["source"] == "environments/stage/spec.yaml:1:16"


def test_the_json_of_a_diff(several: Envctl, api: Api, proxy: Proxy) -> None:
    """The keys that DESIGN promises, and what is in them."""
    content = several.json("diff", "stage").json
    assert {key: content[key] for key in ("format_version", "command", "environment", "instance")} == {
        "format_version": 1,
        "command": "diff",
        "environment": "stage",
        "instance": {"url": proxy.url, "airflow_version": "3.3.2"},
    }
    assert content["revision"] == {"git": None, "dirty": False}
    assert content["summary"] == {
        "create": 1,
        "update": 1,
        "rewrite": 0,
        "delete": 0,
        "adopt": 0,
        "observe": 0,
        "in_sync": 1,
        "unverifiable": 0,
        "unmanaged": 7,
        "foreign": 0,
        "kept": 0,
        "refused": 0,
    }
    update = next(change for change in content["changes"] if change["address"] == "variable/a")
    assert update == {
        "address": "variable/a",
        "action": "update",
        "reason": "spec_changed",
        "source": "environments/stage/spec.yaml:3:3",
        "fields": [{"path": "value", "verdict": "different", "live": "1", "desired": "2"}],
    }
    # It shares the instance with the others, and the owner too.
    (told,) = content["diagnostics"]
    assert told["severity"] == "warning"
    assert "has no section connections: 1 applied earlier is left alone" in told["message"]
    assert "variable/unmanaged_json" in content["unmanaged"]

    applied = several.json("apply", "stage").json
    assert applied["converged"] is True
    assert {change["outcome"] for change in applied["changes"]} == {"applied"}
    assert api.value("a") == "2"


def test_the_published_schema(several: Envctl) -> None:
    """`envctl schema report` prints what all reports of these tests are held against."""
    printed = several("schema", "report")
    assert printed.code == 0
    assert json.loads(printed.out)["properties"]["format_version"] == {"const": 1}
    done = several.json("diff", "nowhere")
    assert (done.code, done.json["environment"]) == (64, "nowhere")


def test_the_json_of_validate(several: Envctl) -> None:
    done = several.json("validate")
    assert (done.code, done.json["environments"][0]["valid"]) == (0, True)
