"""A person's yes: asked for at a terminal, given by `--yes` where nobody is there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from envctl.errors import Refused

if TYPE_CHECKING:
    from envctl.cli.session import Run


class Consent(NamedTuple):
    """What is asked: the fact, the question about it, what --yes does, and what a no leaves undone."""

    fact: str
    question: str
    effect: str
    otherwise: str


def somebody_is_there() -> bool:
    """Tell whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def seek(run: Run, consent: Consent, *, yes: bool) -> None:
    """Ask, unless `yes` was said already. Raises Refused without a yes, and without anybody to ask."""
    if yes:
        return
    if not somebody_is_there():
        raise Refused(consent.fact, hint=f"--yes {consent.effect}")
    from rich.text import Text

    run.say(Text(f"  {consent.fact}"))
    answer = run.err.input(f"  {consent.question} [y/N] ", markup=False)
    if answer.strip().lower() not in ("y", "yes"):
        raise Refused(f"{consent.otherwise}: nobody said yes")
