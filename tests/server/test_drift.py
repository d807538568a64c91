"""What moves behind envctl's back is seen down to the leaf, and put back; nothing else is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Done, Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC = """
variables:
  scalar: 500
  described: {value: text, description: What it is}
  list: [1, 2, 3]
  flags:
    value:
      new: true
      thresholds: {low: 0.2, high: 0.9}
      hosts: [{name: a, port: 1}, {name: b, port: 2}]
      "a.b": 1
  with/slash and space: kept
connections:
  db:
    conn_type: postgres
    description: Feature store
    host: db.example.com
    port: 5432
    login: airflow
    schema: features
    password: ${PG_PASSWORD}
    extra: {sslmode: require, options: {keepalives: 1, hosts: [a, b]}, private_key: "${KEY}"}
  bare: {conn_type: http}
pools:
  gpu: {slots: 4, description: GPUs, include_deferred: true}
  default_pool: {slots: 64}
"""
OBJECTS = 9


@pytest.fixture
def applied(envctl: Envctl, tree: Tree, proxy: Proxy) -> Envctl:
    """envctl, with the spec above applied."""
    envctl.secrets |= {"PG_PASSWORD": "drift-pg-password-8d1", "KEY": "drift-private-key-77a"}
    tree.spec(SPEC)
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    proxy.calm()
    return envctl


def moved(done: Done) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Give live and desired of every leaf that differs, by address and path."""
    return {
        address: {
            leaf["path"]: (leaf.get("live", ...), leaf.get("desired", ...))
            for leaf in change["fields"]
            if leaf["verdict"] == "different"
        }
        for address, change in done.changes.items()
    }


def test_nothing_moved(applied: Envctl) -> None:
    done = applied.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["summary"]["in_sync"] == OBJECTS
    assert done.json["unverifiable"] == []


def test_drift_of_every_kind_down_to_the_leaf(applied: Envctl, api: Api, proxy: Proxy) -> None:
    api.set_variable("scalar", "0500")
    api.set_variable("described", "text", description="Something else")
    api.set_variable("list", "[1, 3]")
    flags = {
        "new": False,
        "thresholds": {"low": 0.2, "high": "0.9", "extra": None},
        "hosts": [{"name": "a", "port": 1}, {"name": "b", "port": 3}],
    }
    api.set_variable("flags", json.dumps(flags))
    api.delete("variables", "with/slash and space")
    api.set_connection(
        "db",
        conn_type="mysql",
        description=None,
        host=None,
        port=5433,
        login="",
        schema="features",
        extra='{"sslmode": "disable", "options": {"hosts": ["a", "c"], "new": []}, "private_key": "other"}',
    )
    api.set_connection("bare", conn_type="http", port=0)
    api.set_pool("gpu", 5, description=None, include_deferred=False)
    api.call("PATCH", "/pools/default_pool?update_mask=slots", {"slots": 63})

    done = applied.json("diff", "dev")
    assert done.code == 2, done.said
    assert moved(done) == {
        "variable/scalar": {"value": ("0500", "500")},
        "variable/described": {"description": ("Something else", "What it is")},
        "variable/list": {"value": ([1, 3], [1, 2, 3])},
        "variable/flags": {
            "value.new": (False, True),
            "value.thresholds.high": ("0.9", 0.9),
            "value.thresholds.extra": (None, ...),
            "value.hosts[1].port": (3, 2),
            'value["a.b"]': (..., 1),
        },
        "variable/with/slash and space": {"value": (..., "kept")},
        "connection/db": {
            "conn_type": ("mysql", "postgres"),
            "description": (None, "Feature store"),
            "host": (None, "db.example.com"),
            "login": ("", "airflow"),
            "port": (5433, 5432),
            "extra.sslmode": ("disable", "require"),
            "extra.options.keepalives": (..., 1),
            "extra.options.hosts": (["a", "c"], ["a", "b"]),
            "extra.options.new": ([], ...),
        },
        "connection/bare": {"port": (0, ...)},
        "pool/gpu": {
            "slots": (5, 4),
            "description": (None, "GPUs"),
            "include_deferred": (False, True),
        },
        "pool/default_pool": {"slots": (63, 64)},
    }
    text = applied("diff", "dev").out
    assert "thresholds.high     0.9    ->  0.9" not in text, "a text and a number must not look the same"

    proxy.calm()
    done = applied("apply", "dev")
    assert done.code == 0, done.said
    assert f"{OBJECTS} applied   converged" in done.out
    assert applied("diff", "dev").code == 0
    assert json.loads(api.value("flags"))["hosts"][1] == {"name": "b", "port": 2}
    assert api.value("with/slash and space") == "kept"
    assert api.connection("db")["host"] == "db.example.com"
    assert api.connection("bare")["port"] is None
    assert api.pool("gpu")["include_deferred"] is True
    assert api.pool("default_pool")["slots"] == 64


