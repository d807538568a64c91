"""`envctl secrets`: what a person does about the secrets of an environment."""

from __future__ import annotations

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.secrets_check import check

secrets_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@secrets_app.callback()
@with_common
def _options(*, common: Common) -> None:
    """See whether the secrets of an environment can be looked up."""
    del common  # kept for the command that follows


secrets_app.command()(check)
