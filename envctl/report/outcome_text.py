"""What became of an apply, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.outcome import ApplyReport, Outcome
from envctl.report.values import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_NAMED = 20


def outcome_text(report: ApplyReport) -> Iterator[Text]:
    """Return the lines that say what was done, what was not, and how the instance stands now."""
    if not report.plan.changes:
        yield Text("  nothing to do")
        return
    yield from _failures(report)
    counts = {outcome: report.count(outcome) for outcome in Outcome}
    line = Text("  ").append(f"{counts[Outcome.APPLIED]} applied", "green" if counts[Outcome.APPLIED] else "")
    if counts[Outcome.FAILED]:
        line.append("   ").append(f"{counts[Outcome.FAILED]} failed", "red")
    if counts[Outcome.NOT_ATTEMPTED]:
        line.append("   ").append(f"{counts[Outcome.NOT_ATTEMPTED]} not attempted", "yellow")
    yield line.append("   ").append(*_standing(report))


def _standing(report: ApplyReport) -> tuple[str, str]:
    if report.converged is None:
        return "not seen again: the instance could not be read after writing", "red"
    if report.converged:
        return "converged", "green"
    left = len(report.after.changes) if report.after is not None else 0
    return f"not converged: {left} still differ; run the same command again", "red"


def _failures(report: ApplyReport) -> Iterator[Text]:
    failed = [(address, one) for address, one in report.outcomes.items() if one.outcome is Outcome.FAILED]
    for address, one in failed[:_MOST_NAMED]:
        line = Text("  failed   ", "red").append(printable(str(address)), "bold")
        yield line.append(f"   {printable(one.error or 'no reason given')}")
    if len(failed) > _MOST_NAMED:
        yield Text(f"  and {len(failed) - _MOST_NAMED} more that failed", "red")
    if report.interrupted:
        yield Text(f"  ended early: {printable(report.interrupted)}", "red")
    applied_yet_open = report.interrupted is None and not failed and report.after is not None
    if applied_yet_open and report.after is not None:
        for change in report.after.changes[:_MOST_NAMED]:
            yield Text("  differs still   ", "red").append(printable(str(change.address)), "bold")
