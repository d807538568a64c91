"""What an apply says in the end: what was done, what was not, and how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.model.change import Reason
from envctl.model.outcome import ApplyReport, ChangeOutcome, Outcome
from envctl.model.plan import LedgerNote
from envctl.report.outcome_text import outcome_text
from tests.report.plans import adopted, change, plan

if TYPE_CHECKING:
    from envctl.model.plan import Plan

DONE, OPEN = ChangeOutcome(Outcome.APPLIED), ChangeOutcome(Outcome.NOT_ATTEMPTED)
AFTER = plan().comparison
FIVE = tuple(change(f"variable/v{number}", Reason.DRIFT) for number in range(5))
TWELVE = adopted(*(f"variable/a{number}" for number in range(12)))
UNWRITTEN = "the ledger could not be written: 403"


def said(report: ApplyReport) -> list[str]:
    return [line.plain for line in outcome_text(report)]


def report(of: Plan, *, interrupted: str | None = None, adopting: ChangeOutcome = DONE) -> ApplyReport:
    outcomes = dict.fromkeys((one.address for one in of.changes), DONE)
    outcomes |= dict.fromkeys((one.address for one in of.comparison.adopted), adopting)
    return ApplyReport(of, outcomes, AFTER, interrupted)


def test_applied_counts_changes_only() -> None:
    found = report(plan(*FIVE, adopted=TWELVE))
    assert found.count(Outcome.APPLIED) == 5
    assert found.count_adopted(Outcome.APPLIED) == 12
    assert said(found) == ["  5 applied   12 adopted   converged"]
    assert said(report(plan(*FIVE))) == ["  5 applied   converged"]


def test_nothing_but_to_adopt() -> None:
    assert said(report(plan(adopted=TWELVE))) == ["  nothing to change; 12 adopted"]
    assert said(report(plan())) == ["  nothing to do"]


def test_a_ledger_that_could_not_be_written() -> None:
    again = "  run the same command again: until then envctl does not know what it applied"
    refused = ChangeOutcome(Outcome.NOT_ATTEMPTED, UNWRITTEN)
    found = report(plan(*FIVE, adopted=TWELVE), interrupted=UNWRITTEN, adopting=refused)
    assert said(found) == [f"  {UNWRITTEN}", again, "  5 applied   12 not adopted   converged"]
    found = report(plan(adopted=TWELVE), interrupted=UNWRITTEN, adopting=refused)
    assert said(found) == [f"  {UNWRITTEN}", again, "  12 not adopted   converged"]
    assert said(report(plan(), interrupted=UNWRITTEN))[0] == f"  {UNWRITTEN}"


def test_an_apply_that_ended_early() -> None:
    found = report(plan(*FIVE), interrupted="stopped on request")
    found = replace(found, outcomes={**found.outcomes, FIVE[0].address: OPEN})
    assert said(found) == [
        "  ended early: stopped on request",
        "  4 applied   1 not attempted   converged",
    ]


def test_a_damaged_ledger_stays_as_it_is() -> None:
    note = LedgerNote("default", 3, problem="damaged")
    assert said(report(plan(*FIVE, ledger=note))) == [
        "  5 applied   converged",
        "  the ledger cannot be read and was left as it is",
    ]


def test_blocked_changes() -> None:
    held = change("variable/theirs", Reason.NEW, blocked="it belongs to owner ml")
    found = ApplyReport(plan(held), {held.address: OPEN}, plan(held).comparison)
    assert said(found) == [
        "  blocked  variable/theirs   it belongs to owner ml",
        "  0 applied   1 blocked   not converged: 1 still differs",
    ]
