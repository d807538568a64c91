"""A plan that rules forbid: all of them are told, and nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.server import guard
from tests.server.proxy import Answer

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Exchange, Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

CHRISTMAS = {"from": "2031-12-20", "to": "2032-01-03", "timezone": "Europe/Berlin", "reason": "Christmas"}
FOREVER = {"cron": "0 0 * * *", "for": "2d", "reason": "always"}


def frozen(tree: Tree, proxy: Proxy, *freezes: dict[str, str], **policy: Any) -> None:
    tree.environment("dev", proxy.url, manage=guard.MANAGE, policy={"freeze": freezes, **policy})


def set_clock(proxy: Proxy, *shown: datetime) -> None:
    """Let the server's clock show these times, one for each request that asks for it, then the last one."""
    times = list(shown)

    def answer(exchange: Exchange) -> Answer:
        given = exchange.forward()
        clock = times.pop(0) if len(times) > 1 else times[0]
        return Answer(
            given.status, {**given.headers, "Date": format_datetime(clock, usegmt=True)}, given.body
        )

    proxy.on("GET", "/version", answer)


def test_a_freeze_refuses_and_nothing_is_written(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    frozen(tree, proxy, FOREVER)
    tree.spec(variables={"a": "1"})
    done = envctl("apply", "dev", "--yes")
    assert done.code == 3, done.said
    assert "error: the policy of dev refuses this plan: frozen (always) until" in done.err
    assert "the plan has 1 change: --during-freeze allows it" in done.err
    assert proxy.writes == []

    done = envctl.json("diff", "dev")
    assert (done.code, done.json["summary"]["refused"]) == (2, 1), done.said
    (refused,) = done.json["refused_by"]
    assert (refused["rule"], refused["flag"]) == ("freeze", "--during-freeze")
    assert "refused by policy: frozen (always)" in envctl("diff", "dev").out

    assert envctl("apply", "dev", "--during-freeze").code == 0
    assert api.value("a") == "1"
    assert envctl("apply", "dev").code == 0  # no changes, nothing to refuse


@pytest.mark.parametrize(
    ("clock", "code"),
    [
        ("2031-12-19T22:59:59Z", 0),
        ("2031-12-19T23:00:00Z", 3),
        ("2032-01-03T22:59:59Z", 3),
        ("2032-01-03T23:00:00Z", 0),
    ],
)
def test_the_time_is_that_of_the_server(
    clock: str, code: int, envctl: Envctl, tree: Tree, proxy: Proxy
) -> None:
    frozen(tree, proxy, CHRISTMAS)
    tree.spec(variables={"a": "1"})
    set_clock(proxy, datetime.fromisoformat(clock).astimezone(UTC))
    done = envctl("apply", "dev")
    assert done.code == code, done.said
    assert ("until 2032-01-04 00:00 CET (Europe/Berlin)" in done.err) is (code == 3)


def test_to_know_the_time_costs_no_request(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1"})
    assert envctl("diff", "dev").code == 2
    asked = proxy.count("GET", "/version")
    frozen(tree, proxy, CHRISTMAS)
    assert envctl("diff", "dev").code == 2
    assert proxy.count("GET", "/version") == 2 * asked


def test_a_flag_that_answers_two_refusals_is_named_once(envctl: Envctl, tree: Tree, api: Api) -> None:
    pools = {"p": {"slots": 1}}
    tree.spec(variables={"a": "1"}, connections={"c": {"conn_type": "http"}}, pools=pools)
    assert envctl("apply", "dev").code == 0
    tree.spec(variables={}, connections={}, pools=pools)
    done = envctl("apply", "dev", "--max-deletes", "9")
    assert done.code == 3, done.said
    assert "no variable left, the plan deletes 1 of 1" in done.err
    assert "no connection left, the plan deletes 1 of 1" in done.err
    assert done.err.rstrip().endswith("all of it: --allow-empty")
    assert "a" in api.all("variables")


def test_every_refusal_is_told(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    for index in range(10):
        api.set_variable(f"spare_{index}", "1")
    frozen(tree, proxy, FOREVER, protected="strict", prune="none", max_deletes=5, max_changes="20%")
    tree.spec(variables={"a": "1"})
    done = envctl.program("apply", "dev", "--prune", "--format", "json")
    assert done.code == 3, done.said
    rules = ["prune", "freeze", "max_deletes", "max_changes", "protected"]
    assert [one["rule"] for one in done.json["refused_by"]] == rules
    flags = [None, "--during-freeze", "--max-deletes 10", "--max-changes 11", "--yes"]
    assert [one["flag"] for one in done.json["refused_by"]] == flags
    assert done.json["summary"]["refused"] == len(done.json["refusals"]) == len(rules)

    done = envctl.program("apply", "dev", "--prune")
    assert done.code == 3, done.said
    assert done.out.count("refused by policy: ") == len(rules)
    assert all(flag in done.err for flag in flags if flag)
    allowed = ["--during-freeze", "--max-deletes", "10", "--max-changes", "11", "--yes"]
    assert envctl.program("apply", "dev", "--prune", *allowed).code == 3
    assert proxy.writes == []

    frozen(tree, proxy, FOREVER, protected="strict", max_deletes=5, max_changes="20%")
    done = envctl.program("apply", "dev", "--prune")
    assert f"all of it: {' '.join(allowed)}" in done.err, done.said
    done = envctl.program("apply", "dev", "--prune", *allowed)
    assert done.code == 0, done.said
