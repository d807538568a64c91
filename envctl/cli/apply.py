"""`envctl apply`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.limits import MaxChanges, MaxDeletes, Prune, RewriteSecrets, limit
from envctl.errors import Refused
from envctl.model.exit_code import ExitCode
from envctl.model.policy import Protection

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import Run
    from envctl.model.outcome import ApplyReport
    from envctl.model.plan import Plan
    from envctl.request import PlanRefused


@with_common
def apply(
    environment: Annotated[str, typer.Argument(help="The environment to bring in line.")],
    prune: Prune = False,
    rewrite_secrets: RewriteSecrets = None,
    max_deletes: MaxDeletes = None,
    max_changes: MaxChanges = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; overrides no limit.")] = False,
    *,
    common: Common,
) -> None:
    """Bring an instance in line with its spec, then look again whether it is.

    At a terminal the plan is shown and a question asked; in CI it simply runs. What is not in the spec
    stays as it is, unless --prune (or prune: all in the policy) says otherwise.

    \b
    envctl apply dev
    envctl apply prod --yes                               no question
    envctl apply stage --rewrite-secrets 'connection/*'   after a password has changed

    Exit codes: 0 applied and seen to have converged, 5 not finished or not converged, 3 refused by
    policy, 1 an error before anything was written.
    """
    from envctl import workflow
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.request import PlanRefused, Request

    run = open_run(common)
    with reported(run, "apply", environment):
        request = Request(
            run.settings,
            prune=prune,
            rewrite_secrets=tuple(rewrite_secrets or ()),
            max_deletes=limit(max_deletes, "--max-deletes"),
            max_changes=limit(max_changes, "--max-changes"),
        )
        try:
            with ScreenWatcher(run.err, quiet=run.quiet, stoppable=True) as watcher:
                report = workflow.apply(environment, request, _approval(run, watcher, yes=yes), watcher)
        except PlanRefused as error:
            raise typer.Exit(_show_refusal(run, error)) from None
    raise typer.Exit(_show(run, report))


def _approval(run: Run, watcher: ScreenWatcher, *, yes: bool) -> Callable[[Plan], None]:
    """Return what shows a plan and asks for consent where there is somebody to ask."""

    def approve(plan: Plan) -> None:
        with watcher.paused():
            run.warn(plan.diagnostics)
            asks = _somebody_is_there() and not (plan.refusals or yes)
            if asks or not run.as_json:
                _show_plan(run, plan, on_stderr=run.as_json)
            if not (plan.refusals or yes):
                _seek_consent(run, plan)

    return approve


def _seek_consent(run: Run, plan: Plan) -> None:
    """Ask at a terminal; without one, the reviewed merge was the consent, unless the policy is strict."""
    if _somebody_is_there():
        _ask(run, plan)
    elif plan.protection is Protection.STRICT:
        raise Refused(f"{plan.environment} is protected: strict", hint="--yes allows it")


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(run: Run, plan: Plan) -> None:
    if plan.protection is Protection.NO:
        answer = run.err.input(f"  apply this to {plan.environment}? [y/N] ", markup=False)
        agreed = answer.strip().lower() in ("y", "yes")
    else:
        answer = run.err.input(f"  {plan.environment} is protected; type its name to apply: ", markup=False)
        agreed = answer.strip() == plan.environment
    if not agreed:
        raise Refused("not applied: nobody said yes")


def _show_plan(run: Run, plan: Plan, *, on_stderr: bool = False) -> None:
    from rich.text import Text

    from envctl.kinds import KINDS
    from envctl.report.plan_text import View, plan_text

    lines = [*plan_text(plan, KINDS, View(run.out.width, run.verbose > 0)), Text()]
    if on_stderr:
        for line in lines:
            run.say(line)
    else:
        run.lines(lines)


def _show_refusal(run: Run, error: PlanRefused) -> int:
    from envctl.report.json_report import refused_json

    run.complain(error)
    if run.as_json:
        run.json("apply", refused_json(error.plan, error))
    return error.exit_code


def _show(run: Run, report: ApplyReport) -> int:
    from envctl.report.json_report import report_json
    from envctl.report.outcome_text import outcome_text

    if run.as_json:
        run.json("apply", report_json(report))
    else:
        if not report.plan.changes:
            run.warn(report.plan.diagnostics)
            _show_plan(run, report.plan)
        run.lines(outcome_text(report))
    finished = report.interrupted is None and report.converged
    return ExitCode.OK if finished else ExitCode.NOT_CONVERGED
