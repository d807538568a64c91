"""`envctl diff`."""

from __future__ import annotations

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
from envctl.cli.results import entry, exit_code
from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.cli.session import Run
    from envctl.model.plan import Plan
    from envctl.request import Failed


@with_common
def diff(
    environments: Annotated[list[str] | None, typer.Argument(help="Environments to compare.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every environment of the tree.")] = False,
    prune: Prune = False,
    rewrite_secrets: RewriteSecrets = None,
    max_deletes: MaxDeletes = None,
    max_changes: MaxChanges = None,
    allow_protected: AllowProtected = None,
    allow_empty: AllowEmpty = False,
    during_freeze: DuringFreeze = False,
    secrets: Annotated[
        bool, typer.Option(help="Look up secrets; --no-secrets leaves them unverified.")
    ] = True,
    *,
    common: Common,
) -> None:
    """Show what apply would do, and why. Nothing is changed.

    \b
    envctl diff stage
    envctl diff dev stage                       two at once
    envctl diff --all --format json             for programs
    envctl diff prod --prune                    with what is not in the spec

    Exit codes: 0 no changes, 2 changes, 1 an environment could not be compared.
    """
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.model.lookup import Lookup
    from envctl.request import Request
    from envctl.workflow import comparing

    run = open_run(common)
    single = environments[0] if environments and len(environments) == 1 and not all_ else None
    with reported(run, "diff", single):
        if bool(environments) == all_:
            raise UsageError("name the environments to compare, or --all", hint="envctl diff stage")
        request = Request(
            run.settings,
            prune=prune,
            rewrite_secrets=tuple(rewrite_secrets or ()),
            lookup=Lookup.ALL if secrets else Lookup.NONE,
            allowed=allowed(
                max_deletes=max_deletes,
                max_changes=max_changes,
                allow_protected=allow_protected,
                allow_empty=allow_empty,
                during_freeze=during_freeze,
            ),
        )
        with ScreenWatcher(run.screen, quiet=run.quiet) as watcher:
            results = comparing.diff(tuple(environments or ()), request, watcher)
    raise typer.Exit(_show(run, results, single=single is not None))


def _show(run: Run, results: Sequence[Plan | Failed], *, single: bool) -> int:
    from envctl.request import Failed

    failures = [one for one in results if isinstance(one, Failed)]
    for index, failed in enumerate(failures):
        # Environments share layers: a mistake there is told once.
        earlier = {found for one in failures[:index] for found in getattr(one.error, "diagnostics", ())}
        run.complain(failed.error, failed.environment if len(results) > 1 else None, known=earlier)
    if run.as_json:
        entries = [entry(one) for one in results]
        run.json("diff", entries[0] if single else {"environments": entries})
    else:
        _show_text(run, [one for one in results if not isinstance(one, Failed)])
    return exit_code(results)


def _show_text(run: Run, plans: Sequence[Plan]) -> None:
    from rich.text import Text

    from envctl.kinds import KINDS
    from envctl.report.plan_text import View, plan_text

    for index, plan in enumerate(plans):
        run.warn(plan.diagnostics)
        if index:
            run.lines([Text()])
        run.lines(plan_text(plan, KINDS, View(run.out.width, run.verbose > 0)))
