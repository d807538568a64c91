"""`envctl unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.consent import Consent, seek

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.cli.session import Run
    from envctl.model.lock import LockRecord


@with_common
def unlock(
    environment: Annotated[str, typer.Argument(help="The environment whose instance is locked.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    common: Common,
) -> None:
    """Break the lock of an instance, after its holder has certainly ended.

    Rarely needed: a crashed apply's lock expires by itself (ENVCTL_LOCK_SECONDS). An apply whose lock
    is broken stops after the request under way.

    \b
    envctl unlock prod

    Exit codes: 0 unlocked, or not locked at all, 3 nobody said yes, 4 locked by another one by the time
    that somebody said yes, 1 error.
    """
    from rich.text import Text

    from envctl.cli.session import open_run, reported
    from envctl.request import Request
    from envctl.workflow import unlocking

    run = open_run(common)
    with reported(run, "unlock", environment):
        held = unlocking.unlock(environment, Request(run.settings), _consent(run, environment, yes=yes))
    if run.as_json:
        run.json("unlock", {"environment": environment, "holder": str(held) if held else None})
    elif held is None:
        run.lines([Text(f"  {environment} is not locked")])
    else:
        run.lines([Text(f"  unlocked {environment}; it was held by {held}")])


def _consent(run: Run, environment: str, *, yes: bool) -> Callable[[LockRecord], None]:
    """Return what asks whether a lock is to be broken; without anybody to ask, --yes is needed."""

    def agree(held: LockRecord) -> None:
        consent = Consent(
            fact=f"{environment} is locked by {held}",
            question="break it?",
            effect="breaks the lock",
            otherwise="not unlocked",
        )
        seek(run, consent, yes=yes)

    return agree