def test_what_the_spec_drops_is_emptied(applied: Envctl, tree: Tree, api: Api, server: Server) -> None:
    tree.spec(
        variables={"described": "text"},
        connections={"db": {"conn_type": "postgres", "password": "${PG_PASSWORD}"}},
        pools={"gpu": {"slots": 4}},
    )
    done = applied.json("apply", "dev", "--max-deletes", "100%")
    assert done.code == 0, done.said
    assert done.json["converged"] is True
    assert api.variable("described")["description"] is None
    found = api.connection("db")
    # Airflow 2 never answers a password.
    left = {"connection_id", "conn_type"} | (set() if api.old else {"password"})
    assert {name for name, value in found.items() if value is not None} == left
    assert in_clear(server, "db")["password"] == "drift-pg-password-8d1"
    assert (api.pool("gpu")["description"], api.pool("gpu")["include_deferred"]) == (None, False)


def test_a_password_that_the_spec_drops_cannot_be_taken_away(
    applied: Envctl, tree: Tree, proxy: Proxy, api: Api
) -> None:
    """Airflow 3.3.2 ignores a null password, in single and in bulk requests: `set_password` in crypto.py.

    Airflow 2 refuses it.
    """
    tree.spec(connections={"db": {"conn_type": "postgres", "host": "h"}, "bare": {"conn_type": "http"}})
    done = applied.json("apply", "dev")
    assert done.code == 5, done.said
    assert "cannot take away" in done.changes["connection/db"]["error"]
    assert proxy.writes == []
    if api.old:
        with pytest.raises(HTTPError, match="400"):
            api.call("PATCH", "/connections/db?update_mask=password", {**BODY, "password": None})
        return
    api.call("PATCH", "/connections/db?update_mask=password", {**BODY, "password": None})
    assert api.connection("db")["password"] == "***", "Airflow can do it by now: envctl should"


UNMANAGED = """
variables:
  with/slash and space: {value: kept, description: !unmanaged }
  half/ours: {value: !unmanaged , description: ours}
  flags: {value: {new: true, theirs: !unmanaged , deep: {theirs: !unmanaged , ours: 1}}}
connections:
  db:
    conn_type: postgres
    host: !unmanaged
    login: airflow
    password: ${PG_PASSWORD}
    extra: {sslmode: require, theirs: !unmanaged }
  whole: {conn_type: http, login: ours, extra: !unmanaged , password: !unmanaged }
pools:
  gpu: {slots: 4, description: !unmanaged }
"""


