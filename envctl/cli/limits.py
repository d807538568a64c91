"""Options that bend the rules for one run; `diff` and `apply` have the same, so that they say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.errors import UsageError

if TYPE_CHECKING:
    from envctl.model.policy import Allowed, Limit

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

AllowProtected = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Delete these objects although they are protected, by address."),
]
AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="Go on although the spec, or a section of it, is empty.")
]
DuringFreeze = Annotated[bool, typer.Option("--during-freeze", help="Change it although it is frozen.")]


def allowed(
    *,
    max_deletes: str | None,
    max_changes: str | None,
    allow_protected: list[str] | None,
    allow_empty: bool,
    during_freeze: bool,
    consent: bool = True,
) -> Allowed:
    """Return what the options allow. Raises UsageError."""
    from envctl.model.policy import Allowed

    return Allowed(
        max_deletes=_limit(max_deletes, "--max-deletes"),
        max_changes=_limit(max_changes, "--max-changes"),
        protected=tuple(allow_protected or ()),
        empty=allow_empty,
        during_freeze=during_freeze,
        consent=consent,
    )


def _limit(text: str | None, flag: str) -> Limit | None:
    """Return a limit as the policy knows it. Raises UsageError."""
    from envctl.model.policy import Limit

    if text is None:
        return None
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise UsageError(f"{flag} {text}: {error}") from None
