"""What may be deleted, and whose objects are left alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from envctl.engine.past import Past
from envctl.model.policy import Prune, Scope
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from tests.unit.ledgers import after, look, open_leaves, prints, said
from tests.unit.objects import UNKNOWN, address, desired, live

PW = Secret("old-password", "${PW}")
C, X = "connection/c", "variable/x"


def test_a_ledger_that_cannot_be_read_says_nothing() -> None:
    wanted = [desired(X, value="1"), desired(C, password=PW), desired("pool/p", slots=3)]
    had = [live(X, value="2"), live(C, password=MASKED), live("pool/spare")]
    found = look(wanted, had, UNKNOWN)
    assert said(found) == ["+ new pool/p: slots, include_deferred", "~ differs variable/x: value"]
    assert open_leaves(found) == ["connection/c: password"]
    assert (found.adopted, found.unmanaged) == ((), (address("pool/spare"),))
    # Nor is anything deleted: it may be protected, and nobody knows.
    assert said(look(wanted, had, UNKNOWN, prune=Prune.ALL)) == said(found)


def test_the_wish_for_protection_is_remembered_for_deletes() -> None:
    one = replace(desired(X), protected=True)
    past = after([one, desired("variable/y")], [])
    found = look([], [live(X), live("variable/y")], past)
    assert [(change.address.id, change.protected) for change in found.changes] == [("x", True), ("y", False)]
    # It is a change of the ledger alone.
    past = after([desired(X)], [live(X)], past)
    assert not past.entries[address(X)].protected


@pytest.mark.parametrize(
    ("prune", "deleted"), [(Prune.NONE, []), (Prune.MANAGED, ["a"]), (Prune.ALL, ["a", "b"])]
)
def test_what_may_be_deleted(prune: Prune, deleted: list[str]) -> None:
    past = after([desired("variable/a")], [])
    had = [live("variable/a"), live("variable/b"), live("variable/theirs")]
    past = replace(past, foreign={address("variable/theirs"): "them"})
    found = look([], had, past, prune=prune)
    assert [one.address.id for one in found.changes] == deleted
    assert [one.id for one in found.kept] == (["a"] if prune is Prune.NONE else [])
    assert [one.id for one in found.unmanaged] == ([] if prune is Prune.ALL else ["b"])
    assert [(one.address.id, one.owner) for one in found.foreign] == [("theirs", "them")]
    if prune is Prune.NONE:
        assert after([], had, past, prune=prune).entries == past.entries


@pytest.mark.parametrize(("prune", "count"), [(Prune.NONE, 0), (Prune.MANAGED, 2), (Prune.ALL, 3)])
def test_what_deletes_are_drawn_from(prune: Prune, count: int) -> None:
    """Live objects that pruning may take, still wanted or not; no built-in ones, nor those of others."""
    wanted = [desired("variable/a"), desired("variable/b"), desired("pool/default_pool")]
    past = after([*wanted, desired("variable/gone"), desired("variable/tmp")], [])
    past = replace(past, foreign={address("variable/theirs"): "them"})
    names = ("variable/a", "variable/b", "variable/tmp", "variable/spare", "variable/theirs")
    had = [*map(live, names), live("pool/default_pool"), live("connection/postgres_default")]
    scopes = {"variables": Scope(exclude=("tmp",))}
    found = look(wanted, had, past, prune=prune, scopes=scopes)
    assert (found.prunable_count, found.live_count) == (count, 6)


def test_what_may_be_theirs_is_not_deleted() -> None:
    past = replace(after([desired("variable/a")], []), obscure=("them",))
    found = look([], [live("variable/a"), live("variable/b")], past, prune=Prune.ALL)
    assert [one.address.id for one in found.changes] == ["a"]


def test_what_is_out_of_scope_now_is_kept() -> None:
    past = after([desired("variable/a"), desired("variable/tmp")], [])
    scopes = {"variables": Scope(exclude=("tmp",))}
    found = look([], [live("variable/a"), live("variable/tmp")], past, scopes=scopes)
    assert [one.address.id for one in found.changes] == ["a"]
    assert found.kept == (address("variable/tmp"),)
    assert found.live_count == 1


def test_a_built_in_pool_is_never_deleted() -> None:
    one = desired("pool/default_pool", slots=64)
    past = after([one], [live("pool/default_pool", slots=128)])
    found = look([], [live("pool/default_pool", slots=64)], past, prune=Prune.ALL)
    assert (found.changes, found.kept) == ((), (address("pool/default_pool"),))


@pytest.mark.parametrize("had", [None, "1", "2"])
def test_objects_of_another_owner(had: str | None) -> None:
    past = Past(prints(), foreign={address(X): "them"})
    found = look([desired(X, value="1")], [live(X, value=had)] if had else [], past)
    assert found.adopted == ()
    if had == "1":
        assert found.in_sync == (address(X),)
    elif had:
        assert [(one.reason.value, "owner them" in (one.blocked or "")) for one in found.changes] == [
            ("adopt", True)
        ]
    else:
        # A ledger may hold what is gone from the instance.
        assert [(one.reason.value, "owner them" in (one.blocked or "")) for one in found.changes] == [
            ("new", True)
        ]
    assert after([desired(X, value="1")], [live(X, value=had)] if had else [], past).entries == {}


def test_what_is_in_both_ledgers_is_ours() -> None:
    past = replace(after([desired(X)], []), foreign={address(X): "them"})
    found = look([desired(X, value="2")], [live(X)], past)
    assert [one.blocked for one in found.changes] == [None]
    assert found.foreign == ()
