"""The slow hashes of secrets: each is made once, and no more at a time than there are processors."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import Any

import pytest

from envctl.ledger.fingerprints import Fingerprinter, keys_from
from envctl.ledger.stretching import Stretcher


class Counted:
    """Stands before the real hash, and counts."""

    def __init__(self) -> None:
        self.real = hashlib.scrypt
        self.lock = threading.Lock()
        self.calls = self.running = self.most = 0

    def __call__(self, *secrets: bytes, **parameters: Any) -> bytes:
        with self.lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            time.sleep(0.02)
            return self.real(*secrets, **{**parameters, "n": 2**4})
        finally:
            with self.lock:
                self.running -= 1


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()
    monkeypatch.setattr(hashlib, "scrypt", found)
    return found


def test_each_is_made_once_however_often_it_is_asked_for(counted: Counted) -> None:
    stretcher = Stretcher("00")
    begun = stretcher.begin(b"hunter2")
    assert stretcher(b"hunter2") == begun.result() == stretcher(b"hunter2")
    assert counted.calls == 1
    assert stretcher(b"another") != begun.result()
    assert Stretcher("01")(b"hunter2") != begun.result()


def test_no_more_at_a_time_than_there_are_processors(counted: Counted) -> None:
    begun = [Stretcher(f"{number:02}").begin(b"hunter2") for number in range(12)]
    assert len({one.result() for one in begun}) == 12
    assert counted.most <= (os.cpu_count() or 1)


def test_what_was_prepared_is_not_made_again(counted: Counted) -> None:
    prints = Fingerprinter((), "00", keyed=False)
    prints.prepare("hunter2")
    mark = prints.make("hunter2", "variable/x\0value")
    assert prints.check("hunter2", "variable/x\0value", mark).name == "SAME"
    assert counted.calls == 1


def test_with_a_key_nothing_is_slow(counted: Counted) -> None:
    prints = Fingerprinter(keys_from("one"), "00", keyed=True)
    prints.prepare("hunter2")
    prints.make("hunter2", "variable/x\0value")
    assert counted.calls == 0
