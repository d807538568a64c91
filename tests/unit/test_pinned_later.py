"""What of a saved plan is done already, and what it was only to take into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from envctl.engine.record import doubted, recorded
from envctl.kinds import KINDS
from envctl.model.ledger import IN_DOUBT
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.value import MASKED
from tests.unit.objects import compared, desired, live
from tests.unit.pinned import OTHER, PW, held, later, made, past

if TYPE_CHECKING:
    from envctl.model.ledger import Entry
    from envctl.model.resource import Desired, Live

ASKED: dict[str, Any] = {"rewrite_secrets": ("connection/*",)}
AGAIN = desired("connection/c", host="h", password=PW)
HIDES = live("connection/c", host="h", password=MASKED)


def entered(serial: int, one: Desired, had: Live, *, written: bool = True) -> Entry:
    """Give the entry of an object that an apply has written, or found and adopted."""
    comparison = compared([one], [had], past=past(), rewrite_secrets=("*",) if written else ())
    outcomes = {change.address: ChangeOutcome(Outcome.APPLIED) for change in comparison.changes}
    spec, there = {one.address: one}, {had.address: had}
    return recorded(KINDS, spec, there, comparison, outcomes, past(), serial)[one.address]


def test_a_secret_that_was_to_be_written_again() -> None:
    plan = made([AGAIN], [HIDES], **ASKED)
    for serial, again in ((3, True), (4, False)):
        known = past(connection__c=entered(serial, AGAIN, HIDES))
        assert held(plan, [AGAIN], [HIDES], known, **ASKED).objections == ()
        assert bool(later(plan, [AGAIN], [HIDES], known, **ASKED).changes) is again


def test_a_secret_that_was_only_adopted_since_is_still_to_be_written() -> None:
    plan = made([AGAIN], [HIDES], **ASKED)
    known = past(connection__c=entered(4, AGAIN, HIDES, written=False))
    assert held(plan, [AGAIN], [HIDES], known, **ASKED).objections == ()
    assert len(later(plan, [AGAIN], [HIDES], known, **ASKED).changes) == 1


def test_a_secret_whose_entry_alone_is_newer_is_still_to_be_written() -> None:
    plan = made([AGAIN], [HIDES], **ASKED)
    before = past(connection__c=entered(3, AGAIN, HIDES))
    protected = replace(AGAIN, protected=True)
    spec, there = {AGAIN.address: protected}, {HIDES.address: HIDES}
    in_sync = compared([protected], [HIDES], past=before)
    entries = recorded(KINDS, spec, there, in_sync, {}, before, 4)
    assert entries != before.entries
    known = replace(before, entries=entries)
    assert len(later(plan, [protected], [HIDES], known, **ASKED).changes) == 1


@pytest.mark.parametrize("first", [[], [live("connection/c", host="i", password=MASKED)]])
def test_what_was_written_since_need_not_be_rewritten_too(first: list[Live]) -> None:
    plan = made([AGAIN], first, **ASKED)
    known = past(connection__c=entered(4, AGAIN, HIDES))
    assert held(plan, [AGAIN], [HIDES], known, **ASKED).objections == ()
    assert later(plan, [AGAIN], [HIDES], known, **ASKED).changes == ()


def test_what_was_rewritten_since_and_has_moved_again_is_not_done() -> None:
    plan = made([AGAIN], [HIDES], **ASKED)
    known = past(connection__c=entered(4, AGAIN, HIDES))
    drifted = live("connection/c", host="theirs", password=MASKED)
    assert held(plan, [AGAIN], [drifted], known, **ASKED).objections == ("live moved: connection/c: host",)
    assert held(plan, [AGAIN], [], known, **ASKED).objections == ("live moved: connection/c is gone",)
    in_doubt = past(connection__c=doubted(known.entries[AGAIN.address], IN_DOUBT))
    assert held(plan, [AGAIN], [HIDES], in_doubt, **ASKED).objections == (
        "connection/c has been rewritten since, and is to be rewritten once more",
    )


ADOPTED = desired("connection/c", host="h", password=PW, extra={"a": 1})
FOUND = live("connection/c", host="h", password=MASKED, extra={"a": 1})


def test_what_is_to_be_adopted_is_pinned() -> None:
    plan = made([ADOPTED], [FOUND])
    assert [one.address for one in plan.plan.comparison.adopted] == [ADOPTED.address]
    found = held(plan, [ADOPTED], [FOUND])
    assert found.objections == ()
    assert found.exposed == {ADOPTED.address}


@pytest.mark.parametrize(
    ("wanted", "had", "messages"),
    [
        ({}, {"host": "theirs"}, ["live moved: connection/c: host"]),
        ({}, {"extra": {"a": 2}}, ["live moved: connection/c: extra.a"]),
        ({}, {"password": None}, ["live moved: connection/c: password"]),
        ({}, None, ["live moved: connection/c is gone"]),
        ({"host": "ours"}, {}, ["the spec of connection/c has changed since: host"]),
        ({"password": OTHER}, {}, ["the secret of connection/c has changed since: password"]),
        (None, {}, ["connection/c is no longer in the spec"]),
        (None, None, ["connection/c is no longer in the spec"]),
        (
            {"host": "both"},
            {"host": "both"},
            ["the spec of connection/c has changed since: host", "live moved: connection/c: host"],
        ),
    ],
)
def test_what_was_to_be_adopted_and_has_moved(
    wanted: dict[str, Any] | None, had: dict[str, Any] | None, messages: list[str]
) -> None:
    plan = made([ADOPTED], [FOUND])
    spec = [] if wanted is None else [replace(ADOPTED, fields={**ADOPTED.fields, **wanted})]
    there = [] if had is None else [replace(FOUND, fields={**FOUND.fields, **had})]
    assert list(held(plan, spec, there).objections) == messages


def test_what_was_to_be_adopted_and_has_been() -> None:
    plan = made([ADOPTED], [FOUND])
    known = past(connection__c=entered(4, ADOPTED, FOUND, written=False))
    assert held(plan, [ADOPTED], [FOUND], known).objections == ()
    drifted = replace(FOUND, fields={**FOUND.fields, "host": "theirs"})
    assert held(plan, [ADOPTED], [drifted], known).objections == ("live moved: connection/c: host",)


def test_what_was_to_be_adopted_and_is_somebody_elses_now() -> None:
    plan = made([ADOPTED], [FOUND])
    theirs = replace(past(), foreign={ADOPTED.address: "other"})
    assert held(plan, [ADOPTED], [FOUND], theirs).objections == (
        "connection/c cannot be adopted any more: it belongs to owner other",
    )


def test_what_was_to_be_adopted_and_is_to_be_written_again() -> None:
    plan = made([ADOPTED], [FOUND])
    assert held(plan, [ADOPTED], [FOUND], rewrite_secrets=("*",)).objections == (
        "connection/c is to be rewritten now, not adopted",
    )
