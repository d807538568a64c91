"""What became of an apply, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.outcome import ApplyReport, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_NAMED = 20
_GAP = "   "
_OBSERVED = "whoever deploys Airflow has to set them, see envctl render"


def outcome_text(report: ApplyReport) -> Iterator[Text]:
    """Return the lines that say what was done, what was not, and how the instance stands now."""
    yield from _failures(report)
    yield from _end(report)
    adopted = report.count_adopted(Outcome.APPLIED)
    if report.plan.changes:
        yield _counts(report)
    elif adopted and report.converged:
        yield Text(f"  nothing to change; {adopted} adopted")
    elif not report.plan.comparison.adopted and report.interrupted is None:
        yield Text("  nothing to do")
        if report.plan.is_partial:
            yield Text("  ").append(*_standing(report))
    else:
        yield _counts(report)
    if observed := len(report.plan.comparison.observed):
        yield Text(f"  {observed} to observe: {_OBSERVED}", "blue")
    if report.plan.ledger is not None and report.plan.ledger.problem:
        yield Text("  the ledger cannot be read and was left as it is", "yellow")


def _counts(report: ApplyReport) -> Text:
    applied, failed = report.count(Outcome.APPLIED), report.count(Outcome.FAILED)
    adopted = report.count_adopted(Outcome.APPLIED)
    held = sum(1 for change in report.plan.changes if change.blocked)
    open_ = report.count(Outcome.NOT_ATTEMPTED) - held
    parts = [
        (applied, "applied", "green"),
        (failed, "failed", "red"),
        (held, "blocked", "red"),
        (open_, "not attempted", "yellow"),
        (adopted, "adopted", ""),
        (report.count_adopted(Outcome.NOT_ATTEMPTED), "not adopted", "yellow"),
    ]
    line = Text("  ")
    for count, word, style in parts:
        if count or (word == "applied" and report.plan.changes):
            line.append(f"{count} {word}", style if count else "").append(_GAP)
    return line.append(*_standing(report))


def _standing(report: ApplyReport) -> tuple[str, str]:
    if report.converged is None and report.plan.is_partial and report.after is not None:
        return f"not known to have converged: {', '.join(report.plan.not_compared)} not compared", "red"
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
        yield line.append(f"{_GAP}{one.error or 'no reason given'}", "not bold default")
    if len(failed) > _MOST_NAMED:
        yield Text(f"  and {len(failed) - _MOST_NAMED} more that failed", "red")
    blocked = [change for change in report.plan.changes if change.blocked]
    for change in blocked[:_MOST_NAMED]:
        line = Text("  blocked  ", "red").append(str(change.address), "bold")
        yield line.append(f"{_GAP}{change.blocked}", "not bold default")
    if len(blocked) > _MOST_NAMED:
        yield Text(f"  and {len(blocked) - _MOST_NAMED} more that are blocked", "red")
    if report.interrupted is None and not failed and report.after is not None:
        for change in [one for one in report.after.changes if not one.blocked][:_MOST_NAMED]:
            yield Text("  differs still   ", "red").append(str(change.address), "bold")


def _end(report: ApplyReport) -> Iterator[Text]:
    """Return why an apply ended early, or what went wrong once all changes had been attempted."""
    if report.interrupted is None:
        return
    attempted_all = report.after is not None and not any(
        report.outcomes[change.address].outcome is Outcome.NOT_ATTEMPTED and not change.blocked
        for change in report.plan.changes
    )
    if attempted_all:
        yield Text(f"  {report.interrupted}", "red")
        yield Text("  run the same command again: until then envctl does not know what it applied", "dim")
    else:
        yield Text(f"  ended early: {report.interrupted}", "red")
