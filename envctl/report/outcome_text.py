"""What became of an apply, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.outcome import ApplyReport, Outcome

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
    held = sum(1 for change in report.plan.changes if change.blocked)
    if held:
        line.append("   ").append(f"{held} blocked", "red")
    if counts[Outcome.NOT_ATTEMPTED] - held:
        line.append("   ").append(f"{counts[Outcome.NOT_ATTEMPTED] - held} not attempted", "yellow")
    yield line.append("   ").append(*_standing(report))


def _standing(report: ApplyReport) -> tuple[str, str]:
    if report.converged is None:
        return "not seen again: the instance was not read after writing", "red"
    if report.converged:
        return "converged", "green"
    left = report.after.changes if report.after is not None else ()
    again = "" if all(change.blocked for change in left) else "; run the same command again"
    return f"not converged: {len(left)} still {'differs' if len(left) == 1 else 'differ'}{again}", "red"


def _failures(report: ApplyReport) -> Iterator[Text]:
    failed = [(address, one) for address, one in report.outcomes.items() if one.outcome is Outcome.FAILED]
    for address, one in failed[:_MOST_NAMED]:
        line = Text("  failed   ", "red").append(str(address), "bold")
        yield line.append(f"   {one.error or 'no reason given'}")
    if len(failed) > _MOST_NAMED:
        yield Text(f"  and {len(failed) - _MOST_NAMED} more that failed", "red")
    for change in report.plan.changes[:_MOST_NAMED]:
        if change.blocked:
            line = Text("  blocked  ", "red").append(str(change.address), "bold")
            yield line.append(f"   {change.blocked}")
    if report.interrupted:
        yield Text(f"  ended early: {report.interrupted}", "red")
    applied_yet_open = report.interrupted is None and not failed and report.after is not None
    if applied_yet_open and report.after is not None:
        for change in [one for one in report.after.changes if not one.blocked][:_MOST_NAMED]:
            yield Text("  differs still   ", "red").append(str(change.address), "bold")
