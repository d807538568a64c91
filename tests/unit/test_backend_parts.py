"""Which objects are kept in Vault, what is said of those in two places, and what is never repeated."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from envctl.depot.choice import Choice, homeless
from envctl.depot.notes import Places, notes
from envctl.depot.reading import Depot
from envctl.depot.refusal import NotWritten
from envctl.depot.shelf import Shelf
from envctl.depot.writer import RoutingWriter
from envctl.errors import BackendFailed, Locked, Position
from envctl.kinds.connection import CONNECTION
from envctl.kinds.variable import VARIABLE
from envctl.model.address import Address
from envctl.model.change import Action, Change, Reason
from envctl.model.policy import Scope
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.store import Store
from envctl.secrets.backend import Missing, unusable
from envctl.secrets.vault.failures import Rejected
from envctl.secrets.vault.words import LOST

TOKENS = Choice({"variables": Scope(("*_token",), ("old_*",))})
HERE = Position("a.yaml", 2, 3)
SECRET = "not-to-be-repeated-7c"


def wanted(name: str, kind: str = "variable") -> Desired:
    return Desired(Address(kind, name), {}, HERE)


def test_globs_choose() -> None:
    assert TOKENS.keeps(VARIABLE, "a_token")
    assert not TOKENS.keeps(VARIABLE, "old_token")
    assert not TOKENS.keeps(VARIABLE, "plain")
    assert not TOKENS.keeps(CONNECTION, "a_token")


@pytest.mark.parametrize("name", ["envctl.ledger.default", "envctl.lock"])
def test_envctl_s_own_objects_stay_in_airflow(name: str) -> None:
    assert not Choice({"variables": Scope()}).keeps(VARIABLE, name)


def test_everything_of_what_is_kept_there_is_hidden() -> None:
    kind = TOKENS.concealing(VARIABLE)
    assert kind.hides("a_token", "description")
    assert not kind.hides("plain", "description")
    assert TOKENS.concealing(CONNECTION) is CONNECTION


def test_ids_that_are_no_paths() -> None:
    everything = Choice({"variables": Scope()})
    ids = ["a/b", "a//b", "/a", "a/", ".", "a/../b", "a b"]
    found = [one.message for one in homeless(everything, [VARIABLE], map(wanted, ids))]
    assert [text.split("'")[1] for text in found] == ["a//b", "/a", "a/", ".", "a/../b"]
    assert not list(homeless(TOKENS, [VARIABLE], [wanted("a//b")]))


def test_many_others_in_two_places_are_one_warning() -> None:
    both = {Address("variable", f"v{index:02}") for index in range(12)}
    (found,) = notes(Places(kept=both, copies=both), {})
    assert found.message.endswith("variable/v09 and 2 more")


def test_a_store_in_words() -> None:
    assert str(Store("airflow/variables/x", 3)) == "vault airflow/variables/x v3"
    assert str(Store("airflow/variables/x", 0)) == "vault airflow/variables/x"
    assert str(Store("airflow/variables/x")) == "vault airflow/variables/x"
    assert Store("airflow/variables/x", 3).place == Store("airflow/variables/x", 4).place
    assert Store("airflow/variables/x", 3, "team-a").place == "vault team-a/airflow/variables/x"


def shelf(failure: Exception) -> Shelf:
    connection: Any = mock.Mock()
    connection.ask.side_effect = failure
    return Shelf(connection, "airflow", 2, 1)


def test_a_server_that_says_why() -> None:
    failure = Rejected(Missing("x", "its log says why"), "answers 400")
    words = "does not take airflow/variables/x: answers 400; its log says why"
    with pytest.raises(NotWritten, match=words):
        shelf(failure).put("variables", "x", {"value": Secret(SECRET, "${S}")}, 1)


def test_a_lost_race() -> None:
    with pytest.raises(NotWritten, match="was written by somebody after it was read: nothing"):
        shelf(Rejected(Missing("x"), LOST)).put("variables", "x", {"value": "v"}, 1)


def test_a_server_that_is_ill_ends_all() -> None:
    with pytest.raises(BackendFailed, match="it is sealed"):
        shelf(unusable("it is sealed", "unseal it")).put("variables", "x", {"value": "v"}, 1)


def test_nothing_is_written_there_without_the_lock() -> None:
    def lost() -> None:
        raise Locked("the lock was lost")

    connection: Any = mock.Mock()
    depot = Depot(Shelf(connection, "airflow", 2, 1), {"variables": "variables"}, TOKENS, {}, {})
    others: Any = mock.Mock()
    address = Address("variable", "a_token")
    change = Change(address, Action.CREATE, Reason.NEW, wanted("a_token"), None, store=Store("x", 0))
    with pytest.raises(Locked):
        list(RoutingWriter(others, lost, depot).write(VARIABLE, (change,)))
    connection.ask.assert_not_called()