def test_what_is_unmanaged_stays(applied: Envctl, tree: Tree, api: Api, server: Server) -> None:
    tree.spec(UNMANAGED)
    api.set_variable("with/slash and space", "moved", description="theirs")
    api.set_variable("half/ours", '{"theirs":  1}', description="moved")
    api.set_variable(
        "flags", '{"new": false, "theirs": [1, {"x": null}], "deep": {"theirs": 1e3, "ours": 2}}'
    )
    api.set_connection(
        "db", conn_type="mysql", host="theirs", login="x", extra='{"sslmode": "no", "theirs": {"y": [1]}}'
    )
    secret = {"password": "their-own-password-5", "extra": '{"token": "their-own-token-5",  "a": 1}'}
    applied.canaries |= {"their-own-password-5", "their-own-token-5"}
    api.set_connection("whole", conn_type="moved", login="moved", host="moved", **secret)
    api.set_pool("gpu", 3, description="theirs")

    done = applied.json("diff", "dev")
    assert done.code == 2, done.said
    assert "theirs" not in json.dumps([list(leaves) for leaves in moved(done).values()])
    done = applied.json("apply", "dev", "--max-deletes", "100%")
    assert done.code == 0, done.said
    assert done.json["converged"] is True
    assert applied("diff", "dev").code == 0

    assert (api.value("with/slash and space"), api.variable("with/slash and space")["description"]) == (
        "kept",
        "theirs",
    )
    half = api.variable("half/ours")
    # Airflow 3 writes JSON anew when it is read.
    assert (half["value"].replace("  ", " "), half["description"]) == ('{"theirs": 1}', "ours")
    assert json.loads(api.value("flags")) == {
        "new": True,
        "theirs": [1, {"x": None}],
        "deep": {"theirs": 1000.0, "ours": 1},
    }
    found = api.connection("db")
    assert (found["conn_type"], found["host"], found["login"]) == ("postgres", "theirs", "airflow")
    assert json.loads(found["extra"]) == {"sslmode": "require", "theirs": {"y": [1]}}
    assert (api.pool("gpu")["slots"], api.pool("gpu")["description"]) == (4, "theirs")
    whole = in_clear(server, "whole")
    assert whole["password"] == "their-own-password-5"
    assert whole["extra"] == '{"token": "their-own-token-5",  "a": 1}'
    assert (whole["conn_type"], whole["login"], whole["host"]) == ("http", "ours", None)


