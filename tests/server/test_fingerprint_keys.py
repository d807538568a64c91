"""Fingerprints with a key: made, checked, missing on a runner, and replaced by another key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envctl.ledger.fingerprints import is_keyed

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

KEY = "ENVCTL_FINGERPRINT_KEY"
OLD, NEW = "fingerprint-key-one-of-the-tests-4417", "fingerprint-key-two-of-the-tests-9b3e"


@pytest.fixture
def keyed(envctl: Envctl, tree: Tree, proxy: Proxy) -> Envctl:
    """envctl with a key, and an instance to which it has applied a password."""
    tree.spec(
        variables={"a": "1"},
        connections={"db": {"conn_type": "postgres", "host": "h", "password": "${PW}"}},
    )
    envctl.secrets |= {"PW": "keyed-password-77d1", KEY: OLD}
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    proxy.calm()
    return envctl


def marks(api: Api) -> set[str]:
    entries = api.ledger().entries.values()
    return {mark for entry in entries for mark in entry.fingerprints.values()}


def test_with_its_key_a_secret_is_known_to_be_the_same(keyed: Envctl, api: Api) -> None:
    assert marks(api)
    assert all(map(is_keyed, marks(api)))
    done = keyed.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 2), done.said
    keyed.secrets["PW"] = "keyed-password-88e2"
    assert keyed.json("diff", "dev").changes["connection/db"]["reason"] == "secret_rotated"


def test_without_the_key_nothing_is_changed_and_it_is_said(keyed: Envctl, api: Api, proxy: Proxy) -> None:
    before = marks(api)
    del keyed.secrets[KEY]
    for secret in ("keyed-password-77d1", "keyed-password-88e2"):
        keyed.secrets["PW"] = secret
        done = keyed.json("diff", "dev")
        assert (done.code, done.json["changes"]) == (0, []), done.said
        assert [one["address"] for one in done.json["unverifiable"]] == ["connection/db"]
        assert KEY in done.json["unverifiable"][0]["why"]
        (warning,) = done.json["diagnostics"]
        assert "1 secret has a fingerprint" in warning["message"]
        assert KEY in warning["hint"]
    done = keyed.json("apply", "dev")
    assert (done.code, proxy.all_writes) == (0, []), done.said
    assert marks(api) == before


def test_what_a_runner_without_the_key_writes_is_written_again_by_one_with_it(
    keyed: Envctl, tree: Tree, api: Api
) -> None:
    """It makes no weaker fingerprint than the ledger's owner chose, and so leaves none."""
    del keyed.secrets[KEY]
    tree.spec(
        variables={"a": "2"},
        connections={"db": {"conn_type": "postgres", "host": "moved", "password": "${PW}"}},
    )
    done = keyed.json("apply", "dev")
    assert done.code == 0, done.said
    assert marks(api) == {""}
    keyed.secrets[KEY] = OLD
    done = keyed.json("diff", "dev")
    assert done.changes["connection/db"]["reason"] == "touched_outside", done.said
    assert keyed.json("apply", "dev").code == 0
    done = keyed.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 2), done.said


def test_a_key_is_replaced(keyed: Envctl, api: Api, proxy: Proxy) -> None:
    before = marks(api)
    keyed.secrets[KEY] = f"{NEW},{OLD}"
    done = keyed.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 2), done.said
    done = keyed.json("apply", "dev")
    assert (done.code, done.json["changes"], proxy.writes) == (0, [], []), done.said
    assert marks(api).isdisjoint(before)
    keyed.secrets[KEY] = NEW
    proxy.calm()
    done = keyed.json("apply", "dev")
    assert (done.code, done.json["summary"]["in_sync"], proxy.all_writes) == (0, 2, []), done.said


def test_a_ledger_without_a_key_gets_one(keyed: Envctl, tree: Tree, api: Api) -> None:
    api.delete("variables", "envctl.ledger.default")
    del keyed.secrets[KEY]
    keyed.secrets["PW"] = "slow-password-1c9f"
    assert keyed.json("apply", "dev", "--rewrite-secrets", "*").code == 0
    assert not any(map(is_keyed, marks(api)))
    tree.environment("dev", keyed_url(tree), secrets={"fingerprint_key": "${SPEC_KEY}"})
    keyed.secrets["SPEC_KEY"] = NEW
    assert keyed.json("apply", "dev").code == 0
    assert all(map(is_keyed, marks(api)))
    done = keyed.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"]) == (0, 2), done.said


def keyed_url(tree: Tree) -> str:
    """Give the URL that the environment dev has."""
    content = json.loads((tree.root / "dev" / "environment.yaml").read_text())
    return str(content["airflow"]["url"])
