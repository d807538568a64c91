"""What `diff` and `status` make alike of environments that were compared, or could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.model.plan import Plan
    from envctl.request import Failed


def entry(one: Plan | Failed) -> dict[str, Any]:
    """Return one environment for a JSON report."""
    from envctl.report.json_report import error_json, plan_json
    from envctl.request import Failed

    return error_json(one.environment, one.error) if isinstance(one, Failed) else plan_json(one)


def exit_code(results: Sequence[Plan | Failed]) -> int:
    """Return the exit code: a failure outweighs changes, and so does a kind that could not be compared."""
    from envctl.request import Failed

    failures = [one.error.exit_code for one in results if isinstance(one, Failed)]
    if failures:
        return max(failures)
    plans = [one for one in results if not isinstance(one, Failed)]
    if any(one.is_partial for one in plans):
        return ExitCode.ERROR
    changed = any(one.changes or one.comparison.observed for one in plans)
    return ExitCode.CHANGES if changed else ExitCode.OK
