"""The JSON format, version 1: a contract. Keys may be added; none is removed or changed.

Its JSON Schema is published as docs/reference/report.schema.json, and a test holds the two together.
Secrets appear as their references only, and what stands live where a secret belongs does not appear.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from envctl.errors import PlanUnfit, SpecError
from envctl.model.change import render_path
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.secret import is_secret, show
from envctl.model.value import HIDDEN, UNMANAGED, UNSAID, UNSET, Value, holds_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.errors import Diagnostic, EnvctlError
    from envctl.model.change import Change, FieldDiff
    from envctl.model.outcome import ApplyReport
    from envctl.model.plan import LedgerNote, Plan, Unverifiable

FORMAT_VERSION = 1
_NEVER = ChangeOutcome(Outcome.NOT_ATTEMPTED)
"""What becomes of a change that can only be observed."""


def envelope(command: str, **content: Any) -> dict[str, Any]:
    """Return a report's outermost object."""
    return {"format_version": FORMAT_VERSION, "command": command, **content}


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return one environment that was compared."""
    return {
        "environment": plan.environment,
        "instance": {"url": plan.instance.url, "airflow_version": plan.instance.airflow_version},
        "revision": {"git": plan.revision.commit, "dirty": plan.revision.dirty},
        "ledger": _ledger(plan.ledger),
        "summary": plan.summary(),
        "changes": changes_json(plan),
        "unverifiable": [_unverifiable(one) for one in plan.comparison.unverifiable],
        "unmanaged": [str(address) for address in plan.comparison.unmanaged],
        "foreign": [{"address": str(one.address), "owner": one.owner} for one in plan.comparison.foreign],
        "kept": [str(address) for address in plan.comparison.kept],
        "left_out": [
            {"address": str(one.address), "action": one.action.value} for one in plan.comparison.left_out
        ],
        "not_compared": list(plan.not_compared),
        "plan": plan.digest,
        "refusals": [str(refusal) for refusal in plan.refusals],
        "refused_by": [
            {"rule": refusal.rule, "message": refusal.why, "flag": refusal.flag} for refusal in plan.refusals
        ],
        "diagnostics": diagnostics_json(plan.diagnostics),
    }


def changes_json(plan: Plan) -> list[dict[str, Any]]:
    """Return the changes of a plan, and what can only be observed; those that only enter the ledger last."""
    return [_change(change) for change in _everything(plan)]


def _everything(plan: Plan) -> tuple[Change, ...]:
    return (*plan.changes, *plan.comparison.observed, *plan.comparison.adopted)


def report_json(report: ApplyReport) -> dict[str, Any]:
    """Return one environment to which a plan was applied."""
    content = plan_json(report.plan)
    for change, entry in zip(_everything(report.plan), content["changes"], strict=True):
        became = report.outcomes.get(change.address, _NEVER)
        entry["outcome"] = became.outcome.value
        if became.error is not None:
            entry["error"] = became.error
    content["converged"] = report.converged
    content["interrupted"] = report.interrupted
    return content


def refused_json(plan: Plan, error: EnvctlError) -> dict[str, Any]:
    """Return one environment whose plan was not carried out, nothing of it."""
    return {**plan_json(plan), "error": {"message": error.message, "hint": error.hint}}


def error_json(environment: str | None, error: EnvctlError) -> dict[str, Any]:
    """Return one environment that could not be compared, or a command that could not run."""
    found = error.diagnostics if isinstance(error, SpecError) else ()
    reasons = {"reasons": list(error.reasons)} if isinstance(error, PlanUnfit) else {}
    return {
        "environment": environment,
        "error": {"message": error.message, "hint": error.hint, **reasons},
        "diagnostics": diagnostics_json(found),
    }


def validation_json(
    environments: Iterable[tuple[str, Mapping[str, int] | None]], found: Sequence[Diagnostic]
) -> dict[str, Any]:
    """Return what validating found."""
    return {
        "environments": [
            {"environment": name, "valid": counts is not None, "entries": dict(counts or {})}
            for name, counts in environments
        ],
        "diagnostics": diagnostics_json(found),
    }


def diagnostics_json(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return findings about a spec."""
    return [
        {
            "severity": one.severity,
            "message": one.message,
            "source": str(one.position) if one.position else None,
            "hint": one.hint,
        }
        for one in found
    ]


def _change(change: Change) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "address": str(change.address),
        "action": change.action.value,
        "reason": change.reason.value,
        "source": str(change.desired.source) if change.desired else None,
        "fields": [_field(leaf) for leaf in change.fields],
    }
    if change.by is not None:
        entry["by"] = {"actor": change.by.actor, "time": change.by.time.isoformat()}
    if change.blocked:
        entry["blocked"] = change.blocked
    if change.store is not None:
        entry["store"] = {"kind": "vault", "path": change.store.path, "version": change.store.version}
    if change.versions:
        entry["versions"] = [one._asdict() for one in change.versions]
    return entry


def _ledger(note: LedgerNote | None) -> dict[str, Any] | None:
    return None if note is None else asdict(note)


def _unverifiable(one: Unverifiable) -> dict[str, Any]:
    fields = [render_path(leaf.path) for leaf in one.fields]
    return {"address": str(one.address), "fields": fields, "why": one.why or None}


def _field(leaf: FieldDiff) -> dict[str, Any]:
    """Return one leaf. A side that lacks the leaf has no key; a mask is told by a key of its own."""
    entry: dict[str, Any] = {"path": render_path(leaf.path), "verdict": leaf.verdict.value}
    secret = is_secret(leaf.desired)
    if leaf.live == UNSAID and not secret:
        entry["live_unsaid"] = True
    elif holds_mask(leaf.live):
        entry["live_masked"] = True
    elif leaf.live is HIDDEN or (secret and leaf.live is not UNSET and leaf.live is not None):
        entry["live_hidden"] = True
    elif leaf.live is not UNSET:
        entry["live"] = _plain(leaf.live)
    if leaf.desired is not UNSET:
        entry["desired"] = _plain(show(leaf.desired))
    if secret:
        entry["secret"] = True
    return entry


def _plain(value: Value) -> Any:
    """Return what JSON can hold: no keys that the spec does not manage, NaN and infinities as texts."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not UNMANAGED}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
