"""A lock whose holder cannot know by asking: requests that hang, and clocks that are a little wrong."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from envctl.errors import Locked, Unreachable
from envctl.ledger import lock as locking
from envctl.ledger.connection_locks import ConnectionLocks
from envctl.ledger.lock import Lock, break_lock
from envctl.model.reserved import LOCK as NAME
from tests.unit.ledgers import NOON
from tests.unit.locks import PATIENCE, Locks, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.lock import LockRecord
    from envctl.model.request import ApiCall

SHORT = 0.6
"""Seconds that a lock lives where a test waits for its end."""


def lock_in(store: Locks, seconds: float = 60) -> Lock:
    return Lock(store, record(), seconds, lambda _: False)


def passes(what: Callable[[], bool]) -> bool:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not what() and time.monotonic() < deadline:
        time.sleep(0.01)
    return what()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass only when a test says so."""
    now = [1000.0]
    monkeypatch.setattr(locking, "monotonic", lambda: now[0])
    return now


def test_a_renewal_that_hangs_does_not_keep_a_lock_alive() -> None:
    """It may hang for minutes, and the lock is somebody else's by then."""
    store = Locks()
    store.open.clear()
    with lock_in(store, SHORT) as lock:
        assert store.renewing.wait(PATIENCE)
        assert not lock.lost
        assert passes(lambda: lock.lost)
        store.steal(NAME)
        with pytest.raises(Locked, match="the lock was lost"):
            lock.confirm()
        store.open.set()


def test_a_renewal_that_comes_too_late_renews_nothing(clock: list[float]) -> None:
    """It was sent in time, but when it was done the lock had expired: somebody may have been at work."""

    class Slow(Locks):
        def replace(self, name: str, record: LockRecord) -> None:
            clock[0] += SHORT * 2 / 3
            super().replace(name, record)

    store = Slow()
    with lock_in(store, SHORT) as lock:
        clock[0] += SHORT * 2 / 3
        assert store.renewed.wait(PATIENCE)
        store.renewed.clear()
        assert not store.renewed.wait(SHORT)
        assert lock.lost


def test_a_lock_lives_on_while_it_is_renewed() -> None:
    store = Locks()
    with lock_in(store, 3 * SHORT) as lock:
        for _ in range(4):
            store.renewed.clear()
            assert store.renewed.wait(PATIENCE)
            assert not lock.lost
    assert store.kept == {}


