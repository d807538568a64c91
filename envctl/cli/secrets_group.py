"""`envctl secrets`: what a person does about the secrets of an environment."""

from __future__ import annotations

import typer

from envctl.cli.common import Common, with_common
from envctl.cli.secrets import edit, encrypt, keygen, recipients, view
from envctl.cli.secrets_check import check

secrets_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@secrets_app.callback()
@with_common
def _options(*, common: Common) -> None:
    """See whether an environment's secrets can be looked up; keep secrets beside the spec, encrypted."""
    del common  # kept for the command that follows


secrets_app.command()(check)
secrets_app.command()(encrypt)
secrets_app.command()(edit)
secrets_app.command()(view)
secrets_app.command()(recipients)
secrets_app.command()(keygen)
