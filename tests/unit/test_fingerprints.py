"""Fingerprints tell a secret from another one, and nobody what it is."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.engine.past import Past, place_of
from envctl.ledger.fingerprints import Fingerprinter, is_keyed, keys_from, new_salt
from envctl.model.ledger import IN_DOUBT
from envctl.model.secret import Secret
from envctl.model.verdict import Verdict
from envctl.stages.marking import _keys
from tests.unit.ledgers import prints
from tests.unit.objects import address

if TYPE_CHECKING:
    from collections.abc import Callable

SAME, DIFFERENT, UNVERIFIABLE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNVERIFIABLE
HERE, THERE = place_of(address("connection/c"), "password"), place_of(address("connection/c"), "extra.a")
SALT = "5a17" * 8
SECRET = "correct horse battery staple"


@pytest.fixture(scope="module")
def slow() -> Fingerprinter:
    """The slow one, which remembers what it has hashed."""
    return Fingerprinter((), SALT, keyed=False)


@pytest.fixture(params=["keyed", "slow"])
def either(request: pytest.FixtureRequest, slow: Fingerprinter) -> Fingerprinter:
    return slow if request.param == "slow" else prints("one")


def test_a_secret_is_known_again_and_another_is_not(either: Fingerprinter) -> None:
    mark = either.make(SECRET, HERE)
    assert either.check(SECRET, HERE, mark) is SAME
    assert either.check("another", HERE, mark) is DIFFERENT
    assert either.is_current(mark)


def test_equal_secrets_have_marks_of_their_own(either: Fingerprinter) -> None:
    """Nobody is to see from the ledger where a password was used twice."""
    elsewhere = place_of(address("connection/d"), "password")
    assert len({either.make(SECRET, place) for place in (HERE, THERE, elsewhere)}) == 3
    assert either.check(SECRET, THERE, either.make(SECRET, HERE)) is DIFFERENT


def test_places_and_texts_do_not_run_into_each_other() -> None:
    one = prints("one")
    assert one.make("bc", "variable/x\0a") != one.make("c", "variable/x\0ab")
    assert one.digest("bc", "variable/x\0a") != one.digest("c", "variable/x\0ab")


def test_the_salt_makes_other_marks(either: Fingerprinter) -> None:
    salted = Fingerprinter(keys_from("one"), "other", keyed=False)
    assert salted.digest("v", HERE) != either.digest("v", HERE)
    assert salted.make(SECRET, HERE) != either.make(SECRET, HERE)
    assert len({new_salt() for _ in range(50)}) == 50
    assert len(bytes.fromhex(new_salt())) == 16


def test_without_a_key_it_is_slow_and_with_one_it_is_not(slow: Fingerprinter) -> None:
    assert not is_keyed(slow.make(SECRET, HERE))
    assert is_keyed(prints("one").make(SECRET, HERE))


@pytest.mark.parametrize("mark", ["", IN_DOUBT])
def test_a_mark_that_says_nothing_was_made_with_no_key(mark: str) -> None:
    """Else a ledger without a key would take itself for one with a key, and make no marks any more."""
    assert not is_keyed(mark)
    assert prints("one").check(SECRET, HERE, mark) is UNVERIFIABLE
    assert not prints("one").is_current(mark)


def test_a_key_is_rotated() -> None:
    old, both, new = prints("old"), prints("new,old"), prints("new")
    mark = old.make(SECRET, HERE)
    assert (both.check(SECRET, HERE, mark), both.check("x", HERE, mark)) == (SAME, DIFFERENT)
    assert not both.is_current(mark)
    renewed = both.make(SECRET, HERE)
    assert renewed == new.make(SECRET, HERE) != mark
    assert both.is_current(renewed)
    assert new.check(SECRET, HERE, mark) is UNVERIFIABLE
    assert old.check(SECRET, HERE, renewed) is UNVERIFIABLE


def test_a_key_is_taken_into_use(slow: Fingerprinter) -> None:
    mark = slow.make(SECRET, HERE)
    keyed = Fingerprinter(keys_from("one"), SALT, keyed=False)
    assert keyed.check(SECRET, HERE, mark) is SAME
    assert not keyed.is_current(mark)


def test_without_its_key_a_ledger_gets_no_weaker_marks() -> None:
    """Slow hashes would be less than what its owner chose."""
    keyless = prints("", keyed=True)
    mark = prints("one").make(SECRET, HERE)
    assert keyless.make(SECRET, HERE) == ""
    assert keyless.check(SECRET, HERE, mark) is UNVERIFIABLE
    assert not keyless.is_current(mark)
    assert not keyless.is_current("")
    assert prints("other", keyed=True).check(SECRET, HERE, mark) is UNVERIFIABLE
    assert prints("other", keyed=True).make(SECRET, HERE)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), (" , ,", 0), ("a", 1), ("a,b", 2), (" a , b ,", 2), ("ü,\udcff", 2), ("a b", 1)],
)
def test_keys_are_separated_by_commas(text: str, count: int) -> None:
    keys = keys_from(text)
    assert len(keys) == count
    assert keys == keys_from(text.replace(" ,", ",").replace(", ", ","))
    assert all(len(key) == 32 for key in keys)


def test_keys_come_out_of_secrets_as_they_are_derived() -> None:
    assert tuple(_keys(Secret("new, old", "${KEY}"))) == keys_from("new,old")
    assert _keys(Secret("\udcff", "${KEY}")) == list(keys_from("\udcff"))
    assert _keys(Secret.unavailable("${KEY}")) == []
    assert _keys(Secret("", "${KEY}")) == []


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()))
def test_any_text_has_a_mark(text: str, place: str) -> None:
    one = prints("one")
    assert one.check(text, place, one.make(text, place)) is SAME
    assert one.digest(text, place) == one.digest(text, place)


@pytest.mark.parametrize("text", ["\ud83d", "\udcff\x00", "", "é" * 5000])
def test_odd_secrets_have_slow_marks_too(slow: Fingerprinter, text: str) -> None:
    assert slow.check(text, HERE, slow.make(text, HERE)) is SAME
    assert slow.check(text + "x", HERE, slow.make(text, HERE)) is DIFFERENT


@given(st.text(), st.text(max_size=30))
def test_any_mark_can_be_checked(text: str, mark: str) -> None:
    one = prints("one")
    assert one.check(text, HERE, mark) in (UNVERIFIABLE, DIFFERENT)
    tag = one.make(text, HERE).partition(":")[0]
    assert one.check(text, HERE, f"{tag}:{mark}") is DIFFERENT


def test_the_slow_hash_is_made_once_for_each_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []

    def counted(text: bytes, **_: object) -> bytes:
        hashed.append(text)
        return hashlib.sha256(text).digest()

    monkeypatch.setattr(hashlib, "scrypt", counted)
    one = Fingerprinter((), SALT, keyed=False)
    for number in range(20):
        place = place_of(address(f"connection/c{number}"), "password")
        mark = one.make(SECRET, place)
        assert one.check(SECRET, place, mark) is SAME
        assert one.check("other", place, mark) is DIFFERENT
    assert hashed == [SECRET.encode(), b"other"]


def _plain_hashes(text: str) -> set[str]:
    found: set[str] = set()
    for name in ("md5", "sha1", "sha224", "sha256", "sha512", "blake2b"):
        for salted in (text, SALT + text, text + SALT, HERE + text, f"{HERE}\0{text}"):
            made = hashlib.new(name, salted.encode()).digest()
            found |= {made.hex(), base64.b64encode(made).decode(), base64.urlsafe_b64encode(made).decode()}
    return found


def test_a_mark_holds_nothing_of_the_secret(either: Fingerprinter) -> None:
    mark = either.make(SECRET, HERE)
    body = mark.partition(":")[2]
    assert len(base64.urlsafe_b64decode(body)) == 12
    # Beginnings too: it is shorter than any of them.
    assert not any(whole.startswith(body[:6]) for whole in _plain_hashes(SECRET))
    assert SECRET not in mark


def test_nothing_shows_keys_or_secrets(slow: Fingerprinter) -> None:
    key = "the key of all fingerprints"
    one = prints(key)
    for made in (one, slow):
        made.make(SECRET, HERE)
        for shown in (repr(made), str(made), repr(Past(made)), f"{made}"):
            assert SECRET not in shown
            assert key not in shown
            assert keys_from(key)[0].hex() not in shown
            assert repr(keys_from(key)[0]) not in shown


def _seconds(work: Callable[[int], object], times: int) -> float:
    began = time.process_time()
    for number in range(times):
        work(number)
    return (time.process_time() - began) / times


def test_what_a_guess_costs(slow: Fingerprinter) -> None:
    """Not asserted on: machines differ; docs/explanation/ledger.md has the figures."""
    guesses = [os.urandom(8).hex() for _ in range(3)]
    mark, keyed = slow.make(SECRET, HERE), prints("one")
    quick = keyed.make(SECRET, HERE)
    slowly = _seconds(lambda number: slow.check(guesses[number], HERE, mark), len(guesses))
    quickly = _seconds(lambda number: keyed.check(str(number), HERE, quick), 1000)
    print(f"\na guess takes {slowly * 1000:.0f} ms without a key, {quickly * 1e6:.0f} us with it at hand")
