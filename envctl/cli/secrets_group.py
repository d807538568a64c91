"""`envctl secrets`: the group of its commands, which stand in files of their own."""

from __future__ import annotations

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.secrets import edit, encrypt, keygen, recipients, view

secrets_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
)


@secrets_app.callback()
@with_common
def _options(*, common: Common) -> None:
    """Keep secrets beside the spec, encrypted with age, for teams that have no secret server."""
    del common  # kept for the command that follows


secrets_app.command()(encrypt)
secrets_app.command()(edit)
secrets_app.command()(view)
secrets_app.command()(recipients)
secrets_app.command()(keygen)
