"""The ledger as the value of one Variable: opaque, checked, and out of reach of Airflow's masking.

The value is a JSON list of whole numbers: the version of the format, the serial, then the compressed
document in chunks. Airflow replaces by `***` every text under a key that looks secret (an owner named
`tokenizers` is enough), and every known secret that happens to stand inside any text; whole numbers in a
list it leaves alone, whatever the key. Each stays below the 4,300 digits that Python agrees to parse.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from envctl.errors import LedgerFromTheFuture, LedgerUnreadable
from envctl.model.address import Address
from envctl.model.event import Seen, Sent
from envctl.model.ledger import ApplyRecord, Entry, Ledger
from envctl.model.value import holds_mask

if TYPE_CHECKING:
    from envctl.model.value import Value

_T = TypeVar("_T")

VERSION = 1
_CHUNK_BYTES = 1700  # 4,097 digits
_CHECK_BYTES = 8
_NOTHING_FURTHER: tuple[Any, ...] = ([], {}, "")
_LARGEST = 64 * 1024 * 1024
"""Bytes that a ledger may unfold to; a damaged one must not take the machine's memory."""


def encode(ledger: Ledger) -> str:
    """Return the value of the ledger's Variable."""
    packed = zlib.compress(json.dumps(_document(ledger), separators=(",", ":")).encode(), 9)
    data = _check_sum(packed) + packed
    # A leading 1 keeps the zeros at a chunk's beginning.
    chunks = (b"\x01" + data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES))
    return json.dumps([VERSION, ledger.serial, *(int.from_bytes(chunk, "big") for chunk in chunks)])


def decode(value: Value, owner: str) -> Ledger:
    """Return the ledger that a live Variable's value holds.

    Raises LedgerFromTheFuture, and LedgerUnreadable for everything else that `encode` has not written
    for this owner.
    """
    if holds_mask(value):
        raise _unreadable(owner, "Airflow masks it")
    if not isinstance(value, list) or not value or not all(type(one) is int and one >= 0 for one in value):
        raise _unreadable(owner, "it is not what envctl wrote, or was cut short")
    if value[0] > VERSION:
        raise LedgerFromTheFuture(
            f"the ledger of owner {owner} was written by a newer envctl: its format is {value[0]},"
            f" this one knows {VERSION}",
            owner=owner,
            hint="use that envctl, or a newer one",
        )
    ledger = _ledger(_unpacked(value[2:], owner), owner)
    if value[:2] != [VERSION, ledger.serial]:
        raise _unreadable(owner, "its head was edited")
    if ledger.owner != owner:
        raise _unreadable(owner, f"it is the ledger of owner {ledger.owner}")
    return ledger


def serial_of(value: Value) -> int:
    """Return the serial that a value tells even where the rest is damaged; 0 when it tells none."""
    told = value[1] if isinstance(value, list) and len(value) > 1 else 0
    return told if type(told) is int and told > 0 else 0


def _check_sum(packed: bytes) -> bytes:
    return hashlib.sha256(packed).digest()[:_CHECK_BYTES]


def _unpacked(numbers: list[int], owner: str) -> Any:
    try:
        data = b"".join(one.to_bytes((one.bit_length() + 7) // 8, "big")[1:] for one in numbers)
        packed = data[_CHECK_BYTES:]
        if _check_sum(packed) != data[:_CHECK_BYTES]:
            raise _unreadable(owner, "its check sum is wrong: it was edited or cut short")
        return json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
    except (ValueError, zlib.error, OverflowError, RecursionError):
        raise _unreadable(owner, "it is damaged") from None


def _unreadable(owner: str, why: str) -> LedgerUnreadable:
    return LedgerUnreadable(
        f"the ledger of owner {owner} cannot be read: {why}",
        owner=owner,
        hint="nothing is deleted on its word; envctl ledger repair ENV starts a new one",
    )


def _document(ledger: Ledger) -> dict[str, Any]:
    seen = ledger.seen
    return {
        "owner": ledger.owner,
        "serial": ledger.serial,
        "seen": [seen.id, seen.time.isoformat()] if seen else None,
        "salt": ledger.salt,
        "keys": list(ledger.keys),
        "own": [[one.name, one.mark, one.times] for one in ledger.own],
        "entries": [
            [
                address.kind,
                address.id,
                entry.serial,
                dict(entry.digests),
                dict(entry.fingerprints),
                sorted(entry.unwritten),
                entry.protected,
                *_further(entry),
            ]
            for address, entry in sorted(ledger.entries.items())
        ],
        "history": [
            [one.serial, one.time, one.actor, one.commit, one.dirty, dict(one.counts), one.plan]
            for one in ledger.history
        ],
    }


def _further(entry: Entry) -> list[Any]:
    """Return what few entries have, and those from earlier never."""
    further: list[Any] = [sorted(entry.unseen), dict(entry.versions), entry.place]
    while further and not further[-1]:
        further.pop()
    return further


def _ledger(document: Any, owner: str) -> Ledger:
    try:
        return Ledger(
            owner=_a(str, document["owner"]),
            serial=_a(int, document["serial"]),
            entries={
                Address(_a(str, one[0]), _a(str, one[1])): _entry(*one[2:])
                for one in _a(list, document["entries"])
            },
            history=tuple(_apply(*one) for one in _a(list, document["history"])),
            seen=None if document["seen"] is None else _seen(*document["seen"]),
            salt=_a(str, document["salt"]),
            # The first ledgers have neither.
            keys=tuple(_a(str, tag) for tag in _a(list, document.get("keys", []))),
            own=tuple(_sent(*one) for one in _a(list, document.get("own", []))),
        )
    except (KeyError, TypeError, ValueError, IndexError):
        raise _unreadable(owner, "it lacks parts") from None


def _entry(
    serial: Any,
    digests: Any,
    fingerprints: Any,
    unwritten: Any,
    protected: Any,
    *further: Any,
) -> Entry:
    unseen, versions, place, *_ = (*further, *_NOTHING_FURTHER[len(further) :])
    return Entry(
        _a(int, serial),
        _texts(digests),
        _texts(fingerprints),
        frozenset(_a(str, path) for path in _a(list, unwritten)),
        _a(bool, protected),
        frozenset(_a(str, path) for path in _a(list, unseen)),
        _texts(versions),
        _a(str, place),
    )


def _apply(
    serial: Any, time: Any, actor: Any, commit: Any, dirty: Any, counts: Any, plan: Any
) -> ApplyRecord:
    return ApplyRecord(
        _a(int, serial),
        _a(str, time),
        _a(str, actor),
        None if commit is None else _a(str, commit),
        _a(bool, dirty),
        {name: _a(int, count) for name, count in _a(dict, counts).items()},
        _a(str, plan),
    )


def _seen(number: Any, time: Any) -> Seen:
    seen = Seen(_a(int, number), datetime.fromisoformat(_a(str, time)))
    if seen.time.tzinfo is None:
        raise ValueError("a time without a zone cannot be held against others")
    return seen


def _sent(name: Any, mark: Any, times: Any) -> Sent:
    return Sent(_a(str, name), _a(str, mark), _a(int, times))


def _texts(value: Any) -> dict[str, str]:
    return {path: _a(str, mark) for path, mark in _a(dict, value).items()}


def _a(wanted: type[_T], value: Any) -> _T:
    """Return a value of just this type. Raises TypeError; true is no whole number."""
    if type(value) is not wanted:
        raise TypeError(f"{wanted.__name__} expected")
    return value