def test_a_lock_that_cannot_be_renewed_is_lost_at_the_end_of_its_life(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Locks()
    with lock_in(store, SHORT) as lock:
        store.fault = Unreachable("the line is dead")
        assert passes(lambda: lock.lost)
    assert 1 <= caplog.text.count("the lock could not be renewed: the line is dead") <= 3


def test_its_life_counts_from_before_the_request_that_took_it(clock: list[float]) -> None:
    """When a request was carried out is not known; it is not later than it seems, but it may be earlier."""

    class Slow(Locks):
        def create(self, name: str, record: LockRecord) -> bool:
            clock[0] += 20
            return super().create(name, record)

    with lock_in(Slow()) as lock:
        clock[0] += 39.9
        assert not lock.lost
        clock[0] += 0.1
        assert lock.lost


def test_what_is_lost_stays_lost(clock: list[float]) -> None:
    with lock_in(Locks()) as lock:
        clock[0] += 60
        assert lock.lost
        clock[0] -= 30
        assert lock.lost


def test_others_are_told_a_little_more_than_its_holder_counts_on() -> None:
    """The server's clock is known in whole seconds: nobody may take it over before its holder stops."""
    store = Locks()
    with lock_in(store):
        assert store.kept[NAME].expires == NOON + timedelta(seconds=61)


def test_a_renewal_is_sent_once() -> None:
    """A second try, a time-out later, could write over the lock of whoever took over."""
    sent: list[ApiCall] = []

    def send(call: ApiCall, purpose: str) -> None:
        del purpose
        sent.append(call)

    ConnectionLocks(send, lambda: NOON).replace(NAME, record())
    assert [one.repeatable for one in sent] == [False]


def test_a_lock_is_not_asked_for_again_within_a_second(clock: list[float]) -> None:
    """It was seen when it was taken; and when it is asked for, from the moment of asking on."""
    store = Locks()
    with lock_in(store) as lock:
        lock.confirm(within=1)
        assert store.reads == 0
        clock[0] += 1
        lock.confirm(within=1)
        lock.confirm(within=1)
        assert store.reads == 1
        lock.confirm()
        assert store.reads == 2


def test_a_lock_of_somebody_else_is_lost_at_the_next_look(clock: list[float]) -> None:
    for end in (Locks.steal, Locks.delete):
        store = Locks()
        with lock_in(store) as lock:
            end(store, NAME)
            clock[0] += 1
            with pytest.raises(Locked, match="the lock was lost"):
                lock.confirm(within=1)
            assert lock.lost
            with pytest.raises(Locked):
                lock.confirm(within=1)
        assert [one.holder for one in store.kept.values()] == (["theirs"] if end is Locks.steal else [])


def test_a_look_that_takes_longer_than_the_lock_lives_confirms_nothing(clock: list[float]) -> None:
    class Slow(Locks):
        def read(self, name: str) -> LockRecord | None:
            clock[0] += 60
            return super().read(name)

    with lock_in(Slow()) as lock, pytest.raises(Locked):
        lock.confirm()


def test_a_lock_that_cannot_be_seen_is_not_lost_yet() -> None:
    store = Locks(fault=Unreachable("the line is dead"))
    with lock_in(store) as lock:
        with pytest.raises(Unreachable):
            lock.confirm()
        assert not lock.lost


def test_breaking_a_lock_breaks_the_one_that_was_asked_about() -> None:
    asked: list[str] = []
    store = Locks({NAME: record("hers")})
    held = break_lock(store, lambda held: asked.append(held.holder))
    assert (held, asked, store.kept) == (record("hers"), ["hers"], {})
    assert break_lock(store, lambda held: asked.append(held.holder)) is None
    assert asked == ["hers"]


def test_a_lock_that_is_renewed_meanwhile_is_still_the_same() -> None:
    store = Locks({NAME: record()})

    def renewed(held: LockRecord) -> None:
        store.kept[NAME] = replace(held, expires=NOON)

    assert break_lock(store, renewed) is not None
    assert store.kept == {}


def test_a_lock_of_which_nobody_was_asked_is_left_alone() -> None:
    """Who had it may have ended while a person thought about it, and another one begun."""
    store = Locks({NAME: record(actor="ana")})
    other = record("theirs", actor="ben")

    def changes_hands(_: LockRecord) -> None:
        store.kept[NAME] = other

    with pytest.raises(Locked, match=r"held by ben .*, no longer by ana ") as caught:
        break_lock(store, changes_hands)
    assert "unlock ENV again" in (caught.value.hint or "")
    assert store.kept == {NAME: other}


def test_a_lock_that_is_released_meanwhile_needs_no_breaking() -> None:
    store = Locks({NAME: record()})
    assert break_lock(store, lambda _: store.delete(NAME)) is None


def test_whoever_holds_a_lock_gives_no_orders_to_a_terminal(caplog: pytest.LogCaptureFixture) -> None:
    """Anyone who may write connections may write a lock, and -v names whom one took over from."""
    bad = record("hers", actor="a\x1b[2Jna", command="x\nERROR envctl: \u202e")
    assert str(bad) == "a\ufffd[2Jna (x\ufffdERROR envctl: \ufffd)"
    caplog.set_level("INFO", "envctl")
    with Lock(Locks({NAME: bad}), record(), 60, lambda _: True):
        assert "took over the lock of a\ufffd[2Jna" in caplog.text
        assert "\x1b" not in caplog.text
