"""Ledgers in the JSON reports: whole, whatever -v and --all say, but for what only envctl can use.

Digests and fingerprints are never in them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from envctl.model.ledger_state import LedgerState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.model.address import Address
    from envctl.model.ledger import ApplyRecord
    from envctl.model.ledger_state import LedgerReport, Release, Repaired


def ledgers_json(report: LedgerReport) -> dict[str, Any]:
    """Return what there is to see of the ledgers in an instance."""
    content: dict[str, Any] = {
        "environment": report.environment,
        "instance": {"url": report.instance.url, "airflow_version": report.instance.airflow_version},
        "ledger": _ledger(report.own),
        "other_ledgers": [_other(state) for state in report.others],
    }
    if problem := report.own.problem:
        content["error"] = {"message": problem.message, "hint": problem.hint}
    return content


def forgotten_json(environment: str, state: LedgerState) -> dict[str, Any]:
    """Return a ledger that was deleted, as it was; null when there was none."""
    return {"environment": environment, "ledger": _ledger(state)}


def repaired_json(environment: str, repaired: Repaired) -> dict[str, Any]:
    """Return what became of a ledger that was to be repaired; `was_damaged` says what was wrong with it."""
    before = repaired.before
    ledger = repaired.ledger or before.ledger
    return {
        "environment": environment,
        "ledger": _brief(LedgerState(before.owner, ledger, None, ledger.serial)) if ledger else None,
        "was_damaged": before.problem.message if before.problem else None,
        "adopted": _texts(repaired.ledger.entries) if repaired.ledger else [],
        "differing": _texts(repaired.differing),
        "absent": _texts(repaired.absent),
    }


def released_json(environment: str, release: Release) -> dict[str, Any]:
    """Return what was taken out of a ledger."""
    return {
        "environment": environment,
        "owner": release.owner,
        "released": _texts(release.addresses),
        "doomed": _texts(release.doomed),
    }


def _ledger(state: LedgerState) -> dict[str, Any] | None:
    """Return a ledger whole, as far as it can be read."""
    if state.missing:
        return None
    content = {**_brief(state), "bytes": state.size}
    if ledger := state.ledger:
        content["objects"] = dict(sorted(Counter(address.kind for address in ledger.entries).items()))
        content["fingerprints"] = state.fingerprints._asdict()
        content["addresses"] = _texts(ledger.entries)
        content["history"] = [_record(one) for one in reversed(ledger.history)]
    return content


def _brief(state: LedgerState) -> dict[str, Any]:
    """Return what every report says of a ledger."""
    latest = state.ledger.latest if state.ledger else None
    return {
        "owner": state.owner,
        "serial": state.serial,
        "time": latest.time if latest else None,
        "actor": latest.actor if latest else None,
        "problem": state.problem.message if state.problem else None,
    }


def _record(one: ApplyRecord) -> dict[str, Any]:
    return {
        "serial": one.serial,
        "time": one.time,
        "actor": one.actor,
        "revision": {"git": one.commit, "dirty": one.dirty},
        "counts": dict(one.counts),
        "plan": one.plan or None,
    }


def _other(state: LedgerState) -> dict[str, Any]:
    return {
        "owner": state.owner,
        "serial": state.serial,
        "objects": len(state.ledger.entries) if state.ledger is not None else None,
        "problem": state.problem.message if state.problem else None,
    }


def _texts(addresses: Iterable[Address]) -> list[str]:
    return [str(address) for address in sorted(addresses)]
