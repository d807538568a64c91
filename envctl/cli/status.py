"""`envctl status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.results import entry, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.cli.session import Run
    from envctl.model.plan import Plan
    from envctl.request import Failed


@with_common
def status(
    environments: Annotated[list[str] | None, typer.Argument(help="Environments; all when left out.")] = None,
    secrets: Annotated[
        bool, typer.Option(help="Look up secrets; --no-secrets leaves them unverified.")
    ] = True,
    *,
    common: Common,
) -> None:
    """Show one row per environment: in sync, pending, drifted, unverifiable, unreachable.

    \b
    envctl status                 every environment
    envctl status stage prod      these two

    Exit codes: 0 no changes anywhere, 2 changes, 1 an environment could not be compared.
    """
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.model.lookup import Lookup
    from envctl.request import Request
    from envctl.workflow import comparing

    run = open_run(common)
    names = tuple(environments or ())
    with reported(run, "status", names[0] if len(names) == 1 else None):
        request = Request(run.settings, lookup=Lookup.ALL if secrets else Lookup.NONE)
        with ScreenWatcher(run.screen, quiet=run.quiet) as watcher:
            results = comparing.survey(names, request, watcher)
    raise typer.Exit(_show(run, results, single=len(names) == 1))


def _show(run: Run, results: Sequence[Plan | Failed], *, single: bool) -> int:
    from envctl.report.state import row_of_error, row_of_plan
    from envctl.report.status_text import status_text
    from envctl.request import Failed

    failures = [one for one in results if isinstance(one, Failed)]
    rows = [
        row_of_error(one.environment, one.error) if isinstance(one, Failed) else row_of_plan(one)
        for one in results
    ]
    if run.as_json:
        entries = [{**entry(one), "state": row.state} for one, row in zip(results, rows, strict=True)]
        run.json("status", entries[0] if single else {"environments": entries})
        for failed in failures:
            run.complain(failed.error, failed.environment)
    else:
        run.lines(status_text(rows, run.out.width))
        # The rows say what failed; only the single mistakes of a spec have no room there.
        run.tell(dict.fromkeys(found for one in failures for found in getattr(one.error, "diagnostics", ())))
    return exit_code(results)
