"""`envctl release`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.consent import Consent, seek

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.cli.session import Run
    from envctl.model.ledger_state import Release


@with_common
def release(
    environment: Annotated[str, typer.Argument(help="The environment whose ledger has the objects.")],
    addresses: Annotated[
        list[str],
        typer.Argument(help="Which: addresses (connection/features_db) or globs ('variable/tmp_*')."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    common: Common,
) -> None:
    """Give objects up: they leave the ledger and stay in the instance as they are.

    envctl then no longer deletes them, and the spec tree of another owner may adopt them. What the spec
    still has cannot be released: the next apply would adopt it again. docs/how-to/ledger.md tells how an
    object moves from one owner to another.

    \b
    envctl release prod connection/features_db
    envctl release prod 'variable/tmp_*' --yes

    Exit codes: 0 released, 64 nothing matches, 3 the spec still has one of them, or nobody said yes,
    4 locked, 1 error.
    """
    from rich.text import Text

    from envctl import custody
    from envctl.cli.session import open_run, reported
    from envctl.report.custody_text import released_text
    from envctl.report.ledger_json import released_json
    from envctl.request import Request

    run = open_run(common)
    with reported(run, "release", environment):
        agree = _consent(run, environment, yes=yes)
        done = custody.release(environment, tuple(addresses), Request(run.settings), agree)
    if run.as_json:
        run.json("release", released_json(environment, done))
    else:
        run.lines(Text(f"  {line}") for line in released_text(environment, done))


def _consent(run: Run, environment: str, *, yes: bool) -> Callable[[Release], None]:
    """Return what shows which objects are to be released, and asks."""

    def agree(wanted: Release) -> None:
        from rich.text import Text

        from envctl.report.custody_text import counted, doomed_text

        if not (yes or run.quiet):
            for address in wanted.addresses:
                run.say(Text(f"  {address}"))
        if not run.quiet:
            for line in doomed_text(wanted):
                run.say(Text(f"  {line}", "yellow"))
        many = counted(len(wanted.addresses))
        consent = Consent(
            fact=f"{many} would leave the ledger of owner {wanted.owner} in {environment}",
            question="release?",
            effect="releases without a question",
            otherwise="not released",
        )
        seek(run, consent, yes=yes)

    return agree
