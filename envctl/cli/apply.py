"""`envctl apply`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.consent import somebody_is_there
from envctl.cli.limits import (
    AllowEmpty,
    AllowProtected,
    DuringFreeze,
    MaxChanges,
    MaxDeletes,
    Prune,
    RewriteSecrets,
    allowed,
)
from envctl.errors import Refused, UsageError
from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import Run
    from envctl.model.outcome import ApplyReport
    from envctl.model.plan import Plan
    from envctl.request import PlanRefused, Request


@with_common
def apply(
    environment: Annotated[str, typer.Argument(help="The environment to bring in line.")],
    prune: Prune = False,
    rewrite_secrets: RewriteSecrets = None,
    max_deletes: MaxDeletes = None,
    max_changes: MaxChanges = None,
    allow_protected: AllowProtected = None,
    allow_empty: AllowEmpty = False,
    during_freeze: DuringFreeze = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; overrides no limit.")] = False,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Carry out this saved plan, nothing else; nobody is asked."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="With --plan: refuse when anything in the spec has changed since."),
    ] = False,
    *,
    common: Common,
) -> None:
    """Bring an instance in line with its spec, then look again whether it is.

    At a terminal the plan is shown and a question asked; in CI it simply runs. What envctl applied here
    once and the spec no longer has is deleted; what it never applied stays, unless --prune (or prune: all
    in the policy) says otherwise.

    \b
    envctl apply dev
    envctl apply prod --yes                               no question
    envctl apply stage --rewrite-secrets 'connection/*'   after a password has changed
    envctl apply prod --plan prod.plan                    what was reviewed, or nothing

    Exit codes: 0 applied and seen to have converged, 5 not finished or not converged, 3 refused by
    policy or because the saved plan no longer holds, 1 an error before anything was written.
    """
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.request import PlanRefused, Request
    from envctl.workflow import applying

    run = open_run(common)
    with reported(run, "apply", environment):
        request = Request(
            run.settings,
            prune=prune,
            rewrite_secrets=tuple(rewrite_secrets or ()),
            allowed=allowed(
                max_deletes=max_deletes,
                max_changes=max_changes,
                allow_protected=allow_protected,
                allow_empty=allow_empty,
                during_freeze=during_freeze,
                consent=yes or plan is not None or somebody_is_there(),
            ),
            strict=strict,
        )
        request = _with_plan(request, plan)
        agreed = yes or plan is not None
        try:
            with ScreenWatcher(run.screen, quiet=run.quiet, stoppable=True) as watcher:
                report = applying.apply(environment, request, _approval(run, watcher, yes=agreed), watcher)
        except PlanRefused as error:
            raise typer.Exit(_show_refusal(run, error)) from None
    raise typer.Exit(_show(run, report))


def _with_plan(request: Request, path: Path | None) -> Request:
    """Return a request to carry out the plan in a file: what shapes a plan is the file's to say.

    Limits may be given anew. Raises UsageError, PlanFileError, and PlanUnfit when the file was edited.
    """
    from msgspec.structs import replace

    from envctl.cli.plan_file import read_plan

    if path is None:
        if request.strict:
            raise UsageError("--strict is about a saved plan", hint="give that too: --plan FILE")
        return request
    for flag, given in (("--prune", request.prune), ("--rewrite-secrets", request.rewrite_secrets)):
        if given:
            raise UsageError(f"{flag} goes with envctl plan: --plan carries out what was saved, as it is")
    saved = read_plan(path)
    return replace(
        request,
        saved=saved,
        prune=saved.options.prune,
        rewrite_secrets=saved.options.rewrite_secrets,
        allowed=request.allowed.over(saved.options.allowed),
    )


def _approval(run: Run, watcher: ScreenWatcher, *, yes: bool) -> Callable[[Plan], None]:
    """Return what shows a plan and asks for consent where there is somebody to ask."""

    def approve(plan: Plan) -> None:
        with watcher.paused():
            run.warn(plan.diagnostics)
            asks = somebody_is_there() and not (plan.refusals or yes)
            if asks or not run.as_json:
                _show_plan(run, plan, on_stderr=run.as_json)
            if not (plan.refusals or yes):
                _seek_consent(run, plan)

    return approve


def _seek_consent(run: Run, plan: Plan) -> None:
    """Ask at a terminal; without one, the reviewed merge was the consent: strict has refused by now."""
    if somebody_is_there():
        _ask(run, plan)


def _ask(run: Run, plan: Plan) -> None:
    from envctl.model.policy import Protection

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
