"""A ledger that is kept with a key says so itself: single marks may be lost, and none is weaker for that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from envctl.engine.known import NO_MARK
from envctl.engine.past import Past
from envctl.kinds import KINDS
from envctl.kinds.variable import VARIABLE
from envctl.ledger.codec import encode
from envctl.model.ledger import IN_DOUBT as DOUBT
from envctl.model.ledger import Entry, Ledger
from envctl.model.resource import Live, Reading
from envctl.model.secret import Secret
from envctl.stages.keeping import open_ledgers
from tests.unit.closings import LEDGER, Fake, became, closing
from tests.unit.ledgers import IN_DOUBT, after, answered, look, nothing, open_leaves, prints, said
from tests.unit.objects import address, desired

if TYPE_CHECKING:
    from envctl.airflow.instance import AirflowInstance
    from envctl.errors import Diagnostic
    from envctl.model.outcome import ChangeOutcome
    from envctl.stages.keeping import Opened
    from envctl.stages.loading import Loaded

PW, NEW = Secret("old-password", "${PW}"), Secret("new-password", "${PW}")
C, X = "connection/c", "variable/x"
KEY = prints().key


def reopened(ledger: Ledger, *keys: str) -> Opened:
    """Open what was written, as the next command does."""
    sections = SimpleNamespace(entries={kind.section: None for kind in KINDS})
    spec = SimpleNamespace(name="dev", sections=sections)
    loaded = cast("Loaded", SimpleNamespace(kinds=KINDS, owner="default", spec=spec))
    value = VARIABLE.read({"value": encode(ledger), "description": None})
    reading = Reading({}, {LEDGER: Live(LEDGER, value)})
    secrets = [Secret(key, "${KEY}") for key in keys]
    return open_ledgers(loaded, cast("AirflowInstance", Fake()), reading, secrets)


def applied(past: Past, ledger: Ledger, **outcomes: ChangeOutcome) -> Ledger:
    """Give the ledger after an apply of another password to an instance that has the old one."""
    wanted, had = desired(C, password=NEW, host="h"), answered(desired(C, password=PW))
    one = closing([wanted], [had], Fake(), past, ledger=ledger)
    assert one.close(became(one, **outcomes), lambda: None) is None
    return one.ledger


def test_a_run_without_the_key_leaves_a_keyed_ledger() -> None:
    past = after([desired(C, password=PW)], [])
    ledger = applied(
        Past(prints("", keyed=True), past.entries), Ledger("default", 1, salt="5a17", keys=(KEY,))
    )
    assert set(ledger.entries[address(C)].fingerprints.values()) == {""}
    assert ledger.keys == (KEY,)
    opened = reopened(ledger)
    wanted = desired(C, password=NEW, host="h")
    for secret in (NEW, PW):
        found = look([desired(C, password=secret, host="h")], [answered(wanted)], opened.past)
        assert (said(found), open_leaves(found)) == ([], [f"{C}: password"])
        assert found.unverifiable[0].why == NO_MARK
    assert after([wanted], [answered(wanted)], opened.past, serial=9).entries == ledger.entries
    # A run that has it writes the secret again, once.
    keyed = reopened(ledger, "one").past
    assert [change.address for change in look([wanted], [answered(wanted)], keyed).changes] == [address(C)]


@pytest.mark.parametrize("keys", ["", "one"])
def test_a_doubt_makes_no_keyed_ledger_weaker(keys: str) -> None:
    past = after([desired(C, password=PW)], [])
    before = Ledger("default", 1, salt="5a17", keys=(KEY,))
    ledger = applied(Past(prints(keys, keyed=True), past.entries), before, c=IN_DOUBT)
    assert set(ledger.entries[address(C)].fingerprints.values()) == {DOUBT}
    assert ledger.keys == (KEY,)
    assert not reopened(ledger).past.prints.can_make


def test_a_key_counts_before_there_is_a_secret() -> None:
    one = closing([desired(X)], [], Fake(), nothing())
    assert one.close(became(one), lambda: None) is None
    assert one.ledger.keys == (KEY,)
    assert not reopened(one.ledger).past.prints.can_make


def test_the_keys_of_the_marks_that_are_left_count() -> None:
    entry = Entry(1, {}, {"password": prints("old").make("x", "y"), "extra.a": "s:slow"})
    past = Past(prints("one", keyed=True), {address("lamp/l"): entry})
    one = closing([desired(X)], [], Fake(), past)
    assert one.close(became(one), lambda: None) is None
    assert set(one.ledger.keys) == {KEY, prints("old").key}
    assert one.ledger.entries[address("lamp/l")] == entry


def test_a_ledger_that_never_had_a_key_has_none() -> None:
    one = closing([desired(X)], [], Fake(), nothing(""))
    assert one.close(became(one), lambda: None) is None
    assert one.ledger.keys == ()
    assert reopened(one.ledger).past.prints.can_make
    # One that was written before ledgers said so is known by its marks.
    old = Ledger("default", 1, {address(C): Entry(1, {}, {"password": f"{KEY}:x"})}, salt="5a17")
    assert not reopened(old).past.prints.can_make


def test_an_older_key_is_told_while_it_is_needed() -> None:
    past = after([desired(C, password=PW), desired("connection/d", password=PW)], [], nothing("old"))
    ledger = Ledger("default", 1, past.entries, salt="5a17", keys=(prints("old").key,))
    (warning,) = older(reopened(ledger, "new,old"))
    assert warning.message.startswith("2 secrets have fingerprints of an older key")
    # A key of the same value is no older one, and one that is not at hand has a warning of its own.
    assert older(reopened(ledger, "old")) == older(reopened(ledger, "new")) == older(reopened(ledger)) == []
    # Of kinds that are compared the marks are made anew, of others they stay.
    both = Past(prints("new,old", keyed=True), past.entries)
    for kinds, count in ((KINDS, 0), ([kind for kind in KINDS if kind.name != "connection"], 2)):
        had = [answered(desired(text, password=PW)) for text in (C, "connection/d")]
        wanted = [desired(C, password=PW), desired("connection/d", password=PW)] if not count else []
        entries = after(wanted, had if not count else [], both, kinds=kinds, serial=2).entries
        assert len(older(reopened(replace(ledger, entries=entries), "new,old"))) == min(count, 1)


def older(opened: Opened) -> list[Diagnostic]:
    return [one for one in opened.diagnostics if "of an older key" in one.message]
