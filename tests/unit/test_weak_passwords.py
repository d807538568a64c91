"""Must-show 6: the commonest passwords, tried against a ledger that has no key.

Each guess costs a slow hash, so that trying all 10,000 takes long: that is left to `make campaign`. Here it
is made sure that there is no quick way, and what a guess costs is measured and printed.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import os
import time
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest

from envctl.engine.past import Past, place_of
from envctl.ledger.codec import encode
from envctl.ledger.fingerprints import Fingerprinter
from envctl.model.ledger import Ledger
from envctl.model.secret import Secret
from envctl.model.verdict import Verdict
from tests.unit.ledgers import after
from tests.unit.objects import desired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.model.address import Address

COUNT = 10_000
PLANTED = (3, 40, 500, 4_000, 9_990)
"""How common the planted passwords are."""
TRIED = 5
SALT = "5f0c3a1e9b7d2468ace0135799bdf024"
SLOW = Fingerprinter((), SALT, keyed=False)
PATH = "password"
LENGTH = 12
"""So many letters of a hash in a ledger would be enough to look it up."""


@pytest.fixture(scope="module")
def commonest() -> list[str]:
    lists = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return list(lists["passwords"])[:COUNT]


@pytest.fixture(scope="module")
def ledger(commonest: list[str]) -> Ledger:
    wanted = [
        desired(f"connection/c{rank}", password=Secret(commonest[rank], "${PW}"), extra={"note": "plain"})
        for rank in PLANTED
    ]
    return Ledger("default", 1, after(wanted, [], Past(SLOW)).entries, salt=SALT)


def marks(ledger: Ledger) -> dict[Address, str]:
    return {address: entry.fingerprints[PATH] for address, entry in ledger.entries.items()}


def test_there_is_no_quick_way(commonest: list[str], ledger: Ledger) -> None:
    """No plain hash of a common password, salted or not, stands anywhere in the ledger."""
    told = json.dumps(
        [(entry.digests, entry.fingerprints) for entry in ledger.entries.values()], default=dict
    )
    places = [place_of(address, PATH) for address in ledger.entries]
    assert len(commonest) == COUNT
    assert len(marks(ledger)) == len(PLANTED)
    assert not [guess for guess in commonest if any(one[:LENGTH] in told for one in quick(guess, places))]
    assert not [guess for guess in commonest if len(guess) > LENGTH and guess in told]
    assert commonest[PLANTED[0]] not in encode(ledger)


def quick(guess: str, places: list[str]) -> Iterator[str]:
    """Give what somebody with a fast hash would look for."""
    texts = [guess, SALT + guess, guess + SALT, *(f"{place}\0{guess}" for place in places)]
    hashes = [
        hashlib.new(name, text.encode()).digest() for name in ("md5", "sha1", "sha256") for text in texts
    ]
    hashes += [hmac.digest(SALT.encode(), text.encode(), "sha256") for text in texts]
    for one in hashes:
        yield from (one.hex(), b64encode(one).decode(), urlsafe_b64encode(one).decode())


def test_each_guess_costs_a_slow_hash(commonest: list[str], ledger: Ledger) -> None:
    """It tries one guess at every secret of the ledger; so a weak password is found, but not quickly."""
    tried = commonest if os.environ.get("ENVCTL_CAMPAIGN") else commonest[:TRIED]
    begun = time.process_time()
    guessed = {
        str(address)
        for guess in tried
        for address, mark in marks(ledger).items()
        if SLOW.check(guess, place_of(address, PATH), mark) is Verdict.SAME
    }
    cost = (time.process_time() - begun) / len(tried)
    print(
        f"\ncost per guess: {cost * 1000:.0f} ms, so {cost * COUNT / 60:.0f} minutes for 10,000 on one core"
    )
    assert guessed == {f"connection/c{rank}" for rank in PLANTED if rank < len(tried)}
