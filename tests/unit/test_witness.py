"""What the event log adds: who it was, and whether what is hidden may be another by now."""

from __future__ import annotations

import pytest

from envctl.engine.witness import needs_witness
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from tests.unit.ledgers import BLIND, after, answered, look, nothing, open_leaves, prints, said, touch
from tests.unit.objects import UNKNOWN, address, compared, desired, live

PW = Secret("old", "${PW}")
C, D, X = "connection/c", "connection/d", "variable/x"
WITH_SECRET = desired(C, password=PW)


def test_the_newest_event_is_told() -> None:
    past = after([desired(X, value="1")], [])
    for events in (
        [touch(X, number=9, actor="new"), touch(X, number=3, actor="old")],
        [touch(number=9, kinds=("variable",), actor="new"), touch(X, number=3)],
        [touch(X, number=9, actor="new"), touch(number=3, kinds=("variable",))],
        [touch(D, X, number=9, actor="new"), touch(X, kinds=("variable",))],
        [touch(C, number=12), touch(number=11, kinds=("pool",)), touch(X, number=9, actor="new")],
    ):
        (change,) = look([desired(X, value="1")], [live(X, value="2")], past, *events).changes
        assert change.by is not None
        assert (change.by.id, change.by.actor) == (9, "new")


@pytest.mark.parametrize(
    "event", [touch(C), touch(kinds=("connection",)), touch(D, kinds=("connection",)), touch(X, C)]
)
def test_an_event_that_may_have_touched_it(event: object) -> None:
    past = after([WITH_SECRET], [])
    assert said(look([WITH_SECRET], [answered(WITH_SECRET)], past, event)) == [  # type: ignore[arg-type]
        f"! touched_outside {C}: password"
    ]


@pytest.mark.parametrize("event", [touch(D), touch("variable/c"), touch(kinds=("variable", "pool")), touch()])
def test_an_event_of_something_else(event: object) -> None:
    past = after([WITH_SECRET], [])
    assert look([WITH_SECRET], [answered(WITH_SECRET)], past, event).in_sync  # type: ignore[arg-type]


def test_rewrites_stand_in_the_order_of_applying() -> None:
    wanted = [
        desired("variable/api_token", value=PW),
        desired("pool/p", slots=2),
        WITH_SECRET,
        desired(X, value="2"),
    ]
    had = [answered(wanted[0]), live("pool/p"), answered(WITH_SECRET), live(X), live("variable/gone")]
    past = after([wanted[0], desired("pool/p"), WITH_SECRET, desired(X), desired("variable/gone")], [])
    found = look(wanted, had, past, touch(C), touch("variable/api_token", number=2))
    assert [one.partition(":")[0] for one in said(found)] == [
        f"! touched_outside {C}",
        "~ spec_changed pool/p",
        f"~ spec_changed {X}",
        "! touched_outside variable/api_token",
        "- removed_from_spec variable/gone",
    ]


def test_hidden_leaves_of_a_change_are_named_when_they_may_be_another() -> None:
    past = after([WITH_SECRET], [])
    wanted, had = desired(C, password=PW, host="h"), answered(WITH_SECRET)
    assert said(look([wanted], [had], past)) == [f"~ spec_changed {C}: host"]
    assert said(look([wanted], [had], past, touch(D))) == [f"~ spec_changed {C}: host"]
    for event, blind in (([touch(C)], None), ([], BLIND), ([touch(C)], BLIND)):
        found = look([wanted], [had], past, *event, blind=blind)
        assert said(found) == [f"~ spec_changed {C}: host, password"]
        assert found.changes[0].as_applied == ()


def test_blind_is_said_for_what_nothing_else_is_said_of() -> None:
    wanted = [WITH_SECRET, desired(D, password=PW)]
    past = after([WITH_SECRET], [])
    past = after(wanted, [answered(one) for one in wanted], past)
    found = look(wanted, [answered(one) for one in wanted], past, blind=BLIND)
    assert open_leaves(found) == [f"{C}: password", f"{D}: password"]
    assert found.unverifiable[0].why == BLIND
    assert "has not written it yet" in found.unverifiable[1].why


def test_blind_or_not_an_event_is_an_event() -> None:
    past = after([WITH_SECRET], [])
    found = look([WITH_SECRET], [answered(WITH_SECRET)], past, touch(C), blind=BLIND)
    assert said(found) == [f"! touched_outside {C}: password"]


def test_what_can_be_read_is_in_sync_whatever_the_log_says() -> None:
    past = after([desired(X)], [])
    assert look([desired(X)], [live(X)], past, touch(X), blind=BLIND).in_sync


@pytest.mark.parametrize("value", ["1", "theirs"])
def test_who_was_at_what_is_to_be_deleted(value: str) -> None:
    """Somebody may have made it anew, and need it."""
    past = after([desired(X, value="1")], [])
    for events in ([touch(X)], [touch(kinds=("variable",))], []):
        (change,) = look([], [live(X, value=value)], past, *events).changes
        assert (change.action.value, change.reason.value) == ("delete", "removed_from_spec")
        assert (change.by.actor if change.by else None) == ("ana" if events else None)


def test_the_log_is_asked_only_where_it_matters() -> None:
    past = after([WITH_SECRET, desired(X)], [])
    asked = {
        "nothing": compared([], [], past=past),
        "in sync": compared([desired(X)], [live(X)], past=past),
        "new": compared([desired("pool/p")], [], past=past),
        "spec changed": compared([desired(X, value="2")], [live(X)], past=past),
        "adopted": compared([desired("pool/p")], [live("pool/p")], past=past),
        "no ledger": compared([WITH_SECRET], [answered(WITH_SECRET)], past=UNKNOWN),
        "adopted secret": compared([WITH_SECRET], [answered(WITH_SECRET)], past=nothing()),
    }
    assert [name for name, one in asked.items() if needs_witness(one)] == []
    asked = {
        "a secret": compared([WITH_SECRET], [answered(WITH_SECRET)], past=past),
        "beside one": compared([desired(C, password=PW, host="h")], [answered(WITH_SECRET)], past=past),
        "drift": compared([desired(X)], [live(X, value="2")], past=past),
        "conflict": compared([desired(X, value="3")], [live(X, value="2")], past=past),
        "deleted": compared([desired(X)], [], past=past),
        "removed": compared([], [live(X)], past=past),
        "taken over": compared([desired("pool/p")], [live("pool/p", slots=2)], past=past),
    }
    assert [name for name, one in asked.items() if not needs_witness(one)] == []


def test_what_cannot_be_checked_here_does_not_need_the_log() -> None:
    past = after([WITH_SECRET], [])
    keyless = type(past)(prints("", keyed=True), past.entries)
    assert not needs_witness(compared([WITH_SECRET], [live(C, password=MASKED)], past=keyless))
    assert address(C) in keyless.entries
