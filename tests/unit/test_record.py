"""What the ledger says after an apply, whatever became of its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from envctl.engine.known import UNSEEN
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.kinds.pool import POOL
from envctl.kinds.variable import VARIABLE
from envctl.ledger.fingerprints import Fingerprinter, is_keyed
from envctl.model.ledger import IN_DOUBT as DOUBT
from envctl.model.ledger import TOUCHED
from envctl.model.plan import NEVER_WRITTEN
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED
from tests.unit.ledgers import (
    APPLIED,
    BLIND,
    FAILED,
    IN_DOUBT,
    LEFT,
    after,
    answered,
    look,
    nothing,
    open_leaves,
    prints,
    said,
    touch,
)
from tests.unit.objects import address, desired, live

if TYPE_CHECKING:
    from envctl.model.outcome import ChangeOutcome

PW, NEW = Secret("old-password", "${PW}"), Secret("new-password", "${PW}")
C, X = "connection/c", "variable/x"
ONE, TWO = desired(C, password=PW), desired(C, password=NEW)
HAD = answered(ONE)
NOT_APPLIED = {"failed": FAILED, "in doubt": IN_DOUBT, "left": LEFT}
not_applied = pytest.mark.parametrize("outcome", NOT_APPLIED.values(), ids=list(NOT_APPLIED))


def test_an_entry_holds_a_mark_for_each_leaf() -> None:
    one = desired(C, password=PW, port=5, extra={"a": {"b": [1, PW]}, "api_token": "t", "u": UNMANAGED})
    (entry,) = after([replace(one, protected=True)], [], serial=3).entries.values()
    assert entry.serial == 3
    assert set(entry.digests) == {"conn_type", "port", "extra.a.b[0]"}
    assert set(entry.fingerprints) == {"password", "extra.a.b[1]", "extra.api_token"}
    assert all(is_keyed(mark) for mark in entry.fingerprints.values())
    assert (entry.unwritten, entry.protected) == (frozenset(), True)
    assert "old-password" not in repr(entry)


@not_applied
def test_a_create_that_was_not_applied_leaves_no_entry(outcome: ChangeOutcome) -> None:
    assert after([desired(X)], [], outcomes={X: outcome}).entries == {}


@not_applied
def test_a_delete_that_was_not_applied_is_still_due(outcome: ChangeOutcome) -> None:
    past = after([desired(X)], [])
    kept = after([], [live(X)], past, outcomes={X: outcome}, serial=2)
    assert kept.entries == past.entries
    assert said(look([], [live(X)], kept)) == [f"- removed_from_spec {X}"]


def test_a_delete_that_was_applied_is_forgotten() -> None:
    past = after([desired(X), ONE], [])
    assert list(after([ONE], [live(X), HAD], past).entries) == [address(C)]


@pytest.mark.parametrize("outcome", [FAILED, LEFT])
def test_an_update_that_was_not_applied_is_still_due(outcome: ChangeOutcome) -> None:
    past = after([ONE, desired(X)], [])
    wanted = [TWO, desired(X, value="2")]
    kept = after(wanted, [HAD, live(X)], past, outcomes={C: outcome, X: outcome}, serial=2)
    assert kept.entries == past.entries
    assert said(look(wanted, [HAD, live(X)], kept)) == [
        f"! secret_rotated {C}: password",
        f"~ spec_changed {X}: value",
    ]


def test_an_update_in_doubt_is_written_again() -> None:
    """Also when the spec goes back to what was applied: the other one may be there by now."""
    past = after([ONE], [])
    past = after([TWO], [HAD], past, outcomes={C: IN_DOUBT}, serial=2)
    (entry,) = past.entries.values()
    assert (entry.serial, entry.fingerprints) == (1, {"password": DOUBT})
    for wanted in (ONE, TWO):
        (change,) = look([wanted], [HAD], past).changes
        assert (change.action.value, change.reason.value) == ("rewrite", "interrupted")
        done = after([wanted], [HAD], past, serial=3)
        assert look([wanted], [HAD], done).in_sync
    # Nothing but a write ends the doubt.
    assert after([ONE], [HAD], past, outcomes={C: LEFT}).entries == past.entries


def test_a_text_that_is_masked_for_its_name_is_doubted_too() -> None:
    one, two = (desired("variable/api_token", value=word) for word in ("one", "two"))
    past = after([two], [answered(one)], after([one], []), outcomes={"variable/api_token": IN_DOUBT})
    assert said(look([one], [answered(one)], past)) == ["! interrupted variable/api_token: value"]
    assert look([one], [answered(one)], after([one], [answered(one)], past)).in_sync


def test_doubt_ends_where_the_secret_can_be_read() -> None:
    one = desired(X, value=PW)
    past = after([one], [live(X, value="theirs")], after([one], []), outcomes={X: IN_DOUBT})
    assert past.entries[address(X)].fingerprints == {"value": DOUBT}
    past = after([one], [live(X, value="old-password")], past)
    assert past.entries == after([one], []).entries


def test_a_secret_that_both_sides_changed_alike_has_a_new_mark() -> None:
    past = after([desired(X, value=PW)], [])
    now, had = desired(X, value=NEW), live(X, value="new-password")
    assert look([now], [had], past).in_sync
    past = after([now], [had], past)
    assert said(look([now], [live(X, value="old-password")], past)) == [f"~ drift {X}: value"]
    assert said(look([desired(X, value=PW)], [had], past)) == [f"~ secret_rotated {X}: value"]


def test_doubt_does_not_make_a_ledger_without_a_key_one_with_a_key() -> None:
    slow = Fingerprinter((), "5a17", keyed=False)
    past = after([ONE], [], replace(nothing(), prints=slow))
    past = after([TWO], [HAD], past, outcomes={C: IN_DOUBT})
    assert not any(is_keyed(mark) for entry in past.entries.values() for mark in entry.fingerprints.values())


@not_applied
def test_a_touch_is_not_forgotten_when_the_rewrite_was_not_applied(outcome: ChangeOutcome) -> None:
    """The ledger that is written now looks no further back in the log than to this apply."""
    past = after([ONE], [])
    past = after([ONE], [HAD], past, touch(C), outcomes={C: outcome}, serial=2)
    assert said(look([ONE], [HAD], past)) == [f"! touched_outside {C}: password"]
    past = after([ONE], [HAD], past, serial=3)
    assert look([ONE], [HAD], past).in_sync


@not_applied
def test_blind_beside_a_change_is_not_forgotten_when_it_was_not_applied(outcome: ChangeOutcome) -> None:
    past = after([ONE], [])
    wanted = desired(C, password=PW, host="h")
    past = after([wanted], [HAD], past, outcomes={C: outcome}, blind=BLIND)
    # Even when the spec takes back what was to change.
    found = look([ONE], [HAD], past)
    if outcome is IN_DOUBT:
        assert said(found) == [f"! interrupted {C}: password"]
        assert said(look([ONE], [HAD], past, touch(C))) == [f"! touched_outside {C}: password"]
    else:
        assert (said(found), found.unverifiable[0].why) == ([], UNSEEN)
    assert after([wanted], [HAD], past, serial=3).entries == after([wanted], [], serial=3).entries


@not_applied
def test_a_mark_is_not_lost_where_its_key_is_missing(outcome: ChangeOutcome) -> None:
    """Nobody has looked at the log with it either: the run that has the key will."""
    past = after([ONE], [])
    keyless = replace(past, prints=prints("", keyed=True))
    wanted = desired(C, password=PW, host="h")
    left = after([wanted], [HAD], keyless, outcomes={C: outcome}, serial=2)
    assert (left.entries == past.entries) is (outcome is not IN_DOUBT)


def test_a_change_that_is_blocked_stays_due() -> None:
    one = desired(C, password=PW, extra={"a": 1, "b": UNMANAGED})
    past = after([one], [])
    had = live(C, password=MASKED, extra={"a": 1, "b": MASKED})
    wanted = desired(C, password=PW, extra={"a": 2, "b": UNMANAGED})
    (change,) = look([wanted], [had], past).changes
    assert change.blocked is not None
    assert after([wanted], [had], past, serial=2).entries == past.entries
    touched = after([wanted], [had], past, touch(C), serial=2)
    assert touched.entries[address(C)].fingerprints == {"password": TOUCHED}


def test_a_foreign_object_gets_no_entry() -> None:
    past = replace(nothing(), foreign={address(X): "them"})
    assert after([desired(X)], [live(X)], past).entries == {}
    assert after([desired(X, value="2")], [live(X)], past, outcomes={X: APPLIED}).entries == {}


def test_adoption_of_what_is_hidden_is_remembered() -> None:
    past = after([ONE], [HAD])
    (entry,) = past.entries.values()
    assert entry.unwritten == {"password"}
    assert prints().check("old-password", "connection/c\0password", entry.fingerprints["password"]) == "same"
    assert open_leaves(look([ONE], [HAD], past)) == [f"{C}: password"]
    assert after([ONE], [HAD], past, serial=2).entries == past.entries
    # A later rotation is noticed, and so is a touch; whatever is written is known from then on.
    assert said(look([TWO], [HAD], past)) == [f"! secret_rotated {C}: password"]
    assert said(look([ONE], [HAD], past, touch(C))) == [f"! touched_outside {C}: password"]
    for known in (
        after([TWO], [HAD], past, serial=2),
        after([TWO], [HAD], past, touch(C)),
        after([TWO], [HAD], past, rewrite_secrets=(C,)),
    ):
        assert look([TWO], [HAD], known).in_sync


def test_adoption_of_what_differs_writes_all_of_it() -> None:
    past = after([desired(C, password=PW, host="h")], [HAD])
    assert look(
        [desired(C, password=PW, host="h")], [answered(desired(C, password=PW, host="h"))], past
    ).in_sync


def test_an_entry_names_the_apply_that_wrote_the_object() -> None:
    past = after([ONE], [])
    entered_anew = after([replace(ONE, protected=True)], [answered(ONE)], past, serial=2)
    (entry,) = entered_anew.entries.values()
    assert (entry.protected, entry.serial) == (True, 1)


def test_what_nobody_could_watch_stays_open() -> None:
    past = after([after_host := desired(C, password=PW, host="h")], [])
    had = answered(after_host)
    past = after([after_host], [had], past, blind=BLIND, serial=2)
    (entry,) = past.entries.values()
    assert (set(entry.unseen), set(entry.unwritten), entry.serial) == ({"password"}, set(), 1)
    again = after([after_host], [had], past, blind=BLIND, serial=3)
    assert again.entries == past.entries
    again = after([after_host], [had], past, serial=4)
    assert again.entries == past.entries
    found = look([after_host], [had], again)
    assert open_leaves(found) == [f"{C}: password"]
    assert found.unverifiable[0].why == UNSEEN
    assert said(look([after_host], [had], again, touch(C))) == [f"! touched_outside {C}: password"]
    written = after([after_host], [had], again, rewrite_secrets=("*",), serial=4)
    assert look([after_host], [had], written).in_sync


def test_what_was_found_is_not_called_unseen_nor_what_was_written_found() -> None:
    """Each doubt keeps its own reason, whatever comes on top of it."""
    one, other = desired(C, password=PW), desired("connection/d", password=PW)
    past = after([one], [answered(one)])
    past = after([one, other], [answered(one)], past, serial=2)
    past = after([one, other], [answered(one), answered(other)], past, blind=BLIND, serial=3)
    found = look([one, other], [answered(one), answered(other)], past)
    assert [each.why for each in found.unverifiable] == [NEVER_WRITTEN, UNSEEN]


def test_kinds_that_are_not_compared_keep_their_entries() -> None:
    past = after([desired(X), desired("pool/p"), ONE], [])
    kept = after([desired("pool/p")], [live("pool/p")], past, kinds=(POOL,), serial=2)
    assert kept.entries == past.entries
    # An empty section is compared, an omitted one is not.
    kept = after([], [live("pool/p"), live(X)], past, kinds=(POOL, VARIABLE), serial=2)
    assert list(kept.entries) == [address(C)]


def test_what_may_not_be_deleted_is_kept_as_long_as_it_is_there() -> None:
    past = after([desired("pool/default_pool", slots=2), desired(X)], [live("pool/default_pool")])
    kept = after([], [live("pool/default_pool", slots=2), live(X)], past)
    assert list(kept.entries) == [address("pool/default_pool")]


def test_the_serial_of_what_did_not_change_stays() -> None:
    wanted = [desired(X), desired("variable/y"), ONE]
    past = after(wanted, [], serial=4)
    moved = [desired(X, value="2"), *wanted[1:]]
    past = after(moved, [answered(one) for one in wanted], past, serial=5)
    assert {one.id: entry.serial for one, entry in past.entries.items()} == {"x": 5, "y": 4, "c": 4}


EVERYTHING = [
    desired(X, value={"a": [1, {"b": PW}], "c": UNMANAGED}, description=""),
    desired("variable/api_token", value="plain"),
    desired("variable/app_secret", value=Secret('{"user": "u"}', "${DOC}")),
    desired("variable/number", value="1e3"),
    desired("variable/empty", value=""),
    desired(C, password=PW, login="u", extra={"a": 1, "private_key": PW, "token": "t"}),
    desired("pool/p", slots=3, description=UNMANAGED),
    desired("role/r"),
]
THERE = [answered(one) for one in EVERYTHING]


def test_a_second_apply_has_nothing_to_enter() -> None:
    """Neither after a first one that made everything, nor after one that found everything."""
    for had in ([], THERE):
        past = after(EVERYTHING, had)
        assert len(past.entries) == len(EVERYTHING)
        assert after(EVERYTHING, THERE, past, serial=2).entries == past.entries


@pytest.mark.parametrize("had", [[], THERE], ids=["made", "found"])
def test_a_rotated_key_is_entered_once(had: list[object]) -> None:
    past = after(EVERYTHING, had, nothing("old"))  # type: ignore[arg-type]
    open_before = open_leaves(look(EVERYTHING, THERE, past))
    both = replace(past, prints=prints("new,old", keyed=True))
    assert (said(look(EVERYTHING, THERE, both)), open_leaves(look(EVERYTHING, THERE, both))) == (
        [],
        open_before,
    )
    renewed = after(EVERYTHING, THERE, both, serial=2)
    assert renewed.entries != past.entries
    assert after(EVERYTHING, THERE, renewed, serial=3).entries == renewed.entries
    # From then on the old key is no longer needed.
    alone = replace(renewed, prints=prints("new", keyed=True))
    assert open_leaves(look(EVERYTHING, THERE, alone)) == open_before
    assert after(EVERYTHING, THERE, alone, serial=4).entries == renewed.entries


def test_a_key_is_not_missed_where_there_is_no_secret() -> None:
    past = after([desired(X), desired("pool/p")], [])
    keyless = replace(past, prints=prints("", keyed=True))
    assert after([desired(X), desired("pool/p")], [live(X), live("pool/p")], keyless).entries == past.entries


def test_every_kind_is_recorded() -> None:
    assert {one.address.kind for one in EVERYTHING} == {
        kind.name for kind in KINDS if kind.power is Power.ALL
    }
