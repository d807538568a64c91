"""The parts of a saved plan as documents, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from envctl.errors import Diagnostic, Position
from envctl.model.address import Address
from envctl.model.change import Action, Change, FieldDiff, Reason, SourceVersion
from envctl.model.event import Event, Seen
from envctl.model.plan import Comparison, Foreign, Unverifiable
from envctl.model.policy import Allowed, Limit, Refusal
from envctl.model.resource import Desired
from envctl.model.saved import Marks, Options, Pin
from envctl.model.store import Store
from envctl.model.value import UNSET
from envctl.model.verdict import Verdict
from envctl.report.saved_values import field_document, field_of, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


def comparison_document(comparison: Comparison, pins: Mapping[Address, Pin]) -> Document:
    """Return a comparison, each change and each adoption with its pin."""
    return {
        "changes": [_pinned_document(one, pins[one.address]) for one in comparison.changes],
        "adopted": [_pinned_document(one, pins[one.address]) for one in comparison.adopted],
        "in_sync": list(map(str, comparison.in_sync)),
        "unverifiable": [
            {"address": str(one.address), "fields": [list(leaf.path) for leaf in one.fields], "why": one.why}
            for one in comparison.unverifiable
        ],
        "unmanaged": list(map(str, comparison.unmanaged)),
        "foreign": [[str(one.address), one.owner] for one in comparison.foreign],
        "kept": list(map(str, comparison.kept)),
        "observed": list(map(_change_document, comparison.observed)),
        "live_count": comparison.live_count,
    }


def comparison_of(content: Document) -> Comparison:
    """Return the comparison that a document has, as far as reports speak of it."""
    return Comparison(
        changes=tuple(map(_change_of, content["changes"])),
        in_sync=tuple(map(address_of, content["in_sync"])),
        unverifiable=tuple(
            Unverifiable(address_of(one["address"]), tuple(map(_doubt_of, one["fields"])), str(one["why"]))
            for one in content["unverifiable"]
        ),
        unmanaged=tuple(map(address_of, content["unmanaged"])),
        live_count=int(content["live_count"]),
        adopted=tuple(map(_change_of, content["adopted"])),
        foreign=tuple(Foreign(address_of(address), str(owner)) for address, owner in content["foreign"]),
        kept=tuple(map(address_of, content["kept"])),
        observed=tuple(map(_change_of, content.get("observed", ()))),
    )


def pins_of(content: Document) -> dict[Address, Pin]:
    """Return the pins of the changes and adoptions that a document of a comparison has."""
    return {
        address_of(one["address"]): Pin(_marks_of(one["pin"]["desired"]), _marks_of(one["pin"]["live"]))
        for one in (*content["changes"], *content["adopted"])
    }


def options_document(options: Options) -> Document:
    """Return options."""
    allowed = options.allowed
    return {
        "prune": options.prune,
        "rewrite_secrets": list(options.rewrite_secrets),
        "max_deletes": str(allowed.max_deletes) if allowed.max_deletes else None,
        "max_changes": str(allowed.max_changes) if allowed.max_changes else None,
        "allow_protected": list(allowed.protected),
        "allow_empty": allowed.empty,
        "during_freeze": allowed.during_freeze,
    }


def options_of(content: Document) -> Options:
    """Return the options that a document has."""
    deletes, changes = content["max_deletes"], content["max_changes"]
    allowed = Allowed(
        max_deletes=Limit.parse(deletes) if deletes else None,
        max_changes=Limit.parse(changes) if changes else None,
        protected=tuple(map(str, content["allow_protected"])),
        empty=content["allow_empty"] is True,
        during_freeze=content["during_freeze"] is True,
    )
    return Options(content["prune"] is True, tuple(map(str, content["rewrite_secrets"])), allowed)


def refusal_document(refusal: Refusal) -> Document:
    """Return what a rule had against the plan."""
    return {"rule": refusal.rule, "why": refusal.why, "flag": refusal.flag}


def refusal_of(content: Document) -> Refusal:
    """Return the refusal that a document has."""
    flag = content["flag"]
    return Refusal(str(content["rule"]), str(content["why"]), str(flag) if flag else None)


def diagnostic_document(found: Diagnostic) -> Document:
    """Return a finding."""
    position = list(found.position) if found.position else None
    return {
        "severity": found.severity,
        "message": found.message,
        "position": position,
        "hint": found.hint,
    }


def diagnostic_of(content: Document) -> Diagnostic:
    """Return the finding that a document has."""
    position, hint = content["position"], content["hint"]
    return Diagnostic(
        str(content["message"]),
        _position_of(position) if position else None,
        None if hint is None else str(hint),
        severity="warning" if content["severity"] == "warning" else "error",
    )


def seen_document(seen: Seen | None) -> list[Any] | None:
    """Return a place in the event log."""
    return [seen.id, seen.time.isoformat()] if seen else None


def seen_of(content: Any) -> Seen | None:
    """Return the place in the event log that a document has."""
    return Seen(int(content[0]), datetime.fromisoformat(content[1])) if content else None


def address_of(text: str) -> Address:
    """Return the address that a text spells. Raises ValueError when it spells none."""
    kind, slash, identifier = text.partition("/")
    if not slash:
        raise ValueError("no address")
    return Address(kind, identifier)


def _pinned_document(change: Change, pin: Pin) -> Document:
    return {**_change_document(change), "pin": _pin_document(pin)}


def _change_document(change: Change) -> Document:
    by, store = change.by, change.store
    return {
        "address": str(change.address),
        "action": change.action.value,
        "reason": change.reason.value,
        "source": list(change.desired.source) if change.desired else None,
        "fields": list(map(field_document, change.fields)),
        "blocked": change.blocked,
        "protected": change.protected,
        "versions": list(map(list, change.versions)),
        "by": {"id": by.id, "actor": by.actor, "time": by.time.isoformat()} if by else None,
        "store": [store.path, store.version, store.namespace] if store else None,
    }


def _change_of(content: Document) -> Change:
    address, source, blocked, by = (content[key] for key in ("address", "source", "blocked", "by"))
    return Change(
        address=address_of(address),
        action=Action(content["action"]),
        reason=Reason(content["reason"]),
        desired=Desired(address_of(address), {}, _position_of(source)) if source else None,
        live=None,
        fields=tuple(map(field_of, content["fields"])),
        blocked=None if blocked is None else str(blocked),
        by=_event_of(by) if by else None,
        protected=content["protected"] is True,
        versions=tuple(_version_of(*one) for one in content["versions"]),
        store=_store_of(content["store"]) if content.get("store") else None,
    )


def _store_of(content: list[Any]) -> Store:
    path, version, namespace = content
    return Store(str(path), None if version is None else int(version), str(namespace))


def _version_of(reference: Any, applied: Any, desired: Any) -> SourceVersion:
    return SourceVersion(str(reference), None if applied is None else str(applied), str(desired))


def _event_of(content: Document) -> Event:
    time = datetime.fromisoformat(content["time"])
    return Event(int(content["id"]), time, str(content["actor"]), frozenset())


def _position_of(content: list[Any]) -> Position:
    file, line, column = content
    return Position(str(file), int(line), int(column))


def _doubt_of(path: list[Any]) -> FieldDiff:
    """Return a leaf of which no report says more than where it is."""
    return FieldDiff(path_of(path), Verdict.UNVERIFIABLE, UNSET, UNSET)


def _pin_document(pin: Pin) -> Document:
    return {"desired": _marks_document(pin.desired), "live": _marks_document(pin.live)}


def _marks_document(marks: Marks | None) -> Document | None:
    if marks is None:
        return None
    return {"digests": dict(marks.digests), "fingerprints": dict(marks.fingerprints)}


def _marks_of(content: Document | None) -> Marks | None:
    if content is None:
        return None
    digests, fingerprints = content["digests"], content["fingerprints"]
    if not all(isinstance(mark, str) for mark in (*digests.values(), *fingerprints.values())):
        raise TypeError("a mark is text")
    return Marks(digests, fingerprints)
