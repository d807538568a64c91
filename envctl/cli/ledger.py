"""`envctl ledger`: what envctl remembers in an instance, looked at, forgotten, repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.consent import Consent, seek
from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from envctl.cli.session import Run
    from envctl.model.ledger_state import LedgerReport, LedgerState

Environment = Annotated[str, typer.Argument(help="The environment whose instance holds the ledger.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

ledger_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
)


@ledger_app.callback()
@with_common
def _options(*, common: Common) -> None:
    """See and mend what envctl remembers of its applies: a Variable in each instance."""
    del common  # kept for the command that follows


@ledger_app.command()
@with_common
def show(
    environment: Environment,
    whole: Annotated[bool, typer.Option("--all", help="The whole history, up to 50 applies.")] = False,
    *,
    common: Common,
) -> None:
    """Show what the ledger says: what was applied, when, by whom, and whose ledgers there are besides.

    Secrets and their fingerprints are never shown.

    \b
    envctl ledger show prod
    envctl ledger show prod -v          with the address of every object
    envctl ledger show prod --format json | jq '.ledger.history[0]'

    Exit codes: 0 shown, or there is none, 1 it cannot be read, or another error.
    """
    from envctl import custody
    from envctl.cli.session import open_run, reported
    from envctl.request import Request

    run = open_run(common)
    with reported(run, "ledger show", environment):
        report = custody.show(environment, Request(run.settings))
    raise typer.Exit(_shown(run, report, whole=whole))


@ledger_app.command()
@with_common
def repair(environment: Environment, yes: Yes = False, *, common: Common) -> None:
    """Start a new ledger in place of one that cannot be read.

    Every object that is there and agrees with the spec is entered, as an apply without changes would.
    Objects stay as they are. What was applied earlier and is no longer in the spec is unmanaged from
    then on: nothing says any more that envctl made it.

    \b
    envctl ledger repair prod
    envctl ledger repair prod --yes     no question

    Exit codes: 0 repaired, or nothing to repair, 3 nobody said yes, 4 locked, 1 error: a ledger of a
    newer envctl, for one, is not repaired.
    """
    from rich.text import Text

    from envctl import custody
    from envctl.cli.session import open_run, reported
    from envctl.report.custody_text import repaired_text
    from envctl.report.ledger_json import repaired_json
    from envctl.request import Request

    run = open_run(common)

    def agree(state: LedgerState) -> None:
        consent = Consent(
            fact=state.problem.message if state.problem else f"the ledger of owner {state.owner} is damaged",
            question="start a new one in its place?",
            effect="starts a new one in its place",
            otherwise="not repaired",
        )
        seek(run, consent, yes=yes)

    with reported(run, "ledger repair", environment):
        repaired = custody.repair(environment, Request(run.settings), agree)
    if run.as_json:
        run.json("ledger repair", repaired_json(environment, repaired))
    else:
        run.lines(Text(f"  {line}") for line in repaired_text(environment, repaired))


@ledger_app.command()
@with_common
def forget(environment: Environment, yes: Yes = False, *, common: Common) -> None:
    """Delete the ledger; objects stay as they are.

    Everything that was applied becomes unmanaged until the next apply, which adopts what agrees with
    the spec. Until then nothing is deleted as removed from the spec, and nobody knows any more which
    secrets were written.

    \b
    envctl ledger forget dev
    envctl ledger forget dev --yes      no question

    Exit codes: 0 forgotten, or there was none, 3 nobody said yes, 4 locked, 1 error.
    """
    from rich.text import Text

    from envctl import custody
    from envctl.cli.session import open_run, reported
    from envctl.report.custody_text import forgotten_text
    from envctl.report.ledger_json import forgotten_json
    from envctl.request import Request

    run = open_run(common)

    def agree(state: LedgerState) -> None:
        count = f"{len(state.ledger.entries)} objects" if state.ledger is not None else "what it held"
        consent = Consent(
            fact=f"without the ledger of owner {state.owner}, {count} in {environment}"
            f" {'become' if state.ledger is not None else 'becomes'} unmanaged until the next apply",
            question="forget it?",
            effect="forgets it",
            otherwise="not forgotten",
        )
        seek(run, consent, yes=yes)

    with reported(run, "ledger forget", environment):
        state = custody.forget(environment, Request(run.settings), agree)
    if run.as_json:
        run.json("ledger forget", forgotten_json(environment, state))
    else:
        run.lines(Text(f"  {line}") for line in forgotten_text(environment, state))


def _shown(run: Run, report: LedgerReport, *, whole: bool) -> int:
    from envctl.kinds import KINDS
    from envctl.report.ledger_json import ledgers_json
    from envctl.report.ledger_text import LedgerView, ledgers_text

    if run.as_json:
        run.json("ledger show", ledgers_json(report))
    else:
        run.lines(ledgers_text(report, KINDS, LedgerView(run.out.width, run.verbose > 0, whole)))
    if report.own.problem is None:
        return ExitCode.OK
    run.complain(report.own.problem)
    return report.own.problem.exit_code
