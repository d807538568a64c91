"""Options that bend the rules for one run; `diff` and `apply` have the same, so that they say the same."""

from __future__ import annotations

import re
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
_LIMIT = re.compile(r"([0-9]{1,9})(%?)")
_WHOLE = 100


def limit(text: str | None, flag: str) -> Limit | None:
    """Return a limit as the policy knows it. Raises UsageError."""
    if text is None:
        return None
    found = _LIMIT.fullmatch(text)
    if not found or (found.group(2) and int(found.group(1)) > _WHOLE):
        raise UsageError(f"{flag} {text}: must be a count such as 20, or a share such as 30%")
    return Limit(int(found.group(1)), share=bool(found.group(2)))
