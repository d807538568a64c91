"""The digest of a plan: that of its file when it was saved, else one of what it would do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from envctl.model.saved import SHORT
from envctl.report.json_report import changes_json

if TYPE_CHECKING:
    from envctl.model.plan import Plan


def plan_digest(plan: Plan) -> str:
    """Return the digest by which the ledger's history names a plan, in hexadecimal.

    Without a file it is the same for the same changes to the same instance, whoever makes it; secrets are
    in it as their references.
    """
    if plan.digest is not None:
        return plan.digest
    return short(digest_of([plan.environment, plan.instance.url, changes_json(plan)]))


def digest_of(content: Any) -> str:
    """Return the digest of what JSON can hold, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def short(digest: str) -> str:
    """Return as much of a digest as people are shown."""
    return digest[:SHORT]
