"""Variables and connections that are kept in Vault: written, compared, recorded and deleted there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.stores.backend.conftest import EVERYTHING, Backed

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.tree import Tree
    from tests.stores.bao import Bao

pytestmark = pytest.mark.server

PASSWORD = "write-through-password-Zk3'\"é"
NEW = "write-through-rotated-Vb8"
LIVE = "live-in-vault-canary-Hq5"
SPEC: dict[str, Any] = {
    "variables": {
        "batch_size": "500",
        "flags": {"value": {"new": True, "token": "${PW}"}, "description": "switches"},
        "folder/nested key": "a b",
    },
    "connections": {
        "db": {
            "conn_type": "postgres",
            "host": "db.internal",
            "login": "airflow",
            "password": "${PW}",
            "port": 5432,
            "schema": "ml",
            "extra": {"sslmode": "require"},
        }
    },
    "pools": {"gpu": {"slots": 4}},
}
PATHS = ("variables/batch_size", "variables/flags", "variables/folder/nested key", "connections/db")


@pytest.fixture(autouse=True)
def _secrets(envctl: Envctl) -> None:
    envctl.secrets["PW"] = PASSWORD
    envctl.canaries.update((NEW, LIVE))


@pytest.fixture
def applied(backed: Backed) -> Backed:
    backed.tree.spec(SPEC)
    done = backed.envctl("apply", "dev")
    assert done.code == 0, done.said
    return backed


def test_the_layout_is_the_provider_s(applied: Backed, api: Api) -> None:
    assert applied.get("variables/batch_size") == {"value": "500"}
    flags = applied.get("variables/flags")
    assert flags is not None
    assert json.loads(flags.pop("value")) == {"new": True, "token": PASSWORD}
    assert flags == {"description": "switches"}
    assert applied.get("variables/folder/nested key") == {"value": "a b"}
    db = applied.get("connections/db")
    assert db is not None
    assert json.loads(db.pop("extra")) == {"sslmode": "require"}
    assert db == {
        "conn_type": "postgres",
        "host": "db.internal",
        "login": "airflow",
        "password": PASSWORD,
        "port": 5432,
        "schema": "ml",
    }
    assert "batch_size" not in api.all("variables")
    assert "db" not in api.all("connections")
    assert api.pool("gpu")["slots"] == 4


def test_a_second_apply_has_nothing_to_do(applied: Backed) -> None:
    done = applied.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.json["changes"] == []
    assert done.json["summary"]["unverifiable"] == 0
    assert [applied.version(path) for path in PATHS] == [1, 1, 1, 1]
    assert applied.warnings() == []


def test_the_plan_says_where_it_goes(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    before = backed.envctl.json("diff", "dev")
    assert before.code == 2, before.said
    store = {"kind": "vault", "path": f"{backed.mount}/variables/batch_size", "version": 0}
    assert before.changes["variable/batch_size"]["store"] == store
    assert "store" not in before.changes["pool/gpu"]
    assert backed.envctl("apply", "dev").code == 0
    backed.tree.spec({**SPEC, "variables": {**SPEC["variables"], "batch_size": "600"}})
    after = backed.envctl("diff", "dev")
    assert f"vault {backed.mount}/variables/batch_size v1" in after.out
    assert "500" not in after.out
    assert "600" in after.out


def test_drift_is_shown_without_what_is_live(applied: Backed) -> None:
    applied.put("variables/batch_size", value=LIVE)
    applied.put("connections/db", conn_uri=f"postgres://u:{LIVE}@h/{LIVE}")
    done = applied.envctl.json("diff", "dev")
    assert done.code == 2, done.said
    changes = done.changes
    assert changes["variable/batch_size"]["reason"] == "drift"
    assert changes["variable/batch_size"]["store"]["version"] == 2
    (field,) = changes["variable/batch_size"]["fields"]
    assert field == {"path": "value", "verdict": "different", "live_hidden": True, "desired": "500"}
    assert {one["path"] for one in changes["connection/db"]["fields"]} == {
        *("host", "login", "password", "schema", "port", "extra.sslmode")
    }
    text = applied.envctl("diff", "dev")
    assert "changed in Vault" in text.out
    assert applied.envctl("apply", "dev").code == 0
    assert applied.get("variables/batch_size") == {"value": "500"}
    restored = applied.get("connections/db")
    assert restored is not None
    assert "conn_uri" not in restored
    assert applied.version("connections/db") == 3


def test_a_connection_that_is_a_uri_is_read(backed: Backed) -> None:
    backed.put("connections/db", conn_uri="postgres://airflow:pw@db.internal:5432/ml?sslmode=require")
    backed.envctl.secrets["PW"] = "pw"
    backed.tree.spec(connections=SPEC["connections"])
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert [one["action"] for one in done.json["changes"]] == ["adopt"]
    assert backed.version("connections/db") == 1


def test_a_secret_that_was_rotated(applied: Backed) -> None:
    applied.envctl.canaries.add(PASSWORD)
    applied.envctl.secrets["PW"] = NEW
    done = applied.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert {name: one["reason"] for name, one in done.changes.items()} == {
        "variable/flags": "secret_rotated",
        "connection/db": "secret_rotated",
    }
    db = applied.get("connections/db")
    assert db is not None
    assert db["password"] == NEW
    assert applied.version("connections/db") == 2


def test_without_secrets_it_is_not_verified(applied: Backed) -> None:
    done = applied.envctl.json("diff", "dev", "--no-secrets")
    assert done.code == 0, done.said
    assert {one["address"] for one in done.json["unverifiable"]} == {"variable/flags", "connection/db"}


def test_what_leaves_the_spec_is_deleted_and_can_be_undeleted(applied: Backed) -> None:
    applied.put("variables/by_hand", value=LIVE)
    applied.tree.spec(variables={"batch_size": "500"}, connections={}, pools={})
    done = applied.envctl.json("apply", "dev", "--allow-empty")
    assert done.code == 0, done.said
    assert {name for name, one in done.changes.items() if one["action"] == "delete"} == {
        *("variable/flags", "variable/folder/nested key", "connection/db", "pool/gpu")
    }
    assert "variable/by_hand" in done.json["unmanaged"]
    assert applied.get("connections/db") is None
    assert applied.get("variables/by_hand") == {"value": LIVE}
    applied.undelete("connections/db", 1)
    assert applied.get("connections/db") is not None
    assert applied.envctl.json("diff", "dev").json["changes"] == []


def test_prune_all_deletes_what_stands_there(applied: Backed) -> None:
    applied.put("variables/by_hand", value=LIVE)
    done = applied.envctl.json("apply", "dev", "--prune", "--max-deletes", "100%")
    assert done.code == 0, done.said
    assert {name for name, one in done.changes.items() if one["action"] == "delete"} == {"variable/by_hand"}
    assert applied.get("variables/by_hand") is None


def test_deleted_outside_is_made_again(applied: Backed) -> None:
    applied.delete("variables/batch_size")
    done = applied.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    change = done.changes["variable/batch_size"]
    assert (change["action"], change["reason"]) == ("create", "deleted_outside")
    assert change["store"]["version"] == 1
    assert applied.version("variables/batch_size") == 2


def test_what_is_there_already_is_adopted(backed: Backed) -> None:
    backed.put("variables/batch_size", value="500")
    backed.tree.spec(variables={"batch_size": "500"})
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.changes["variable/batch_size"]["action"] == "adopt"
    assert backed.version("variables/batch_size") == 1


def test_keys_that_only_vault_has_are_not_named(backed: Backed) -> None:
    backed.put("variables/flags", value=json.dumps({LIVE: 1, f"{LIVE}2": 2, "a": {LIVE: 3}}))
    backed.put("connections/db", conn_type="http", extra=json.dumps({LIVE: "x"}))
    backed.tree.spec(
        variables={"flags": {"value": {"a": {"b": 2}}}},
        connections={"db": {"conn_type": "http", "extra": {"c": 1}}},
    )
    done = backed.envctl.json("diff", "dev")
    paths = {name: [one["path"] for one in change["fields"]] for name, change in done.changes.items()}
    assert paths == {
        "variable/flags": ["value.a.b", 'value.a["…"]', 'value["…"]'],
        "connection/db": ["extra.c", 'extra["…"]'],
    }
    assert backed.envctl("plan", "dev", "--out", "plan.json").code == 2
    assert LIVE not in (backed.envctl.folder / "plan.json").read_text()
    assert backed.envctl("apply", "dev", "--plan", "plan.json").code == 0


def test_ids_that_a_url_would_not_take(backed: Backed) -> None:
    ids = ["ü % ?", "a%2Fb", "x#y", "q?a=b&c", "deep/er/x", "deep", "+ ;,=@:$!'()*", "a\\b"]
    backed.tree.spec(variables={name: f"value of {index}" for index, name in enumerate(ids)})
    done = backed.envctl("apply", "dev")
    assert done.code == 0, done.said
    for index, name in enumerate(ids):
        assert backed.get(f"variables/{name}") == {"value": f"value of {index}"}, name
    assert backed.envctl.json("diff", "dev").json["changes"] == []


def test_unmanaged_leaves_stay(backed: Backed) -> None:
    backed.put("variables/flags", value=json.dumps({"a": LIVE, "b": 1}))
    backed.put("connections/db", conn_type="http", host="h", password=LIVE)
    backed.tree.spec(
        """
        variables: {flags: {value: {a: !unmanaged , b: 2}}}
        connections: {db: {conn_type: http, host: other, password: !unmanaged }}
        """
    )
    done = backed.envctl("apply", "dev")
    assert done.code == 0, done.said
    flags, db = backed.get("variables/flags"), backed.get("connections/db")
    assert flags is not None
    assert json.loads(flags["value"]) == {"a": LIVE, "b": 2}
    assert db == {"conn_type": "http", "host": "other", "password": LIVE}


def test_the_ledger_has_no_fast_digest_of_what_is_kept_there(applied: Backed, api: Api) -> None:
    entries = {str(address): one for address, one in api.ledger().entries.items()}
    assert not entries["connection/db"].digests
    assert not entries["variable/batch_size"].digests
    assert len(entries["connection/db"].fingerprints) == 7
    assert entries["pool/gpu"].digests


def test_a_saved_plan_holds_until_somebody_writes(applied: Backed) -> None:
    applied.put("variables/batch_size", value=LIVE)
    saved = applied.envctl("plan", "dev", "--out", "plan.json")
    assert saved.code == 2, saved.said
    text = (applied.envctl.folder / "plan.json").read_text()
    assert LIVE not in text
    (change,) = json.loads(text)["plan"]["comparison"]["changes"]
    assert change["pin"]["live"]["digests"] == {}
    assert change["pin"]["desired"]["digests"] == {}
    shown = applied.envctl("show", "plan.json")
    assert f"vault {applied.mount}/variables/batch_size v2" in shown.out
    applied.put("variables/batch_size", value="somebody's")
    refused = applied.envctl("apply", "dev", "--plan", "plan.json")
    assert refused.code == 3, refused.said
    assert "live moved: variable/batch_size" in refused.err


def test_only_chosen_ids_go_there(backed: Backed, tree: Tree, api: Api) -> None:
    backed.configure({"variables": {"include": ["*_token"], "exclude": ["old_*"]}})
    tree.spec(
        variables={"api_token": "${PW}", "old_token": "x1", "plain": "y1"},
        connections={"db": {"conn_type": "http"}},
    )
    done = backed.envctl("apply", "dev")
    assert done.code == 0, done.said
    assert backed.get("variables/api_token") == {"value": PASSWORD}
    assert {"old_token", "plain"} <= api.all("variables").keys()
    assert "api_token" not in api.all("variables")
    assert "db" in api.all("connections")
    assert backed.get("connections/db") is None


def test_kv_version_1(tree: Tree, envctl: Envctl, bao: Bao) -> None:
    backed = Backed(tree, envctl, bao, kv_version=1)
    backed.configure(EVERYTHING)
    tree.spec(SPEC)
    assert envctl("apply", "dev").code == 0
    assert backed.get("variables/batch_size") == {"value": "500"}
    again = envctl.json("apply", "dev")
    assert again.json["changes"] == []
    tree.spec({**SPEC, "variables": {"batch_size": "501"}})
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.changes["variable/batch_size"]["store"]["version"] is None
    assert backed.get("variables/batch_size") == {"value": "501"}
    assert backed.get("variables/flags") is None
