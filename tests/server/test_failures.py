"""Airflow, or the way to it, fails in the middle: the report is true, and the same again converges."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.server import guard
from tests.server.conftest import VERSION
from tests.server.faults import (
    answer,
    answer_after,
    before,
    close_after,
    close_before,
    cut_short,
    delay,
    gone,
    gone_after,
    objects_in,
    page,
    rewritten,
    with_token,
)

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from tests.server.api import Api
    from tests.server.envctl import Done, Envctl
    from tests.server.faults import Fault
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SMALL = """
variables: {a: "1", b: "2"}
connections: {c: {conn_type: http, password: "${PW}"}}
pools: {p: {slots: 3}}
"""
SMALL_WRITES = {"/variables", "/connections", "/pools"}


@pytest.fixture(autouse=True)
def _one_at_a_time(envctl: Envctl, api: Api) -> None:
    """Where each object has a request of its own, it is known then which one a fault meets."""
    if api.old:
        envctl.settings["ENVCTL_CONCURRENCY"] = "1"


@pytest.fixture
def small(envctl: Envctl, tree: Tree) -> Envctl:
    """A spec of four objects, none of which is there."""
    envctl.secrets["PW"] = "failures-password-91"
    tree.spec(SMALL)
    return envctl


def outcomes(done: Done) -> Counter[str]:
    return Counter(change["outcome"] for change in done.json["changes"])


def is_converged(envctl: Envctl, proxy: Proxy) -> bool:
    """Tell whether the same command again, undisturbed, ends in an instance that is in sync."""
    proxy.calm()
    again = envctl.json("apply", "dev")
    return again.code == 0 and again.json["converged"] is True and envctl("diff", "dev").code == 0


def many(count: int, value: str = "1") -> dict[str, dict[str, str]]:
    return {"variables": {f"v{number:04}": value for number in range(count)}}


# --- what passes: nobody has to know ----------------------------------------------------------------


def named(**faults: Fault) -> list[ParameterSet]:
    return [pytest.param(fault, id=name) for name, fault in faults.items()]


@pytest.mark.parametrize(
    "fault",
    named(
        closed=close_before,
        cut=cut_short,
        unavailable=answer(503),
        gateway=answer(502),
        busy=answer(429, Retry_After="0"),
        nonsense=answer(503, Retry_After="soon"),
    ),
)
def test_reading_is_tried_again(fault: Fault, small: Envctl, proxy: Proxy, api: Api) -> None:
    # Airflow 2 has no tokens, and is asked for its version after an Airflow 3 was asked for.
    first = () if api.old else (("GET", "/version"), ("POST", "/auth/token"))
    reads = (*first, *(("GET", path) for path in SMALL_WRITES))
    for method, path in reads:
        proxy.on(method, path, fault, nth={1})
    done = small.json("diff", "dev")
    assert done.code == 2, done.said
    assert done.json["summary"]["create"] == 4
    assert [proxy.count(*read) for read in reads] == [2] * len(reads)


@pytest.mark.parametrize(
    "fault",
    named(
        closed=close_before,
        lost=close_after,
        cut=cut_short,
        gateway=answer(502),
        unavailable=answer(503),
        error=answer(500),
        gateway_after=answer_after(502),
        timeout_after=answer_after(504),
        unavailable_after=answer_after(503, Retry_After="0"),
    ),
)
def test_a_create_whose_answer_is_lost_is_made_once(
    fault: Fault, small: Envctl, proxy: Proxy, api: Api
) -> None:
    for path in SMALL_WRITES:
        proxy.on_write(path, fault, nth={1})
    done = small.json("apply", "dev")
    assert done.code == 0, done.said
    assert (done.json["converged"], outcomes(done)) == (True, {"applied": 4})
    # One by one there are four, of which three are sent again; what is there by then is written over.
    assert len(proxy.writes) in ((7, 8, 9) if api.old else (6,))
    assert api.value("b") == "2"
    assert api.old or api.connection("c")["password"] == "***"
    assert api.pool("p")["slots"] == 3
    assert is_converged(small, proxy)


@pytest.mark.parametrize(
    "fault",
    named(
        closed=close_before,
        lost=close_after,
        cut=cut_short,
        error=answer(500),
        gateway_after=answer_after(502),
    ),
)
def test_updates_and_deletes_are_tried_again(
    fault: Fault, small: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    api.set_variable("a", "old")
    api.set_connection("c", conn_type="old")
    api.set_pool("p", 1)
    api.set_pool("spare", 1)
    tree.environment("dev", proxy.url, manage=guard.MANAGE)
    tree.spec(
        variables={"a": "1"},
        connections={"c": {"conn_type": "http"}},
        pools={"p": {"slots": 3}, "default_pool": {"slots": 7}},
    )
    proxy.on_write("/variables", fault, nth={1})
    proxy.on_write("/connections", fault, nth={1})
    proxy.on_write("/pools", fault, nth={1, 3})
    proxy.on("PATCH", "/pools/default_pool", fault, nth={1})
    done = small.json("apply", "dev", "--prune", "--max-deletes", "1")
    assert done.code == 0, done.said
    assert outcomes(done) == {"applied": 5}
    assert (api.value("a"), api.pool("p")["slots"], api.pool("default_pool")["slots"]) == ("1", 3, 7)
    assert "spare" not in api.all("pools")


def test_retry_after_is_honoured(small: Envctl, proxy: Proxy) -> None:
    wait = answer(429, Retry_After="1")
    proxy.on("GET", "/pools", wait, nth={1})
    proxy.on_write("/variables", wait, nth={1})
    done = small.json("apply", "dev")
    assert done.code == 0, done.said
    for seen in (proxy.matching("GET", "/pools"), proxy.writes_of("/variables")):
        first, second = seen[:2]
        assert 1 <= second.at - first.at < 3


def test_a_wait_of_an_hour_is_reported(small: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/variables", answer(429, Retry_After="3600"))
    began = time.monotonic()
    done = small("diff", "dev")
    assert time.monotonic() - began < 5
    assert done.code == 1, done.said
    assert f"error: {proxy.netloc} answers 429" in done.err


def test_slow_answers_are_given_up_and_asked_for_again(small: Envctl, proxy: Proxy, api: Api) -> None:
    # An Airflow 2 under load takes half a second for any answer.
    patience = 2.0 if api.old else 0.5
    small.settings["ENVCTL_READ_TIMEOUT"] = str(patience)
    proxy.on("GET", "/variables", delay(4 * patience), nth={1})
    proxy.on_write("/variables", delay(4 * patience), nth={1})
    done = small.json("apply", "dev")
    assert (done.code, outcomes(done)) == (0, {"applied": 4}), done.said
    assert api.value("a") == "1"


def test_a_list_that_moves_while_it_is_read_is_read_again(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec(many(250))
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    # What is deleted before a page other than the first is read moves all after it up.
    proxy.on("GET", "/variables", before(lambda: api.delete("variables", "v0000")), nth={3})
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    assert list(done.changes) == ["variable/v0000"]
    assert proxy.count("GET", "/variables") == 6


def test_a_list_that_never_stands_still(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    api.bulk("variables", "create", [{"key": f"v{number:04}", "value": "1"} for number in range(150)])
    tree.spec(many(1))
    names = iter(range(1000))
    add = before(lambda: api.set_variable(f"w{next(names)}", "1"))
    proxy.on("GET", "/variables", add, nth=range(2, 99, 2))
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "the list of variables keeps changing while it is read" in done.err


# --- tokens -----------------------------------------------------------------------------------------


@pytest.mark.skipif(VERSION.startswith("2."), reason="Airflow 2 has no tokens that expire")
def test_an_expired_token_is_replaced_in_the_middle(small: Envctl, proxy: Proxy, api: Api) -> None:
    proxy.on("GET", "/variables", answer(401, "Token Expired"), nth={1})
    proxy.on_write("/variables", answer(401, "Token Expired"), nth={1})
    # Really refused, as after a restart with another key: 403.
    proxy.on_write("/pools", with_token("ey.not.signed"), nth={1})
    done = small.json("apply", "dev")
    assert (done.code, outcomes(done)) == (0, {"applied": 4}), done.said
    assert proxy.count("POST", "/auth/token") == 4
    assert [one.status for one in proxy.matching("PATCH", "/pools")] == [403, 200]
    assert api.value("a") == "1"


def test_a_login_that_is_withdrawn_in_the_middle_ends_the_apply(
    small: Envctl, proxy: Proxy, api: Api
) -> None:
    proxy.on_write("/variables", answer(401, "Token Expired"))
    done = small.json("apply", "dev")
    assert done.code == 5, done.said
    failed = {"failed": 1, "not_attempted": 1} if api.old else {"failed": 2}
    assert outcomes(done) == {"applied": 2, **failed}
    assert "refuses the login" in done.json["interrupted"]
    assert is_converged(small, proxy)


# --- what does not pass -------------------------------------------------------------------------------


def test_a_race_fails_the_culprit_alone(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """Airflow 2 cannot be asked to make a Variable only where there is none: it is written over."""
    tree.spec(many(150 if api.old else 300))
    proxy.on_write("/variables", before(lambda: api.set_variable("v0123", "theirs")), nth={1})
    done = envctl.json("apply", "dev")
    if api.old:
        assert (done.code, outcomes(done)) == (0, {"applied": 150}), done.said
        assert api.value("v0123") == "1"
        return
    assert done.code == 5, done.said
    assert outcomes(done) == {"applied": 299, "failed": 1}
    culprit = done.changes["variable/v0123"]
    assert culprit["outcome"] == "failed"
    assert "it exists by now" in culprit["error"]
    assert done.json["converged"] is False
    assert api.value("v0123") == "theirs"
    assert len(proxy.writes) == 2
    text = envctl("diff", "dev")
    assert text.code == 2
    assert is_converged(envctl, proxy)
    assert api.value("v0123") == "1"


def test_races_of_other_kinds(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    names = [f"n{number}" for number in range(8)]
    tree.spec(
        connections={name: {"conn_type": "http", "host": "ours"} for name in names},
        pools={name: {"slots": 2} for name in names},
    )
    for name in names[4:]:
        api.set_connection(name, conn_type="old")
        api.set_pool(name, 1)

    def race() -> None:
        api.set_connection("n1", conn_type="theirs")
        api.set_pool("n2", 7)
        api.delete("connections", "n5")
        api.delete("pools", "n6")

    proxy.on_write("/connections", before(race), nth={1})
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    failed = {address for address, change in done.changes.items() if change["outcome"] == "failed"}
    assert failed == {"connection/n1", "pool/n2", "connection/n5", "pool/n6"}
    assert outcomes(done) == {"applied": 12, "failed": 4}
    assert len(proxy.writes) == (16 if api.old else 8)
    assert is_converged(envctl, proxy)
    assert (api.connection("n1")["host"], api.pool("n2")["slots"]) == ("ours", 2)


def test_an_object_that_is_deleted_before_its_update(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    tree.spec({**many(20, "new"), "pools": {"p": {"slots": 2}}})
    for number in range(20):
        api.set_variable(f"v{number:04}", "old")
    api.set_pool("p", 1)
    proxy.on_write("/variables", before(lambda: api.delete("variables", "v0007")), nth={1})
    done = envctl("apply", "dev")
    if api.old:
        # What is written whole is made again.
        assert done.code == 0, done.said
        assert "21 applied   converged" in done.out
        assert api.value("v0007") == "new"
        return
    assert done.code == 5, done.said
    assert "failed   variable/v0007" in done.out
    assert "it was not found: somebody deleted it" in done.out
    assert "20 applied   1 failed   not converged: 1 still differ" in done.out
    assert is_converged(envctl, proxy)
    assert api.value("v0007") == "new"


def test_a_single_update_of_what_was_deleted(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    tree.spec("variables: {a/b: {value: new, description: !unmanaged }, c: new}")
    api.set_variable("a/b", "old", description="theirs")
    api.set_variable("c", "old")
    proxy.on("PATCH", "/variables/a%2Fb", before(lambda: api.delete("variables", "a/b")), nth={1})
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    assert outcomes(done) == {"applied": 1, "failed": 1}
    assert "was not found" in done.changes["variable/a/b"]["error"]
    assert is_converged(envctl, proxy)


def test_the_server_is_gone_in_the_middle(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    envctl.settings["ENVCTL_RETRIES"] = "1"
    # The second request of three or four, or the second of 50.
    count = 50 if api.old else 1600
    tree.spec({**many(count), "pools": {"p": {"slots": 2}}})
    proxy.on_write("/variables", gone, nth={2})
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    each, lost = (1 if api.old else one.objects for one in proxy.writes_of("/variables")[:2])
    left = count - each - lost
    assert outcomes(done) == {"applied": each + 1, "failed": lost, "not_attempted": left}
    assert left
    assert done.json["converged"] is None
    assert f"no answer to {'POST' if api.old else 'PATCH'} /variables" in done.json["interrupted"]
    assert len(set(api.all("variables")) & set(many(count)["variables"])) == each

    done = envctl("apply", "dev")
    assert done.code == 1, done.said
    assert f"error: {proxy.netloc} cannot be reached" in done.err

    proxy.up()
    assert is_converged(envctl, proxy)
    assert len(api.all("variables")) == count + 5


def test_the_server_is_gone_and_took_the_answer_along(
    envctl: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """What was sent and never answered is told as such."""
    envctl.settings["ENVCTL_RETRIES"] = "1"
    tree.spec("variables: {a: new, b: {value: new, description: !unmanaged }, c: new}")
    api.bulk("variables", "create", [{"key": key, "value": "old"} for key in ("a", "b")])
    for path in ("/variables", "/variables/b"):
        proxy.calm()
        proxy.on_write(path, gone_after, nth={1})
        done = envctl.json("apply", "dev")
        assert done.code == 5, done.said
        assert outcomes(done)["failed"] == 1
        (error,) = [change["error"] for change in done.json["changes"] if change["outcome"] == "failed"]
        assert "it may have been written all the same" in error
        assert done.json["converged"] is None
        proxy.up()
    assert (api.value("c"), api.value("b")) == ("new", "new")
    assert is_converged(envctl, proxy)


def test_the_server_is_gone_at_a_single_update(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    envctl.settings["ENVCTL_RETRIES"] = "1"
    tree.spec("variables: {a: &x {value: new, description: !unmanaged }, b: *x}")
    api.bulk("variables", "create", [{"key": key, "value": "old"} for key in ("a", "b")])
    proxy.on("PATCH", "/variables/a", gone)
    done = envctl("apply", "dev")
    assert done.code == 5, done.said
    assert "0 applied   1 failed   1 not attempted   not seen again" in done.out
    proxy.up()
    assert is_converged(envctl, proxy)


def test_a_level_that_fails_ends_before_the_next(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """Airflow 3 refuses one pool, with a 422 for the whole request: it fails alone, in its level."""

    def spoilt(body: Any) -> Any:
        for entity in objects_in(body):
            if entity["name"] == "culprit":
                entity["slots"] = "many"
        return body

    proxy.on_write("/pools", rewritten(spoilt))
    tree.spec(
        variables={"v": "1"},
        connections={"c": {"conn_type": "http"}},
        pools={**{f"p{number}": {"slots": 1} for number in range(5)}, "culprit": {"slots": 10}},
    )
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    assert outcomes(done) == {"applied": 6, "failed": 1, "not_attempted": 1}
    assert done.changes["variable/v"]["outcome"] == "not_attempted"
    words = "slots: is not of type 'integer'" if api.old else "Input should be a valid integer"
    assert words in done.changes["pool/culprit"]["error"]
    assert "c" in api.all("connections")
    assert "v" not in api.all("variables")
    assert is_converged(envctl, proxy)


@pytest.mark.parametrize("there", [False, True], ids=["create", "update"])
def test_a_server_error_that_one_object_causes(
    there: bool,  # noqa: FBT001 - a parameter of the test
    envctl: Envctl,
    tree: Tree,
    proxy: Proxy,
    api: Api,
) -> None:
    """Airflow answers 500 to a number that its database cannot hold: no error that passes."""

    def spoilt(body: Any) -> Any:
        for entity in objects_in(body):
            if entity["name"] == "p017":
                entity["slots"] = 10**19
        return body

    names = [f"p{number:03}" for number in range(60)]
    if there:
        api.bulk("pools", "create", [{"name": name, "slots": 2} for name in names])
    tree.spec(pools={name: {"slots": 1} for name in names})
    proxy.on_write("/pools", rewritten(spoilt))
    began = time.monotonic()
    done = envctl.json("apply", "dev")
    assert time.monotonic() - began < (60 if api.old else 15)
    assert done.code == 5, done.said
    assert outcomes(done) == {"applied": 59, "failed": 1}
    assert "answers 500: Internal Server Error" in done.changes["pool/p017"]["error"]


def test_nothing_is_deleted_after_a_failure(small: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    api.set_pool("spare", 1)
    tree.environment("dev", proxy.url, manage=guard.MANAGE)
    proxy.on_write("/variables", answer(400))
    done = small.json("apply", "dev", "--prune", "--max-deletes", "1")
    assert done.code == 5, done.said
    assert outcomes(done) == {"applied": 2, "failed": 2, "not_attempted": 1}
    assert done.changes["pool/spare"]["outcome"] == "not_attempted"
    assert "spare" in api.all("pools")


@pytest.mark.parametrize(
    "fault", named(error=answer(500), gateway=page(502), busy=answer(429), closed=close_before)
)
def test_a_server_that_stays_broken_for_writes(fault: Fault, small: Envctl, proxy: Proxy) -> None:
    small.settings["ENVCTL_RETRIES"] = "1"
    proxy.on_write("/connections", fault)
    done = small.json("apply", "dev")
    assert done.code == 5, done.said
    assert done.changes["connection/c"]["outcome"] == "failed"
    assert done.changes["variable/a"]["outcome"] == "not_attempted"
    assert done.json["converged"] is False
    assert is_converged(small, proxy)


@pytest.mark.parametrize(
    "fault", named(error=answer(500), gateway=page(502), busy=answer(429), closed=close_before, cut=cut_short)
)
def test_a_server_that_stays_broken_for_reads(fault: Fault, small: Envctl, proxy: Proxy) -> None:
    small.settings["ENVCTL_RETRIES"] = "1"
    proxy.on("GET", "/pools", fault)
    for command in ("diff", "apply"):
        done = small(command, "dev")
        assert done.code == 1, done.said
        assert done.err.count("error: ") == 1
        assert proxy.netloc in done.err
        assert done.out == ""
    assert proxy.writes == []


def test_a_right_that_is_lacking_for_writes(small: Envctl, proxy: Proxy, api: Api) -> None:
    proxy.on_write("/variables", answer(403, "Forbidden"))
    done = small("apply", "dev")
    assert done.code == 5, done.said
    assert "the login may not write variables" in done.out
    # One by one, the first that is forbidden ends the work; those under way with it fail too.
    one_by_one = api.old and "2 applied   1 failed   1 not attempted   not converged" in done.out
    assert one_by_one or "2 applied   2 failed   not converged" in done.out
    assert is_converged(small, proxy)
