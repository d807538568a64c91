"""What a saved plan takes into the ledger, or writes again, is held to what was seen as its changes are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.server.envctl import Done, Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

PASSWORD = "saved-adoptions-password-Jd7"
THEIR_PASSWORD = "saved-adoptions-their-password-Wz3"
DB = {"connection_id": "db", "conn_type": "postgres"}
SPEC: dict[str, Any] = {
    "variables": {"x": "1", "new": "n"},
    "connections": {"db": {"conn_type": "postgres", "host": "h", "password": "${PW}"}},
}


@pytest.fixture
def found(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> Envctl:
    """A plan that creates `new`, and adopts `x` and `db`, which are there already and have no ledger."""
    envctl.secrets["PW"] = PASSWORD
    envctl.canaries.add(THEIR_PASSWORD)
    api.set_variable("x", "1")
    api.set_connection("db", conn_type="postgres", host="h", password=PASSWORD)
    tree.spec(SPEC)
    done = plan(envctl)
    assert done.json["summary"] == {**done.json["summary"], "create": 1, "adopt": 2}
    proxy.calm()
    return envctl


def plan(envctl: Envctl, *options: str) -> Done:
    done = envctl.json("plan", "dev", "--out", "dev.plan", *options)
    assert done.code == 2, done.said
    return done


def applied(envctl: Envctl) -> Done:
    return envctl.json("apply", "dev", "--plan", "dev.plan")


def entered(api: Api) -> list[str]:
    return sorted(map(str, api.ledger().entries))


def edited(tree: Tree, api: Api) -> None:
    api.set_variable("x", "2")


def deleted(tree: Tree, api: Api) -> None:
    api.delete("variables", "x")


def hidden_leaf_written(tree: Tree, api: Api) -> None:
    api.call("PATCH", "/connections/db?update_mask=password", {**DB, "password": THEIR_PASSWORD})


def spec_changed(tree: Tree, api: Api) -> None:
    tree.spec({**SPEC, "variables": {"x": "2", "new": "n"}})


def dropped(tree: Tree, api: Api) -> None:
    tree.spec({**SPEC, "variables": {"new": "n"}})


def both_changed(tree: Tree, api: Api) -> None:
    edited(tree, api)
    spec_changed(tree, api)


@pytest.mark.parametrize(
    ("move", "reasons"),
    [
        (edited, ["live moved: variable/x: value"]),
        (deleted, ["live moved: variable/x is gone"]),
        (hidden_leaf_written, ["live moved: connection/db was written by admin at"]),
        (spec_changed, ["the spec of variable/x has changed since: value"]),
        (dropped, ["variable/x is no longer in the spec"]),
        (both_changed, ["live moved: variable/x: value", "the spec of variable/x has changed since: value"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_to_be_adopted_has_moved(
    move: Callable[[Tree, Api], None], reasons: list[str], found: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    move(tree, api)
    done = applied(found)
    assert done.code == 3, done.said
    said = sorted(done.json["error"]["reasons"])
    assert len(said) == len(reasons), said
    assert all(one.startswith(start) for one, start in zip(said, reasons, strict=True)), said
    assert proxy.writes == []
    assert "envctl.ledger.default" not in api.everything("variables")


def test_nothing_of_it_has_moved(found: Envctl, api: Api, proxy: Proxy) -> None:
    done = applied(found)
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert done.json["summary"]["adopt"] == 2
    assert entered(api) == ["connection/db", "variable/new", "variable/x"]
    assert found("diff", "dev").code == 0
    proxy.calm()
    again = applied(found)
    assert (again.code, again.json["changes"], again.json["converged"]) == (0, [], True), again.said
    assert proxy.writes == []


def test_it_was_adopted_since(found: Envctl, tree: Tree, api: Api) -> None:
    """Then there is nothing left to do with it, until it moves."""
    tree.spec({**SPEC, "variables": {"x": "1"}})
    assert found("apply", "dev").code == 0
    tree.spec(SPEC)
    api.set_variable("x", "2")
    done = applied(found)
    assert (done.code, done.json["error"]["reasons"]) == (3, ["live moved: variable/x: value"]), done.said
    api.set_variable("x", "1")
    done = applied(found)
    assert (done.code, set(done.changes)) == (0, {"variable/new"}), done.said


def test_drift_after_a_secret_was_written_again(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    """It was written as planned; that does not hide what somebody did to the object afterwards."""
    envctl.secrets["PW"] = PASSWORD
    envctl.canaries.add(THEIR_PASSWORD)
    tree.spec(connections=SPEC["connections"])
    assert envctl("apply", "dev").code == 0
    plan(envctl, "--rewrite-secrets", "connection/db")
    assert applied(envctl).code == 0
    assert applied(envctl).code == 0
    proxy.calm()
    api.call("PATCH", "/connections/db?update_mask=host", {**DB, "host": "theirs"})
    done = applied(envctl)
    assert done.code == 3, done.said
    assert "live moved: connection/db: host" in done.json["error"]["reasons"]
    api.call("PATCH", "/connections/db?update_mask=host", {**DB, "host": "h"})
    hidden_leaf_written(tree, api)
    done = applied(envctl)
    assert done.code == 3, done.said
    reasons = done.json["error"]["reasons"]
    assert "connection/db has been rewritten since, and is to be rewritten once more" in reasons
    assert proxy.writes == []
