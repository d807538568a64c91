"""Must-show 6: the commonest passwords, tried against a ledger that has no key, and a saved plan.

The ledger is the one that an apply writes, with history and events. Some weak ones stand in the spec in
plain words, under names that Airflow masks: a reader of the ledger must not guess them quickly either.

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
from envctl.engine.pins import Pinner
from envctl.kinds import KINDS
from envctl.ledger.codec import _document, encode
from envctl.ledger.fingerprints import Fingerprinter
from envctl.model.event import Seen
from envctl.model.ledger import ApplyRecord, Ledger
from envctl.model.plan import Instance, Plan, Revision
from envctl.model.saved import Options, SavedPlan
from envctl.model.secret import Secret
from envctl.model.verdict import Verdict
from envctl.report.json_report import changes_json
from envctl.report.plan_digest import plan_digest
from envctl.report.saved_plan import file_text
from tests.unit.closings import Fake, became, closing
from tests.unit.ledgers import NOON, answered, look, prints, touch
from tests.unit.objects import desired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.model.address import Address
    from envctl.model.resource import Desired

COUNT = 10_000
PLANTED = (3, 40, 500, 4_000, 9_990)
"""How common the planted passwords are."""
TRIED = 5
SALT = "5f0c3a1e9b7d2468ace0135799bdf024"
SLOW = Fingerprinter((), SALT, keyed=False)
PATH = "password"
PLAIN = (7, 60)
"""How common those are that stand in the spec in plain words."""
PLANTED_LIVE = Secret("live-password", "${PW}")
LENGTH = 12
"""So many letters of a hash in a ledger would be enough to look it up."""


@pytest.fixture(scope="module")
def commonest() -> list[str]:
    lists = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return list(lists["passwords"])[:COUNT]


@pytest.fixture(scope="module")
def ledger(commonest: list[str]) -> Ledger:
    """A ledger with history, written by an apply during which others were at work."""
    fake = Fake(events_after=(touch("connection/theirs", number=12), touch("variable/x", number=11)))
    before = Ledger("default", 1, history=(EARLIER,), seen=Seen(3, NOON), salt=SALT)
    one = closing(spec(commonest), [], fake, Past(SLOW), ledger=before)
    assert one.close(became(one), lambda: None) is None
    (written,) = fake.ledgers
    assert (len(written.history), written.seen) == (2, Seen(20, NOON))
    return written


EARLIER = ApplyRecord(1, NOON.isoformat(), "ci", None, dirty=False, counts={}, plan="00")


def spec(commonest: list[str]) -> list[Desired]:
    """Give objects with weak passwords: as secrets, and in plain words where a name is sensitive."""
    return [
        *(desired(f"variable/api_token_{rank}", value=commonest[rank]) for rank in PLAIN),
        *(desired(f"connection/x{rank}", extra={"api_key": commonest[rank], "note": "n"}) for rank in PLAIN),
        *(
            desired(f"connection/c{rank}", password=Secret(commonest[rank], "${PW}"), extra={"note": "plain"})
            for rank in PLANTED
        ),
    ]


def marks(ledger: Ledger) -> dict[Address, str]:
    return {
        at: entry.fingerprints[PATH] for at, entry in ledger.entries.items() if PATH in entry.fingerprints
    }


def plan_of(wanted: list[Desired], past: Past) -> Plan:
    return Plan("dev", Instance("http://a", "3.3.2"), Revision("1a2b", dirty=True), look(wanted, [], past))


def test_there_is_no_quick_way(commonest: list[str], ledger: Ledger) -> None:
    """No plain hash of a common password, salted or not, stands anywhere in the ledger."""
    told = json.dumps(_document(ledger))
    places = [place_of(address, PATH) for address in ledger.entries]
    assert len(commonest) == COUNT
    assert len(ledger.entries) == len(PLANTED) + 2 * len(PLAIN)
    assert not [guess for guess in commonest if any(one[:LENGTH] in told for one in quick(guess, places))]
    assert not [guess for guess in commonest if len(guess) > LENGTH and guess in told]
    assert commonest[PLANTED[0]] not in encode(ledger)


def test_the_digest_of_a_plan_knows_no_value(commonest: list[str], ledger: Ledger) -> None:
    """It is a fast hash: whoever knows all of a spec but one value must not find that out by it."""
    told = ledger.history[-1].plan
    assert told == plan_digest(plan_of(spec(commonest), Past(prints())))
    rest = spec(commonest)[1:]
    for guess in commonest[:TRIED]:
        plan = plan_of([desired(f"variable/api_token_{PLAIN[0]}", value=guess), *rest], Past(prints()))
        assert plan_digest(plan) == told
        body = json.dumps([plan.environment, plan.instance.url, changes_json(plan)], sort_keys=True)
        assert hashlib.sha256(body.encode()).hexdigest()[:LENGTH] not in told


@pytest.mark.parametrize("keyed", [False, True])
def test_a_saved_plan_has_no_quick_way_either(commonest: list[str], keyed: bool) -> None:  # noqa: FBT001
    past = Past(prints() if keyed else SLOW)
    wanted = [one for one in spec(commonest) if one.address.id.startswith("c")]
    had = [answered(desired(str(one.address), password=PLANTED_LIVE), readable=True) for one in wanted]
    plan = plan_of(wanted, past)
    pins = Pinner(KINDS, {o.address: o for o in wanted}, {o.address: o for o in had}, past, SALT)
    made = {change.address: pins.pin(change.address) for change in plan.changes}
    spec_mark = past.prints.make("the spec", "/spec")
    told = file_text(SavedPlan(plan, Options(), "default", 1, spec_mark, SALT, Seen(3, NOON), "0", made))
    places = [place_of(one.address, PATH) for one in wanted]
    assert all(str(one.address) in told for one in wanted)
    assert not [guess for guess in commonest if any(one[:LENGTH] in told for one in quick(guess, places))]
    assert not [
        one for one in (*(commonest[rank] for rank in PLANTED), "live-password") if f'"{one}"' in told
    ]


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
