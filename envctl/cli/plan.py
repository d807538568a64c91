"""`envctl plan` and `envctl show`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
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
from envctl.cli.results import exit_code

if TYPE_CHECKING:
    from envctl.cli.session import Run
    from envctl.model.plan import Plan
    from envctl.model.saved import SavedPlan


@with_common
def plan(
    environment: Annotated[str, typer.Argument(help="The environment to compare.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to save the plan.")],
    prune: Prune = False,
    rewrite_secrets: RewriteSecrets = None,
    max_deletes: MaxDeletes = None,
    max_changes: MaxChanges = None,
    allow_protected: AllowProtected = None,
    allow_empty: AllowEmpty = False,
    during_freeze: DuringFreeze = False,
    *,
    common: Common,
) -> None:
    """Show what apply would do, as diff does, and save it for review. Nothing is changed.

    The file holds references and fingerprints, never a secret. What else diff shows is in it, so that only
    its owner may read it (mode 0600).

    \b
    envctl plan prod --out prod.plan
    envctl show prod.plan
    envctl apply prod --plan prod.plan

    Exit codes: 0 no changes, 2 changes, 1 not compared or not saved.
    """
    from rich.text import Text

    from envctl.cli.plan_file import check_target, write_plan
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.report.saved_plan import with_digest
    from envctl.request import Request
    from envctl.workflow import applying

    run = open_run(common)
    with reported(run, "plan", environment):
        check_target(out)
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
            ),
        )
        with ScreenWatcher(run.screen, quiet=run.quiet) as watcher:
            saved = with_digest(applying.plan(environment, request, watcher))
        write_plan(out, saved)
    _show(run, "plan", saved.plan)
    if not run.quiet:
        run.say(Text(f"saved as {out}   plan {saved.plan.digest}", "dim"))
    raise typer.Exit(exit_code((saved.plan,)))


@with_common
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that was saved.")],
    *,
    common: Common,
) -> None:
    """Show a saved plan as diff showed it when it was made. Needs neither network nor spec.

    \b
    envctl show prod.plan
    envctl show prod.plan --format json         for programs

    Exit codes: 0 shown, 1 the file holds no plan, 3 it was edited since.
    """
    from envctl.cli.plan_file import read_plan
    from envctl.cli.session import open_run, reported

    run = open_run(common)
    with reported(run, "show"):
        saved = read_plan(file)
    _show(run, "show", saved.plan)
    if not run.as_json:
        _show_origin(run, saved)


def _show(run: Run, command: str, plan: Plan) -> None:
    from envctl.kinds import KINDS
    from envctl.report.json_report import plan_json
    from envctl.report.plan_text import View, plan_text

    if run.as_json:
        run.json(command, plan_json(plan))
        return
    run.warn(plan.diagnostics)
    run.lines(plan_text(plan, KINDS, View(run.out.width, run.verbose > 0)))


def _show_origin(run: Run, saved: SavedPlan) -> None:
    """Show which plan this is, when it was made, and what was asked for beyond the spec."""
    from rich.text import Text

    time = saved.plan.time
    made = f"made {time:%Y-%m-%d %H:%M:%S} UTC" if time else ""
    parts = (f"plan {saved.plan.digest}", made, f"envctl {saved.version}", " ".join(saved.options.flags()))
    run.lines([Text("  " + "   ".join(part for part in parts if part), "dim")])
