"""`envctl doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.cli.session import Run
    from envctl.model.checkup import Checkup


@with_common
def doctor(
    environments: Annotated[list[str] | None, typer.Argument(help="Environments; all when left out.")] = None,
    *,
    common: Common,
) -> None:
    """Look an environment over, and the way to its instance, and say what to do about what is wrong.

    Spec, secrets, connection, TLS, version, login, each right, clock, page limit, event log, ledger, lock.
    Nothing is changed. To ask for rights leaves entries in Airflow's event log, of ids envctl.doctor.*

    \b
    envctl doctor prod
    envctl doctor                  every environment
    envctl doctor prod --format json | jq '.checks[] | select(.state != "ok")'

    Exit codes: 0 nothing is wrong (there may be warnings), 1 there is a problem.
    """
    from envctl.cli.progress import ScreenWatcher
    from envctl.cli.session import open_run, reported
    from envctl.doctor.examination import examine
    from envctl.model.checkup import Health
    from envctl.request import Request

    run = open_run(common)
    names = tuple(environments or ())
    single = len(names) == 1
    with reported(run, "doctor", names[0] if single else None):
        request = Request(run.settings)
        with ScreenWatcher(run.screen, quiet=run.quiet) as watcher:
            found = examine(names, request, watcher)
    _show(run, found, single=single)
    if any(one.count(Health.PROBLEM) for one in found):
        raise typer.Exit(ExitCode.ERROR)


def _show(run: Run, found: Sequence[Checkup], *, single: bool) -> None:
    from rich.text import Text

    from envctl.report.doctor_json import doctor_json
    from envctl.report.doctor_text import doctor_text

    if run.as_json:
        entries = [doctor_json(one) for one in found]
        run.json("doctor", entries[0] if single else {"environments": entries})
        return
    for index, one in enumerate(found):
        if index:
            run.lines([Text()])
        run.lines(doctor_text(one, run.out.width))
