"""What the ledger says of an object counts only where the object was applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from envctl.depot.choice import Choice
from envctl.depot.reading import Depot, completed
from envctl.depot.shelf import Found
from envctl.engine.diff import compare
from envctl.engine.past import Past
from envctl.engine.record import recorded
from envctl.engine.spare import Wishes
from envctl.kinds import KINDS
from envctl.model.ledger import Entry
from envctl.model.policy import Prune, Scope
from envctl.model.resource import Reading
from envctl.stages.keeping import in_place
from tests.unit.ledgers import APPLIED, FAILED, prints, said
from tests.unit.objects import address, desired, live

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.model.plan import Comparison

X = "variable/x"
HERE = "vault airflow/variables/x"


class OneShelf:
    """A KV store that holds one document, `variables/x`, or nothing."""

    nothing = Found(None, 0)

    def __init__(self, mount: str, value: str | None) -> None:
        self._mount, self._value = mount, value

    def place(self, path: str) -> str:
        return f"{self._mount}/{path}"

    def names(self, folder: str) -> list[str]:
        return ["x"] if folder == "variables" and self._value is not None else []

    def read(self, paths: Iterable[str]) -> dict[str, Found]:
        return {path: Found({"value": self._value}, 7) for path in paths}


class Ground:
    """An instance in which `variable/x` stands in the database, in Vault, or in both, and its ledger."""

    def __init__(self, value: str | None = None) -> None:
        self.database: str | None = None
        self.vault: str | None = None
        self.write, self.mount, self.namespace = True, "airflow", ""
        self.wanted = {address(X): desired(X, value=value)} if value else {}
        self.entries: dict[Any, Entry] = {}

    def read(self) -> Reading:
        had = [live(X, value=self.database)] if self.database else []
        choice = Choice({"variables": Scope()} if self.write else {})
        shelf: Any = OneShelf(self.mount, self.vault)
        depot = Depot(shelf, {"variables": "variables"}, choice, {}, self.wanted, self.namespace)
        return completed(Reading({one.address: one for one in had}, {}), KINDS, depot)

    def compared(self, prune: Prune = Prune.MANAGED) -> Comparison:
        reading = self.read()
        wishes = Wishes({}, prune)
        return compare(KINDS, self.wanted, reading.live, wishes, self._past(reading), reading.stores)

    def apply(self, outcome: Any = APPLIED) -> Comparison:
        """Record an apply, its changes with this outcome."""
        comparison, reading = self.compared(), self.read()
        became = {change.address: outcome for change in comparison.changes}
        past = self._past(reading)
        self.entries = recorded(KINDS, self.wanted, reading.live, comparison, became, past, 1)
        return comparison

    def _past(self, reading: Reading) -> Past:
        return Past(prints(), in_place(self.entries, KINDS, reading.stores))


def in_vault() -> Ground:
    """Give one whose object was applied to Vault."""
    ground = Ground("1")
    ground.apply()
    ground.vault = "1"
    return ground


def in_database() -> Ground:
    """Give one whose object was applied to the database."""
    ground = Ground("1")
    ground.write = False
    ground.apply()
    ground.database = "1"
    return ground


def to_vault() -> Ground:
    ground = in_database()
    ground.write, ground.vault = True, "theirs"
    return ground


def to_database() -> Ground:
    ground = in_vault()
    ground.write, ground.vault, ground.database = False, None, "theirs"
    return ground


def to_another_mount() -> Ground:
    ground = in_vault()
    ground.mount, ground.vault = "elsewhere", "theirs"
    return ground


def to_another_namespace() -> Ground:
    ground = in_vault()
    ground.namespace, ground.vault = "team-a", "theirs"
    return ground


moves = pytest.mark.parametrize("move", [to_vault, to_database, to_another_mount, to_another_namespace])


def test_the_place_is_recorded_and_stays() -> None:
    ground = in_vault()
    assert ground.entries[address(X)].place == HERE
    assert ground.apply().in_sync == (address(X),)
    assert ground.entries[address(X)].place == HERE
    ground.vault = "2"
    assert said(ground.apply(FAILED)) == ["~ drift variable/x: value"]
    assert ground.entries[address(X)].place == HERE
    assert in_database().entries[address(X)].place == ""


def test_the_place_of_what_is_adopted_is_recorded() -> None:
    ground = Ground("1")
    ground.vault = "1"
    assert said(ground.apply()) == ["= adopt variable/x"]
    assert ground.entries[address(X)].place == HERE


def test_what_is_deleted_is_what_was_applied() -> None:
    for ground in (in_vault(), in_database()):
        ground.wanted = {}
        assert said(ground.compared()) == ["- removed_from_spec variable/x"]


@moves
def test_what_somebody_else_keeps_there_is_not_ours_to_delete(move: Any) -> None:
    ground = move()
    ground.wanted = {}
    found = ground.apply()
    assert (found.changes, found.kept, found.unmanaged) == ((), (), (address(X),))
    assert found.prunable_count == 0
    assert ground.entries == {}
    # Whoever prunes all wants whatever the spec does not have to go.
    assert said(ground.compared(Prune.ALL)) == ["- not_in_spec variable/x"]


@moves
def test_what_somebody_else_keeps_there_has_not_drifted(move: Any) -> None:
    ground = move()
    assert said(ground.compared()) == ["~ adopt variable/x: value"]
    ground.vault = ground.vault and "1"
    ground.database = ground.database and "1"
    assert said(ground.apply()) == ["= adopt variable/x"]
    assert ground.compared().in_sync == (address(X),)


@moves
def test_what_is_not_there_yet_was_not_deleted(move: Any) -> None:
    ground = move()
    ground.vault = ground.database = None
    assert said(ground.compared()) == ["+ new variable/x: value"]


def test_of_kinds_that_are_not_read_everything_stays() -> None:
    entries = {address(X): Entry(1, {}, place=HERE), address("pool/p"): Entry(1, {}, place=HERE)}
    pools = [kind for kind in KINDS if kind.name == "pool"]
    assert list(in_place(entries, pools, {})) == [address(X)]
