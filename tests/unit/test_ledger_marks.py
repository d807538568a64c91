"""What must not be taken for something else: a mark in doubt for a keyed one, damage for no ledger."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from envctl.errors import LedgerUnreadable, WrongServer
from envctl.ledger.codec import decode, encode
from envctl.ledger.fingerprints import Fingerprinter, is_keyed, keys_from
from envctl.ledger.inspection import inspected
from envctl.ledger.variable_ledgers import VariableLedgers
from envctl.model.address import Address
from envctl.model.ledger import IN_DOUBT, Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.request import ApiCall


def test_a_mark_in_doubt_is_no_keyed_one() -> None:
    """Without a key, one secret in doubt would otherwise forbid every new fingerprint."""
    keyed = Fingerprinter(keys_from("a key"), "00", keyed=False).make("secret", "place")
    slow = Fingerprinter((), "00", keyed=False).make("secret", "place")
    assert [is_keyed(mark) for mark in (keyed, slow, IN_DOUBT, "")] == [True, False, False, False]


def test_fingerprints_are_counted() -> None:
    """One in doubt is like none."""
    marks = {"a": "k1234:x", "b": "s:x", "c": "", "d": IN_DOUBT}
    ledger = Ledger("default", 1, {Address("variable", "v"): Entry(1, {}, marks)}, salt="00")
    state = inspected("default", json.loads(encode(ledger)))
    assert state.fingerprints == (1, 1, 2)
    assert state.size == len(encode(ledger))


def test_an_edited_serial_is_damage() -> None:
    value = json.loads(encode(Ledger("default", 7, salt="00")))
    assert decode(value, "default").serial == 7
    with pytest.raises(LedgerUnreadable, match="its head was edited"):
        decode([value[0], 9, *value[2:]], "default")


def host(send: Callable[[ApiCall, str], Any]) -> Any:
    """Return an Airflow 3 that answers with a function."""
    return SimpleNamespace(old=False, send=send)


@pytest.mark.parametrize("read", ["all", "one"])
def test_a_value_that_airflow_cannot_decrypt_is_damage_and_not_a_missing_ledger(read: str) -> None:
    """Airflow answers null then; a new ledger in its place would begin with serial 1 again."""

    def send(call: ApiCall, purpose: str) -> Any:
        item = {"key": "envctl.ledger.default", "value": None, "description": None}
        return {"variables": [item], "total_entries": 1} if call.query else item

    ledgers = VariableLedgers(host(send))
    value = ledgers.read_all()["default"] if read == "all" else ledgers.read("default")
    state = inspected("default", value)
    assert not state.missing
    assert state.problem is not None


ODD_ITEMS: list[Any] = [None, 5, "text", [], {}, {"key": "envctl.ledger.x"}]
ODD: list[Any] = [
    *[None, [], "text", 5, True, {}, {"variables": None}, {"variables": []}, {"key": "k"}],
    *[{"variables": [one], "total_entries": 1} for one in ODD_ITEMS],
    *[{"variables": {"a": 1}, "total_entries": 1}, {"variables": [], "total_entries": "many"}],
]


@pytest.mark.parametrize("answer", ODD, ids=str)
def test_an_answer_that_is_none(answer: Any) -> None:
    def send(call: ApiCall, purpose: str) -> Any:
        del call, purpose
        return answer

    ledgers = VariableLedgers(host(send))
    for read in (ledgers.read_all, lambda: ledgers.read("default")):
        with pytest.raises(WrongServer, match="is answered with JSON that is no"):
            read()


@pytest.mark.parametrize(("count", "most"), [(0, 100), (1, 100), (100, 100), (101, 100), (250, 100), (7, 3)])
def test_however_many_owners_there_are(count: int, most: int) -> None:
    """`most` is what the server gives at once: a site may have a lower limit than Airflow's own."""
    items = [{"key": f"envctl.ledger.o{n}", "value": f"[1, {n}]", "description": None} for n in range(count)]
    asked: list[int] = []

    def send(call: ApiCall, purpose: str) -> Any:
        del purpose
        query = dict(call.query)
        asked.append(int(query["offset"]))
        page = items[asked[-1] :][: min(int(query["limit"]), most)]
        return {"variables": page, "total_entries": count}

    assert VariableLedgers(host(send)).read_all() == {f"o{n}": [1, n] for n in range(count)}
    assert len(asked) == max(1, -(-count // most))
