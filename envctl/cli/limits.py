"""Options that bend the rules for one run; `diff` and `apply` have the same, so that they say the same."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.errors import UsageError
from envctl.model.policy import Limit

Prune = Annotated[bool, typer.Option("--prune", help="Delete whatever the spec lacks, inside of manage.")]
RewriteSecrets = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Write the secrets of these objects again, e.g. 'connection/pg_*'."),
]
MaxDeletes = Annotated[
    str | None, typer.Option(metavar="LIMIT", help="Most deletes, as a count or a share: 5 or 30%.")
]
MaxChanges = Annotated[
    str | None, typer.Option(metavar="LIMIT", help="Most changes, as a count or a share: 5 or 30%.")
]


def limit(text: str | None, flag: str) -> Limit | None:
    """Return a limit as the policy knows it. Raises UsageError."""
    if text is None:
        return None
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise UsageError(f"{flag} {text}: {error}") from None
