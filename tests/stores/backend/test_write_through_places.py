"""Objects that stand in two places, move from one to the other, or are never read where they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores.backend.conftest import EVERYTHING

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.stores.backend.conftest import Backed

pytestmark = pytest.mark.server

LIVE = "live-in-vault-canary-Ww2"
ONE = {"variables": {"one": "a1"}, "connections": {"db": {"conn_type": "http", "host": "h1"}}}
NEVER = "what envctl writes into its database is never used"


@pytest.fixture(autouse=True)
def _secrets(backed: Backed) -> None:
    backed.envctl.canaries.add(LIVE)


def test_a_shadow_is_named(backed: Backed, api: Api) -> None:
    backed.configure()
    backed.put("variables/one", value=LIVE)
    backed.put("connections/db", conn_type="http", host=LIVE)
    backed.put("variables/unrelated", value=LIVE)
    backed.tree.spec(ONE)
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert api.value("one") == "a1"
    found = [one for one in done.json["diagnostics"] if NEVER in one["message"]]
    assert [one["message"] for one in found] == [
        f"Airflow reads connection/db from Vault ({backed.mount}/connections/db): {NEVER}",
        f"Airflow reads variable/one from Vault ({backed.mount}/variables/one): {NEVER}",
    ]
    assert found[0]["source"].startswith("environments/dev/spec.yaml:")
    assert backed.get("variables/one") == {"value": LIVE}


def test_what_airflow_does_not_take_from_vault_is_no_shadow(backed: Backed) -> None:
    backed.configure()
    backed.put("variables/one", text="it has no value")
    backed.put("connections/db", conn_type="http")
    backed.delete("connections/db")
    backed.tree.spec(ONE)
    assert backed.warnings() == []


def test_a_section_that_airflow_does_not_read_there(backed: Backed) -> None:
    backed.configure(variables_path=None)
    backed.put("variables/one", value=LIVE)
    backed.tree.spec(ONE)
    assert backed.warnings() == []


def test_the_paths_of_the_instance_are_looked_at(backed: Backed) -> None:
    backed.configure({"connections": {}}, variables_path="team/vars", connections_path="team/conns")
    backed.put("team/vars/one", value=LIVE)
    backed.tree.spec(ONE)
    assert len(backed.warnings()) == 1
    assert backed.envctl("apply", "dev").code == 0
    assert backed.get("team/conns/db") == {"conn_type": "http", "host": "h1"}


def test_an_object_moves_to_vault_and_its_copy_is_left(backed: Backed, api: Api) -> None:
    backed.configure()
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.configure(EVERYTHING)
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert {name: (one["action"], one["reason"]) for name, one in done.changes.items()} == {
        "variable/one": ("create", "new"),
        "connection/db": ("create", "new"),
    }
    moving = "variable/one moves to Vault: the copy in Airflow's database is left"
    assert moving in [one["message"] for one in done.json["diagnostics"]]
    assert backed.get("variables/one") == {"value": "a1"}
    assert api.value("one") == "a1"
    entries = {str(address): one for address, one in api.ledger().entries.items()}
    assert not entries["connection/db"].digests
    both = "variable/one stands in Airflow's database too, where nothing reads it: it is kept in Vault"
    assert both in backed.warnings()
    api.delete("variables", "one")
    api.delete("connections", "db")
    assert backed.warnings() == []


def test_nothing_of_a_move_is_pruned_in_the_database(backed: Backed, api: Api) -> None:
    backed.configure()
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.configure(EVERYTHING)
    assert backed.envctl("apply", "dev").code == 0
    backed.tree.spec(variables={}, connections={})
    done = backed.envctl.json("apply", "dev", "--prune", "--max-deletes", "100%", "--allow-empty")
    assert done.code == 0, done.said
    assert backed.get("variables/one") is None
    assert api.value("one") == "a1"
    assert "db" in api.all("connections")


def test_what_is_chosen_when_it_leaves_the_spec_is_left(backed: Backed, api: Api) -> None:
    backed.configure()
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.configure(EVERYTHING)
    backed.tree.spec(variables={}, connections={})
    done = backed.envctl.json("apply", "dev", "--allow-empty")
    assert done.code == 0, done.said
    assert done.json["changes"] == []
    assert api.value("one") == "a1"


def test_an_object_moves_back(backed: Backed, api: Api) -> None:
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.configure()
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert done.changes["variable/one"]["reason"] == "new"
    assert api.value("one") == "a1"
    assert sum(NEVER in one for one in backed.warnings()) == 2
    backed.delete("variables/one")
    backed.delete("connections/db")
    assert backed.warnings() == []
    assert backed.envctl.json("diff", "dev").json["changes"] == []


def test_what_stands_in_the_database_only_is_unmanaged(backed: Backed, api: Api) -> None:
    api.set_variable("by_hand", "x")
    backed.tree.spec(variables={"one": "a1"})
    done = backed.envctl.json("apply", "dev", "--prune")
    assert done.code == 0, done.said
    assert "variable/by_hand" in done.json["unmanaged"]
    assert api.value("by_hand") == "x"


def test_others_in_both_places_are_counted_once(backed: Backed, api: Api) -> None:
    backed.put("variables/by_hand", value=LIVE)
    api.set_variable("by_hand", "x")
    backed.tree.spec(variables={"one": "a1"})
    assert "both in Vault and in Airflow's database: variable/by_hand" in backed.warnings()


def test_somebody_elses_document_is_not_deleted_for_an_object_of_the_database(
    backed: Backed, api: Api
) -> None:
    backed.configure()
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.put("variables/one", value=LIVE)
    backed.configure(EVERYTHING)
    backed.tree.spec(variables={}, connections={})
    done = backed.envctl.json("apply", "dev", "--max-deletes", "100%", "--allow-empty")
    assert done.code == 0, done.said
    assert done.json["changes"] == []
    assert "variable/one" in done.json["unmanaged"]
    assert (backed.get("variables/one"), api.value("one")) == ({"value": LIVE}, "a1")


def test_somebody_elses_document_below_another_path_is_not_deleted(backed: Backed) -> None:
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    backed.put("elsewhere/one", value=LIVE)
    backed.configure(EVERYTHING, variables_path="elsewhere")
    assert backed.envctl.json("diff", "dev").changes["variable/one"]["reason"] == "adopt"
    backed.tree.spec(variables={}, connections={})
    done = backed.envctl.json("apply", "dev", "--max-deletes", "100%", "--allow-empty")
    assert done.code == 0, done.said
    assert list(done.changes) == ["connection/db"]
    assert backed.get("elsewhere/one") == {"value": LIVE}
    assert backed.get("variables/one") == {"value": "a1"}


def test_somebody_elses_variable_is_not_deleted_for_an_object_of_vault(backed: Backed, api: Api) -> None:
    backed.tree.spec(ONE)
    assert backed.envctl("apply", "dev").code == 0
    api.set_variable("one", "by hand")
    backed.configure()
    backed.tree.spec(variables={}, connections={})
    done = backed.envctl.json("apply", "dev", "--max-deletes", "100%", "--allow-empty")
    assert done.code == 0, done.said
    assert done.json["changes"] == []
    assert api.value("one") == "by hand"
