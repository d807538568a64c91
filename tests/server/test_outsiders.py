"""Others are at work while envctl applies: with another login, with envctl's own, through a bulk request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.model.ledger import TOUCHED
from tests.server.faults import before

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Answer, Exchange, Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC = """
variables: {a: "1", my_token: "${TOKEN}"}
connections:
  db: {conn_type: postgres, host: HOST, password: "${PW}"}
  other: {conn_type: http, password: "${PW}"}
"""
BODY = {"connection_id": "db", "conn_type": "postgres", "password": "edited-by-somebody-4"}


@pytest.fixture(params=["password", "token"])
def applied(request: pytest.FixtureRequest, envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> Envctl:
    """envctl, which has applied; with a token nothing but Airflow knows whose login it is."""
    envctl.secrets |= {"PW": "outsiders-password-9", "TOKEN": "outsiders-token-3", "LOGIN": api.token}
    envctl.secrets["ENVCTL_FINGERPRINT_KEY"] = "outsiders-key-5-0123456789abcdef01"
    envctl.canaries.add("edited-by-somebody-4")
    if request.param == "token":
        tree.environment("dev", proxy.url, {"method": "token", "token": "${LOGIN}"})
    tree.spec(SPEC.replace("HOST", "h"))
    assert envctl("apply", "dev").code == 0
    assert envctl.json("diff", "dev").code == 0
    proxy.calm()
    return envctl


def edit(api: Api) -> None:
    """Write a password in the web page; the login is envctl's own."""
    api.call("PATCH", "/connections/db?update_mask=password", BODY)


def after(hook: Callable[[], object]) -> Callable[[Exchange], Answer]:
    def fault(exchange: Exchange) -> Answer:
        answer = exchange.forward()
        hook()
        return answer

    return fault


def doubtful(api: Api) -> set[str]:
    entries = api.ledger().entries.items()
    return {address.id for address, entry in entries if TOUCHED in entry.fingerprints.values()}


@pytest.mark.parametrize("when", [before, after])
def test_an_edit_of_what_is_applied_just_now(
    when: Callable[[Callable[[], object]], Callable[[Exchange], Answer | None]],
    applied: Envctl,
    tree: Tree,
    proxy: Proxy,
    api: Api,
) -> None:
    """Only the log tells; whoever came last, it is written again."""
    tree.spec(SPEC.replace("HOST", "moved"))
    proxy.on("PATCH", "/connections", when(lambda: edit(api)), nth={1})
    done = applied.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (5, False), done.said
    assert doubtful(api) == {"db"}
    proxy.calm()
    done = applied.json("apply", "dev")
    assert (done.code, list(done.changes)) == (0, ["connection/db"]), done.said
    assert done.changes["connection/db"]["reason"] == "touched_outside"
    assert doubtful(api) == set()
    assert applied.json("diff", "dev").json["summary"]["in_sync"] == 4


def test_an_import_of_an_export_does_not_hide_behind_the_ledger(applied: Envctl, api: Api) -> None:
    """It is one request that names the ledger among others, as the last one of an apply does."""
    ledger = api.value("envctl.ledger.default")
    api.bulk(
        "variables",
        "create",
        [
            *({"key": "a", "value": "2"}, {"key": "my_token", "value": "imported"}),
            {"key": "envctl.ledger.default", "value": ledger},
        ],
    )
    done = applied.json("diff", "dev")
    assert {address: change["reason"] for address, change in done.changes.items()} == {
        "variable/a": "drift",
        "variable/my_token": "touched_outside",
    }, done.said
    assert all(change["by"]["actor"] == "admin" for change in done.changes.values())


def test_requests_that_were_divided_are_still_our_own(
    applied: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """One object is made by somebody else just before: the request is refused, and sent again without it."""
    news = "".join(f"  new{number}: {{conn_type: http, password: '${{PW}}'}}\n" for number in range(4))
    tree.spec(SPEC.replace("HOST", "moved") + news)
    proxy.on("PATCH", "/connections", before(lambda: api.set_connection("new2", conn_type="theirs")), nth={1})
    done = applied.json("apply", "dev")
    assert done.code == 5, done.said
    assert {address for address, change in done.changes.items() if change["outcome"] == "failed"} == {
        "connection/new2"
    }
    assert doubtful(api) == set()
    proxy.calm()
    assert list(applied.json("diff", "dev").changes) == ["connection/new2"]
