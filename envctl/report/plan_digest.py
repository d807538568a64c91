"""The digest of a plan: that of its file when it was saved, else one of what it would do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from envctl.model.change import render_path
from envctl.model.saved import SHORT

if TYPE_CHECKING:
    from envctl.model.change import Change
    from envctl.model.plan import Plan


def plan_digest(plan: Plan) -> str:
    """Return the digest by which the ledger's history names a plan, in hexadecimal.

    Without a file it is the same for changes of the same leaves for the same reasons, whoever makes them. No
    value goes into it, nor anything made from one: this is a fast hash, by which a weak secret that the
    spec has in plain words would be guessed. The digest of a file has the random salt of that in it.
    """
    if plan.digest is not None:
        return plan.digest
    changes = [_what(change) for change in (*plan.changes, *plan.comparison.adopted)]
    return short(digest_of([plan.environment, plan.instance.url, changes]))


def _what(change: Change) -> list[Any]:
    paths = [render_path(leaf.path) for leaf in change.fields]
    return [str(change.address), change.action.value, change.reason.value, paths]


def digest_of(content: Any) -> str:
    """Return the digest of what JSON can hold, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def short(digest: str) -> str:
    """Return as much of a digest as people are shown."""
    return digest[:SHORT]
