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
    """Return the exit code: a failure outweighs changes."""
    from envctl.request import Failed

    failures = [one.error.exit_code for one in results if isinstance(one, Failed)]
    if failures:
        return max(failures)
    changed = any(one.changes for one in results if not isinstance(one, Failed))
    return ExitCode.CHANGES if changed else ExitCode.OK
