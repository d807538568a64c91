"""Must-show 2: what is typed is what Airflow reads."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from tests.server import nasty
from tests.server.conftest import VERSION

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

LEDGER = "envctl.ledger.default"
pytestmark = pytest.mark.server

_NO_FIELDS = dict.fromkeys(
    ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
)


def what_airflow_reads(server: Server, things: nasty.Everything) -> dict[str, Any]:
    answer = server.sandbox.run_python(things.read_back_code()).strip().splitlines()[-1]
    found: dict[str, Any] = json.loads(answer)
    return found


MASKS = {
    "3.1": ["value.password", "value.token.id", "value.token.parts"],
    "3.2": ["value.password", "value.token.parts[0]"],
    "3.3": ["value.password", "value.token.parts[0]", "value.url"],
}
"""What each series of Airflow masks of one document: whole lists or their texts, a password inside a text."""


def check(things: nasty.Everything, server: Server) -> None:
    found = what_airflow_reads(server, things)
    variables = found["variables"]
    assert {one.key: variables[one.key] for one in things.texts} == {
        one.key: one.text for one in things.texts
    }
    for document in things.documents:
        # Dumped, so that 1, 1.0 and true are three things, and the order counts.
        read = json.loads(variables[document.key])
        assert json.dumps(read) == json.dumps(document.document), document.key
    for connection in things.connections:
        wanted = {**_NO_FIELDS, **connection.fields}
        read = found["connections"][connection.id]
        # To every hook, no extra is the same as an empty one.
        wanted["extra"], read["extra"] = wanted["extra"] or {}, read["extra"] or {}
        assert json.dumps(read, sort_keys=True) == json.dumps(wanted, sort_keys=True), connection.id
    for pool in things.pools:
        slots, text, include_deferred = found["pools"][pool.name]
        assert (slots, include_deferred) == (pool.slots, pool.include_deferred), pool.name
        if pool.name != "default_pool":
            assert text == pool.description


@pytest.fixture
def things(api: Api) -> nasty.Everything:
    """What this Airflow takes."""
    return nasty.on_airflow_2() if api.old else nasty.Everything()


@pytest.fixture
def nasty_tree(envctl: Envctl, tree: Tree, proxy: Proxy, things: nasty.Everything) -> Tree:
    tree.environment("dev", proxy.url, params={"plain": "a plain param"})
    tree.spec(things.spec())
    envctl.secrets.update(nasty.PASSWORDS)
    proxy.asterisks_are_typed = True
    return tree


def shows_nothing_that_a_terminal_obeys(text: str) -> bool:
    return all(letter == "\n" or unicodedata.category(letter) not in ("Cc", "Zl", "Zp") for letter in text)


@pytest.mark.usefixtures("nasty_tree")
def test_created(envctl: Envctl, proxy: Proxy, api: Api, server: Server, things: nasty.Everything) -> None:
    assert things.count >= 60
    assert envctl("validate", "dev").code == 0
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    # default_pool is there already.
    assert (done.json["summary"]["create"], done.json["summary"]["update"]) == (things.count - 1, 1)

    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert f"{things.count} applied   converged" in done.out
    assert shows_nothing_that_a_terminal_obeys(done.out)
    check(things, server)

    done = envctl.json("diff", "dev")
    assert (done.code, done.json["changes"]) == (0, [])
    assert (done.json["summary"]["in_sync"], done.json["unverifiable"]) == (things.count, [])
    proxy.calm()
    done = envctl("apply", "dev")
    assert done.code == 0
    assert "nothing to do" in done.out
    assert proxy.writes == []

    ledger = api.value(LEDGER)
    api.delete("variables", LEDGER)
    # Without its ledger envctl does not know what stands behind the masks.
    hidden = {one["address"]: one["fields"] for one in envctl.json("diff", "dev").json["unverifiable"]}
    api.set_variable(LEDGER, ledger)
    if api.old:
        # Variables are answered in clear.
        assert not [one for one in hidden if one.startswith("variable/")]
        assert hidden["connection/given_PW_PERCENT"] == ["password"]
        return
    assert hidden["variable/api_key"] == ["value"]
    assert hidden["variable/doc secrets"] == MASKS[VERSION.rpartition(".")[0]]
    assert hidden["connection/given_PW_PERCENT"] == ["password"]
    assert "variable/my_password_number" not in hidden


@pytest.mark.usefixtures("nasty_tree")
def test_updated(envctl: Envctl, proxy: Proxy, api: Api, server: Server, things: nasty.Everything) -> None:
    """The same from other values: Airflow goes other ways when it writes over something."""
    other = [{"key": one.key, "value": '{"old": [1]}', "description": "old"} for one in things.variables]
    api.bulk("variables", "create", other)
    old = {
        "conn_type": "old",
        "description": "old",
        "host": "old",
        "login": "old",
        "schema": "old",
        "port": 1,
    }
    old_extra = json.dumps({"old": 1, "password": "old-extra-password", "role": {"arn": ["old"]}})
    for one in things.connections:
        secret = {"password": "the-old-password"} if "password" in one.fields else {}
        api.set_connection(one.id, **old, **secret, extra=old_extra)
    for pool in things.pools:
        if pool.name != "default_pool":
            api.set_pool(pool.name, 17, description="old", include_deferred=not pool.include_deferred)

    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.json["converged"] is True
    assert done.json["summary"]["update"] == things.count
    check(things, server)
    assert envctl("diff", "dev").code == 0

    proxy.calm()
    done = envctl.json("apply", "dev", "--rewrite-secrets", "*")
    assert done.code == 0, done.said
    assert {change["action"] for change in done.json["changes"]} == {"rewrite"}
    assert len(done.changes) == sum("_SECRET" in one.yaml for one in things.variables) + sum(
        "${" in one.yaml for one in things.connections
    )
    check(things, server)


@pytest.mark.skipif(not VERSION.startswith("2."), reason="Airflow 3 can write all of it: test_created")
@pytest.mark.usefixtures("nasty_tree")
def test_what_airflow_2_cannot_write_is_said(envctl: Envctl, tree: Tree, api: Api) -> None:
    """Nothing of it is there afterwards, and all else is not held up by it."""
    every = nasty.Everything()
    tree.spec(every.spec())
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    refused = {address: one["error"] for address, one in done.changes.items() if "error" in one}
    assert refused.keys() == nasty.NOT_ON_AIRFLOW_2.keys()
    for address, words in nasty.NOT_ON_AIRFLOW_2.items():
        assert words in refused[address]
        section, _, name = address.partition("/")
        assert name not in api.all(f"{section}s")
    # The default pool is there, and perhaps what an earlier test made and Airflow 2 cannot delete.
    assert done.json["summary"]["create"] in (every.count - 1, every.count - 2)
