"""The ledger as a text: it comes back as it was, or is refused as a whole."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from envctl.errors import LedgerFromTheFuture, LedgerUnreadable
from envctl.ledger.codec import VERSION, decode, encode, serial_of
from envctl.model.address import Address
from envctl.model.event import Seen, Sent
from envctl.model.ledger import HISTORY, IN_DOUBT, ApplyRecord, Entry, Ledger
from envctl.model.value import MASKED, unmask_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def records(
    what: Callable[..., T], *positional: SearchStrategy[Any], **named: SearchStrategy[Any]
) -> SearchStrategy[T]:
    """As `builds`, which would look at annotations that a Struct has for checkers of types only."""

    def made(*some: Any, **more: Any) -> T:
        return what(*some, **more)

    return st.builds(made, *positional, **named)


texts = st.text() | st.text(alphabet='a.\\"\x00\ud83dé☃ *')
whole = st.integers(0, 2**63)
marks = st.dictionaries(texts, texts, max_size=3)
paths = st.frozensets(texts, max_size=2)
entries = records(Entry, whole, marks, marks, paths, st.booleans(), paths, marks, texts)
applies = records(
    ApplyRecord, whole, texts, texts, st.none() | texts, st.booleans(), st.dictionaries(texts, whole), texts
)
times = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]))
ledgers = records(
    Ledger,
    owner=st.just("me"),
    serial=whole,
    entries=st.dictionaries(records(Address, texts, texts), entries, max_size=4),
    history=st.lists(applies, max_size=3).map(tuple),
    seen=st.none() | records(Seen, whole, times),
    salt=texts,
    keys=st.lists(texts, max_size=2).map(tuple),
    own=st.lists(records(Sent, texts, texts, whole), max_size=2).map(tuple),
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMALL = Ledger(
    "me",
    7,
    {
        Address("variable", "x"): Entry(
            7, {"value": "abc"}, {"value.a": IN_DOUBT}, frozenset({"b"}), protected=True
        )
    },
    (ApplyRecord(7, "2026-11-22T12:00:00+00:00", "ana", "1a2b", True, {"create": 1}, "d1"),),  # noqa: FBT003
    Seen(12, NOON),
    "5a17",
)
DOCUMENT: dict[str, Any] = {
    "owner": "me",
    "serial": 7,
    "seen": [12, "2026-11-22T12:00:00+00:00"],
    "salt": "5a17",
    "entries": [["variable", "x", 7, {"value": "abc"}, {"value.a": "x:"}, ["b"], True]],
    "history": [[7, "2026-11-22T12:00:00+00:00", "ana", "1a2b", True, {"create": 1}, "d1"]],
}


LATER = {"keys": ["k1"], "own": [["bulk_variables", "0a1b", 2]]}


def stored(text: str) -> Any:
    """Give a Variable's text as envctl reads it."""
    return unmask_json(json.loads(text))


def packed(content: bytes, *, version: int = VERSION, serial: int = 7) -> list[int]:
    """Encode anything with a right check sum."""
    data = hashlib.sha256(content).digest()[:8] + content
    chunks = [data[at : at + 1700] for at in range(0, len(data), 1700)]
    return [version, serial, *(int.from_bytes(b"\x01" + chunk, "big") for chunk in chunks)]


def of(document: Any) -> list[int]:
    return packed(zlib.compress(json.dumps(document).encode()))


def realistic(count: int) -> Ledger:
    """Give the ledger of a large instance; marks are noise, which does not compress."""

    def mark(seed: str, size: int) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()[:size]).decode()

    def entry(number: int) -> Entry:
        paths = ("value.thresholds.high", "value.enabled", "description")
        digests = {path: mark(f"{number}{path}", 6) for path in paths}
        fingerprint = {"password": f"k1a2b3c4d:{mark(f'{number}', 12)}"} if number % 5 == 0 else {}
        return Entry(number % 90, digests, fingerprint)

    return Ledger(
        "default",
        90,
        {Address("variable", f"team_{n % 20}_setting_{n}"): entry(n) for n in range(count)},
        (*SMALL.history,) * HISTORY,
        SMALL.seen,
        "5a17" * 8,
    )


@given(ledgers)
def test_it_comes_back_as_it_was(ledger: Ledger) -> None:
    text = encode(ledger)
    assert decode(stored(text), "me") == ledger
    assert serial_of(stored(text)) == ledger.serial