def test_what_is_unmanaged_of_a_variable_with_a_leading_slash(
    envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    """It has no address in Airflow 2's API, and to write it over would write what is not ours."""
    tree.spec("variables: {/leading: {value: !unmanaged , description: ours}}")
    api.set_variable("/leading", '{"theirs":  1}', description="moved")
    done = envctl.json("apply", "dev")
    if api.old:
        assert (done.code, done.json["converged"]) == (5, False), done.said
        assert "has no address for variable//leading" in done.changes["variable//leading"]["blocked"]
        assert proxy.writes == []
        return
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert (api.value("/leading"), api.variable("/leading")["description"]) == ('{"theirs": 1}', "ours")


def in_clear(server: Server, conn_id: str) -> dict[str, Any]:
    """Give a Connection as an operator would get it."""
    code = (
        "import json\nfrom airflow.models import Connection\n"
        f"one = Connection.get_connection_from_secrets({conn_id!r})\n"
        "names = ('conn_type', 'host', 'login', 'password', 'extra')\n"
        "print(json.dumps({name: getattr(one, name) for name in names}))"
    )
    found: dict[str, Any] = json.loads(server.sandbox.run_python(code).strip().splitlines()[-1])
    return found


def test_an_unmanaged_leaf_that_is_masked_blocks_its_neighbours(
    envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    """What Airflow 2 answers in clear can be sent back as it is."""
    envctl.canaries.add("their-leaf-secret-2")
    api.set_variable("settings", '{"password": "their-leaf-secret-2", "a": 1}')
    api.set_variable("other", "1")
    tree.spec('variables: {settings: {value: {password: !unmanaged "", a: 2}}, other: 2}')
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    if api.old:
        assert "blocked" not in done.changes["variable/settings"]
        done = envctl.json("apply", "dev")
        assert (done.code, done.json["converged"]) == (0, True), done.said
        assert json.loads(api.value("settings")) == {"password": "their-leaf-secret-2", "a": 2}
        return
    assert "value.password is !unmanaged" in done.changes["variable/settings"]["blocked"]
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    assert done.changes["variable/settings"]["outcome"] == "not_attempted"
    assert "value.password is !unmanaged" in done.changes["variable/settings"]["error"]
    assert done.changes["variable/other"]["outcome"] == "applied"
    assert done.json["converged"] is False
    assert json.loads(api.value("settings"))["a"] == 1
    assert api.value("other") == "2"
    assert len(proxy.writes) == 1


def test_secrets_that_nobody_touched_are_rewritten_on_request_only(
    applied: Envctl, api: Api, server: Server, proxy: Proxy
) -> None:
    api.delete("variables", "envctl.ledger.default")
    api.call("PATCH", "/connections/db?update_mask=password", {**BODY, "password": "somebody-elses-pw"})
    done = applied.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.json["summary"]["unverifiable"] == 1
    assert proxy.writes == []
    text = applied("diff", "dev").out
    assert "cannot be verified" in text
    assert "connection/db   password, extra.private_key" in text

    done = applied.json("diff", "dev", "--rewrite-secrets", "connection/d*")
    assert done.code == 2, done.said
    assert (done.changes["connection/db"]["action"], done.changes["connection/db"]["reason"]) == (
        "rewrite",
        "rewrite_requested",
    )
    done = applied("apply", "dev", "--rewrite-secrets", "connection/d*")
    assert done.code == 0, done.said
    assert "1 applied   converged" in done.out
    assert in_clear(server, "db")["password"] == "drift-pg-password-8d1"
    assert len(proxy.writes) == 1

    proxy.calm()
    done = applied("apply", "dev", "--rewrite-secrets", "connection/bare")
    assert done.code == 64, done.said
    assert "no object with a secret matches" in done.err
    assert proxy.seen == []


BODY = {"connection_id": "db", "conn_type": "postgres"}


def test_without_secrets_they_are_not_looked_up(applied: Envctl, api: Api, proxy: Proxy) -> None:
    for name in ("PG_PASSWORD", "KEY"):
        del applied.secrets[name]
    done = applied("diff", "dev")
    assert done.code == 1, done.said
    assert "PG_PASSWORD is not set" in done.err
    assert "KEY is not set" in done.err
    assert proxy.writes == []  # it may have begun to read meanwhile: docs/adr/0011-reading.md

    done = applied.json("diff", "dev", "--no-secrets")
    assert done.code == 0, done.said
    assert done.json["summary"]["unverifiable"] == 1
    api.set_connection("db", conn_type="postgres", host="moved")
    done = applied.json("diff", "dev", "--no-secrets")
    assert done.code == 2, done.said
    assert "host" in moved(done)["connection/db"]


def test_a_text_that_holds_a_known_password_is_masked_in_part(
    envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    """Airflow 3 hides a password wherever it stands in a value; what can still be read is compared."""
    envctl.secrets["PW"] = "known-to-the-server-31"
    api.set_connection("theirs", conn_type="x", password="a-word-of-31-letters")
    tree.spec(
        variables={
            "url": "postgres://u:${PW}@h/db",
            "plain": "here a-word-of-31-letters and more",
            "list": ["x a-word-of-31-letters", "y"],
        },
        connections={"ours": {"conn_type": "x", "password": "${PW}", "extra": {"url": "u:${PW}@h"}}},
    )
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    word = "a-word-of-31-letters" if api.old else "***"
    assert api.value("plain") == f"here {word} and more"
    done = envctl.json("diff", "dev")
    assert done.code == 0, done.said
    assert done.json["unverifiable"] == []

    api.set_variable("plain", "here a-word-of-31-letters and less")
    api.set_variable("url", "postgres://v:known-to-the-server-31@h/db")
    api.set_variable("list", '["x a-word-of-31-letters", "z"]')
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    # A list without a mask in it is one leaf.
    paths = {"value"} if api.old else {"value", "value[1]"}
    assert {path for leaves in moved(done).values() for path in leaves} == paths
    assert set(done.changes) == {"variable/plain", "variable/url", "variable/list"}
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert all(b"***" not in one.body for one in proxy.writes)
