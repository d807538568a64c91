"""The order of applying, in one place: what others stand on is made first and deleted last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from envctl.model.change import Action

if TYPE_CHECKING:
    from envctl.kinds.kind import Kind
    from envctl.model.change import Change

_VERBS = {Action.CREATE: 0, Action.UPDATE: 1, Action.REWRITE: 1, Action.DELETE: 2}


class Rank(NamedTuple):
    """Where a change stands: deletes after all writes, then by level, kind and what is done."""

    deletes: bool
    level: int
    kind: str
    verb: int


def rank(kind: Kind, change: Change) -> Rank:
    """Return a change's rank; changes of one rank may share requests."""
    deletes = change.action is Action.DELETE
    return Rank(deletes, -kind.level if deletes else int(kind.level), kind.name, _VERBS[change.action])