@pytest.mark.parametrize("count", [0, 1, 40, 700])
def test_it_is_a_list_of_whole_numbers_that_airflow_can_parse(count: int) -> None:
    ledger = realistic(count)
    value = json.loads(encode(ledger))
    assert ({type(one) for one in value}, value[:2]) == ({int}, [VERSION, 90])
    assert max(len(str(one)) for one in value) < 4300
    assert decode(value, "default") == ledger


def test_zeros_at_the_beginning_of_a_chunk_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # No check sum begins with zeros just because a test wants it to.
    monkeypatch.setattr("envctl.ledger.codec._check_sum", lambda _: bytes(8))
    assert decode(stored(encode(SMALL)), "me") == SMALL


def test_a_large_one_fits() -> None:
    text = encode(realistic(5000))
    print(f"5,000 objects: {len(text):,} characters")
    assert len(text) < 1_000_000


def test_leaves_that_nobody_saw_stand_behind_an_entry() -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["entries"][0].append(["value.a"])
    (entry,) = decode(of(document), "me").entries.values()
    assert entry.unseen == {"value.a"}
    for wrong in ([5], "value.a", {"value.a": 1}, None, True):
        document["entries"][0][-1] = wrong
        with pytest.raises(LedgerUnreadable):
            decode(of(document), "me")


def test_the_form_of_the_document() -> None:
    """What another envctl has written stays readable: whoever changes this needs a new version."""
    assert decode(of(DOCUMENT), "me") == SMALL
    assert decode(of({**DOCUMENT, "seen": None}), "me").seen is None
    # What has been added since may be missing, and what is added one day is no damage.
    later = {**DOCUMENT, **LATER, "later": 1}
    assert decode(of(later), "me") == replace(SMALL, keys=("k1",), own=(Sent("bulk_variables", "0a1b", 2),))


def test_versions_of_secrets_are_kept() -> None:
    entry = Entry(1, {}, {"password": "s:abc"}, versions={"${vault:ml/prod#pg}": "8"})
    ledger = Ledger("me", 1, {Address("connection", "db"): entry}, salt="00")
    assert decode(json.loads(encode(ledger)), "me") == ledger


def test_where_an_object_was_kept_stands_behind_an_entry() -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["entries"][0] += [[], {}, "vault airflow/variables/x"]
    (entry,) = decode(of(document), "me").entries.values()
    assert entry.place == "vault airflow/variables/x"
    wrong: Any
    for wrong in (5, [], {}, None, True):
        document["entries"][0][-1] = wrong
        with pytest.raises(LedgerUnreadable):
            decode(of(document), "me")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "text",
        "***",
        MASKED,
        [],
        [1],
        [1, 7],
        [1, 7, 0],
        [0],
        [-1],
        [1.0, 7, 5],
        [True, 7, 5],
        [1, True, 5],
        [1, 7, -5],
        [1, 7, "5"],
        [1, 7, None],
        [1, 7, MASKED],
        [1, 7, [5]],
        ["2"],
        {},
        {"value": 1},
        7,
        True,
        [1, 7, 2**40000],
        of([]),
        of(None),
        of("me"),
        of(5),
        of(DOCUMENT)[:2],
        [0, *of(DOCUMENT)[1:]],
        [1, 8, *of(DOCUMENT)[2:]],
        packed(b""),
        packed(b"no zlib"),
        packed(zlib.compress(b"no json")),
        packed(zlib.compress(b"\xff\xfe\xfd")),
        packed(zlib.compress(b"[" * 100_000)),
        packed(zlib.compress(b"1" * 10_000)),
        packed(zlib.compress(json.dumps(DOCUMENT).encode())[:-9]),
    ],
)
def test_what_is_no_ledger_is_refused(value: Any) -> None:
    with pytest.raises(LedgerUnreadable) as caught:
        decode(value, "me")
    assert caught.value.owner == "me"
    assert not isinstance(caught.value, LedgerFromTheFuture)
    assert caught.value.hint


def test_a_bomb_is_not_unfolded() -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    with pytest.raises(LedgerUnreadable):
        decode(packed(bomb), "me")


def test_one_that_is_cut_short_is_refused() -> None:
    value = json.loads(encode(realistic(400)))
    for length in range(len(value)):
        with pytest.raises(LedgerUnreadable):
            decode(value[:length], "default")


def test_one_with_a_changed_digit_is_refused() -> None:
    text = encode(SMALL)
    for at, letter in enumerate(text):
        if letter.isdigit():
            for other in {"0", "1", "9"} - {letter}:
                try:
                    changed = json.loads(text[:at] + other + text[at + 1 :])
                except ValueError:
                    continue  # a number that begins with 0 is no JSON
                with pytest.raises(LedgerUnreadable):
                    decode(changed, "me")


