"""`envctl secrets check`."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.model.exit_code import ExitCode


@with_common
def check(
    environment: Annotated[str, typer.Argument(help="The environment whose references are looked up.")],
    *,
    common: Common,
) -> None:
    """Look up every reference of an environment, and say which cannot be had and why.

    A row for each: the reference, its version, about how long it is, where it is used. No value is ever
    shown. Airflow is not asked.

    \b
    envctl secrets check stage
    envctl secrets check prod -v       with every place where a reference stands

    Exit codes: 0 all of them can be had, 1 some cannot.
    """
    from envctl.cli.session import open_run, reported
    from envctl.report.references import references_json, references_text
    from envctl.request import Request
    from envctl.workflow import checking

    run = open_run(common)
    with reported(run, "secrets check", environment):
        found = checking.check_secrets_of(environment, Request(run.settings))
    if run.as_json:
        run.json("secrets check", references_json(environment, found))
    else:
        run.lines(references_text(found, run.out.width, all_uses=run.verbose > 0))
    if any(one.problem for one in found):
        raise typer.Exit(ExitCode.ERROR)