def test_anothers_is_refused() -> None:
    with pytest.raises(LedgerUnreadable, match="owner me"):
        decode(stored(encode(SMALL)), "you")


@pytest.mark.parametrize("value", [[2], [99, 7, 5], [2, 0], [10**50, 1]])
def test_a_newer_one_is_told_apart(value: list[Any]) -> None:
    with pytest.raises(LedgerFromTheFuture, match="newer envctl"):
        decode(value, "me")


PLACES: list[tuple[tuple[str | int, ...], tuple[type, ...]]] = [
    (("owner",), (str,)),
    (("serial",), (int,)),
    (("seen",), (list, type(None))),
    (("salt",), (str,)),
    (("entries",), (list,)),
    (("entries", 0), (list,)),
    *((("entries", 0, at), (one,)) for at, one in enumerate((str, str, int, dict, dict, list, bool))),
    *((("entries", 0, at, "a"), (str,)) for at in (3, 4)),
    (("entries", 0, 5, 0), (str,)),
    (("history",), (list,)),
    (("history", 0), (list,)),
    *((("history", 0, at), (one,)) for at, one in enumerate((int, str, str))),
    (("history", 0, 3), (str, type(None))),
    *((("history", 0, at), (one,)) for at, one in ((4, bool), (5, dict), (6, str))),
    (("history", 0, 5, "create"), (int,)),
    (("seen", 0), (int,)),
    (("seen", 1), (str,)),
    (("keys",), (list,)),
    (("keys", 0), (str,)),
    (("own",), (list,)),
    *((("own", 0, at), (one,)) for at, one in enumerate((str, str, int))),
]


@pytest.mark.parametrize(("place", "right"), PLACES, ids=str)
def test_a_part_of_a_wrong_type(place: tuple[str | int, ...], right: tuple[type, ...]) -> None:
    wrong: Any
    for wrong in (None, 1.5, float("inf"), 5, True, "text", [], [[]], {}, {"a": []}):
        if type(wrong) in right:
            continue
        document = json.loads(json.dumps({**DOCUMENT, **LATER}))
        around: Any = document
        for step in place[:-1]:
            around = around[step]
        around[place[-1]] = wrong
        with pytest.raises(LedgerUnreadable):
            decode(of(document), "me")


@pytest.mark.parametrize("key", list(DOCUMENT))
def test_a_part_that_is_missing(key: str) -> None:
    with pytest.raises(LedgerUnreadable):
        decode(of({name: part for name, part in DOCUMENT.items() if name != key}), "me")
    parts: list[Any]
    for parts in ([DOCUMENT["entries"][0][:-1]], [[*DOCUMENT["entries"][0], True]], [[]]):
        with pytest.raises(LedgerUnreadable):
            decode(of({**DOCUMENT, "entries": parts}), "me")


@pytest.mark.parametrize("time", ["2026-11-22T12:00:00", "soon", ""])
def test_a_time_that_cannot_be_held_against_others(time: str) -> None:
    with pytest.raises(LedgerUnreadable):
        decode(of({**DOCUMENT, "seen": [12, time]}), "me")


@pytest.mark.parametrize(
    ("value", "serial"),
    [
        *(([1, 7], 7), ([1, 7, "cut"], 7), ([2, 8], 8), (None, 0), ("[1, 7]", 0), (MASKED, 0)),
        *(([], 0), ([1], 0), ([1, True], 0), ([1, -7], 0), ([1, 7.0], 0), ([1, "7"], 0), ({"1": 7}, 0)),
    ],
)
def test_the_serial_is_told_even_when_the_rest_is_damaged(value: Any, serial: int) -> None:
    assert serial_of(value) == serial


@given(st.lists(st.integers(-5, 10**30) | st.booleans() | st.floats() | st.text(max_size=3), max_size=6))
def test_no_list_makes_it_fail_in_another_way(value: list[Any]) -> None:
    serial_of(value)
    with pytest.raises(LedgerUnreadable):
        decode(value, "me")


@given(st.binary(max_size=200), st.booleans())
def test_no_content_makes_it_fail_in_another_way(content: bytes, squeezed: bool) -> None:  # noqa: FBT001
    with pytest.raises(LedgerUnreadable):
        decode(packed(zlib.compress(content) if squeezed else content), "me")
