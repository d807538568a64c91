"""How the ledger gets into an instance at the end of an apply, whatever goes wrong there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from envctl.engine.past import Past
from envctl.errors import Forbidden, LedgerFromTheFuture, LedgerUnreadable, Locked, RequestFailed, Unreachable
from envctl.kinds import KINDS
from envctl.kinds.variable import VARIABLE
from envctl.ledger.codec import encode
from envctl.model.event import Seen
from envctl.model.ledger import HISTORY, ApplyRecord, Ledger
from envctl.model.ledger import IN_DOUBT as DOUBT
from envctl.model.resource import Live, Reading
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from envctl.stages.keeping import open_ledgers
from tests.unit.closings import LEDGER, NEWEST, Fake, became, chunk, closing, written
from tests.unit.ledgers import (
    APPLIED,
    FAILED,
    IN_DOUBT,
    LEFT,
    NOON,
    after,
    answered,
    nothing,
    prints,
    touch,
)
from tests.unit.objects import address, desired, live

if TYPE_CHECKING:
    from envctl.airflow.instance import AirflowInstance
    from envctl.model.event import Event
    from envctl.model.outcome import ChangeOutcome
    from envctl.stages.loading import Loaded

PW, NEW = Secret("old-password", "${PW}"), Secret("new-password", "${PW}")
C, X, Y = "connection/c", "variable/x", "variable/y"


def ours() -> None:
    """Confirm that the lock is still ours."""


def lost() -> None:
    raise Locked("the lock was lost")


def test_a_ledger_says_who_applied_what() -> None:
    fake = Fake()
    before = Ledger(
        "default",
        4,
        {},
        tuple(ApplyRecord(n, "t", "a", None, dirty=False, counts={}, plan="p") for n in range(HISTORY)),
    )
    had = [live(Y), live("pool/p"), live("variable/f")]
    wanted = [desired(X), desired(Y, value="2"), desired("pool/p"), desired("variable/f", value="2")]
    one = closing(wanted, had, fake, ledger=before)
    assert one.close(became(one, f=FAILED, y=LEFT), ours) is None
    (ledger,) = fake.ledgers
    assert (ledger.serial, ledger.seen, len(ledger.history)) == (5, NEWEST, HISTORY)
    assert ledger == one.ledger
    latest = ledger.history[-1]
    assert (latest.serial, latest.time, latest.commit, latest.dirty) == (5, NOON.isoformat(), "1a2b", True)
    assert latest.counts == {"create": 1, "failed": 1, "not_attempted": 1, "adopt": 1}
    assert set(ledger.entries) == {address(X), address("pool/p")}
    assert [entry.serial for entry in ledger.entries.values()] == [5, 5]


def test_it_goes_along_with_the_last_changes() -> None:
    fake = Fake()
    one = closing([desired(X), desired(Y), desired("pool/p")], [], fake)
    outcomes = {address("pool/p"): APPLIED, address(X): LEFT, address(Y): LEFT}
    passenger = one.along(outcomes, ours)
    action = passenger.action("variable", chunk(one, X, Y))
    assert action is not None
    assert set(written(action).entries) == {address(X), address(Y), address("pool/p")}
    outcomes |= {address(X): APPLIED, address(Y): APPLIED}
    passenger.arrived({"create": {"success": ["x", "y", LEDGER.id]}})
    assert one.close(outcomes, ours) is None
    assert fake.sent == []
    assert one.ledger == written(action)


@pytest.mark.parametrize(
    "answer",
    [
        {"create": {"success": ["x"]}},
        {"create": {}},
        {},
        None,
        [],
        {"create": None},
        {"create": {"success": None}},
    ],
)
def test_when_it_did_not_arrive_it_goes_by_itself(answer: Any) -> None:
    fake = Fake()
    one = closing([desired(X)], [], fake)
    passenger = one.along({address(X): LEFT}, ours)
    assert passenger.action("variable", chunk(one, X))
    passenger.arrived(answer)
    assert one.close({address(X): APPLIED}, ours) is None
    assert [set(ledger.entries) for ledger in fake.ledgers] == [{address(X)}]


@pytest.mark.parametrize("outcome", [FAILED, IN_DOUBT, LEFT])
def test_when_it_said_too_much_it_is_written_again(outcome: ChangeOutcome) -> None:
    fake = Fake()
    one = closing([desired(X), desired(Y)], [], fake)
    outcomes = {address(X): LEFT, address(Y): LEFT}
    passenger = one.along(outcomes, ours)
    assert passenger.action("variable", chunk(one, X, Y))
    passenger.arrived({"create": {"success": ["x", LEDGER.id]}})
    assert one.close({address(X): APPLIED, address(Y): outcome}, ours) is None
    (ledger,) = fake.ledgers
    assert (set(ledger.entries), ledger.serial, len(ledger.history)) == ({address(X)}, 1, 1)


def test_it_does_not_go_along_with_a_secret() -> None:
    """If envctl ended before the answer, the ledger would swear to a secret that was never written."""
    wanted = [desired(X), desired("variable/s", value=PW), desired("variable/api_token", value="plain")]
    for with_secret in ("variable/s", "variable/api_token"):
        one = closing(wanted, [], Fake())
        assert one.along(became(one), ours).action("variable", chunk(one, X, with_secret)) is None
        assert one.along(became(one), ours).action("variable", chunk(one, X)) is not None


def test_it_goes_along_with_deletes() -> None:
    past = after([desired(X), desired("variable/s", value=PW)], [])
    one = closing([], [live(X), live("variable/s", value=MASKED)], Fake(), past)
    action = one.along(became(one), ours).action("variable", chunk(one, X, "variable/s"))
    assert action is not None
    assert written(action).entries == {}


@pytest.mark.parametrize("kind", ["connection", "pool"])
def test_it_goes_along_with_variables_only(kind: str) -> None:
    one = closing([desired("pool/p"), desired(C)], [], Fake())
    assert one.along(became(one), ours).action(kind, chunk(one, "pool/p", C)) is None


def test_it_does_not_go_along_when_the_lock_is_lost() -> None:
    one = closing([desired(X)], [], Fake())
    assert one.along(became(one), lost).action("variable", chunk(one, X)) is None


@pytest.mark.parametrize("error", [LedgerUnreadable, LedgerFromTheFuture])
def test_one_that_cannot_be_read_is_left_as_it_is(error: type[LedgerUnreadable]) -> None:
    fake = Fake()
    one = closing(
        [desired(X)], [], fake, replace(nothing(), trusted=False), problem=error("no", owner="default")
    )
    assert one.along(became(one), ours).action("variable", chunk(one, X)) is None
    assert not one.is_due()
    assert one.close(became(one), ours) is None
    assert fake.sent == []


@pytest.mark.parametrize("fault", [Unreachable("gone"), RequestFailed("500", status=500)])
def test_a_ledger_that_cannot_be_written_is_told(fault: Exception) -> None:
    one = closing([desired(X)], [], Fake(wire=fault))
    assert str(fault) in (one.close(became(one), ours) or "")
    one = closing([desired(X)], [], Fake(writes=False))
    assert "does not say that it wrote" in (one.close(became(one), ours) or "")


@pytest.mark.parametrize("fault", [Forbidden("no"), RequestFailed("500", status=500), Unreachable("gone")])
def test_a_log_that_breaks_at_the_wrong_moment(fault: Exception) -> None:
    """What was done is entered all the same; what is hidden cannot be vouched for then."""
    one = closing([desired(X)], [], Fake(log=fault))
    action = one.along(became(one), ours).action("variable", chunk(one, X))
    assert action is not None
    assert written(action).seen is None
    fake = Fake(log=fault)
    one = closing([desired(C, password=PW)], [], fake)
    assert one.close(became(one), ours) is None
    assert [ledger.seen for ledger in fake.ledgers] == [None]


def test_without_the_log_it_is_not_known_from_where_on_to_look() -> None:
    for one in (
        closing([desired(C, password=PW)], [], Fake(log=Forbidden("no"))),
        closing([desired(C, password=PW)], [], Fake(), started=None),
        closing([desired(C, password=PW)], [], Fake(complete=False)),
    ):
        assert one.close(became(one), ours) is None
        assert one.ledger.seen is None


def test_without_the_key_it_is_for_another_run_to_look() -> None:
    past = after([desired(C, password=PW)], [])
    keyless = Past(prints("", keyed=True), past.entries)
    wanted, had = [desired(C, password=PW), desired(X)], [answered(desired(C, password=PW))]
    before = Ledger("default", 3, seen=Seen(5, NOON))
    one = closing(wanted, had, Fake(), keyless, ledger=before)
    assert one.close(became(one), ours) is None
    assert (one.ledger.seen, one.ledger.entries[address(C)]) == (Seen(5, NOON), past.entries[address(C)])


@pytest.mark.parametrize(
    ("event", "login", "doubtful"),
    [
        (touch(C, actor="ana"), "ci", "c"),
        (touch(C, actor="ci"), "ci", ""),
        # With a token it is not known who one is: what was written just now is taken for one's own.
        (touch(C, actor="ana"), None, ""),
        (touch("connection/d", actor="ana"), None, "d"),
        (touch(kinds=("connection",), actor="ci"), "ci", "cd"),
        (touch("connection/d", actor="ci"), "ci", "d"),
        (touch(X, actor="ana"), "ci", ""),
        (touch(C, str(LEDGER), actor="ana"), "ci", ""),
    ],
)
def test_what_others_touched_meanwhile_is_written_again(
    event: Event, login: str | None, doubtful: str
) -> None:
    other = desired("connection/d", password=PW)
    past = after([other, desired(C, password=PW)], [])
    wanted = [other, desired(C, password=NEW), desired(X)]
    one = closing(wanted, [answered(other), answered(wanted[1])], Fake((event,)), past, login=login)
    assert one.close(became(one), ours) is None
    found = [at.id for at, entry in one.ledger.entries.items() if DOUBT in entry.fingerprints.values()]
    assert sorted(found) == list(doubtful)


def test_nothing_is_due_when_nothing_is_new() -> None:
    past = after([desired(X), desired(C, password=PW)], [])
    had = [live(X), answered(desired(C, password=PW))]
    assert not closing([desired(X), desired(C, password=PW)], had, Fake(), past).is_due()
    assert closing([desired(X)], [live(X)], Fake()).is_due()
    assert closing([desired(X)], [live(X)], Fake(), past).is_due()
    protected = replace(desired(X), protected=True)
    assert closing([protected, desired(C, password=PW)], had, Fake(), past).is_due()


@pytest.mark.parametrize(
    ("value", "problem"), [(None, True), ([1, 7, 5], True), ([2, 7], True), (MASKED, True)]
)
def test_one_that_is_there_and_cannot_be_read_is_no_new_one(value: Any, problem: bool) -> None:  # noqa: FBT001
    """Null is what Airflow answers when it can no longer decrypt it."""
    loaded = cast("Loaded", SimpleNamespace(kinds=KINDS, owner="default", spec=SimpleNamespace(name="dev")))
    own = {LEDGER: Live(LEDGER, {"value": value, "description": None})}
    opened = open_ledgers(loaded, cast("AirflowInstance", Fake()), Reading({}, own), ())
    assert (opened.problem is not None, opened.past.trusted) == (problem, not problem)
    assert open_ledgers(loaded, cast("AirflowInstance", Fake()), Reading({}, {}), ()).past.trusted


def test_one_whose_secrets_are_in_doubt_is_opened_as_one_without_a_key() -> None:
    past = after([desired(C, password=PW)], [], Past(nothing("").prints))
    past = after([desired(C, password=NEW)], [live(C, password=MASKED)], past, outcomes={C: IN_DOUBT})
    value = VARIABLE.read(
        {"value": encode(Ledger("default", 1, past.entries, salt="5a17")), "description": None}
    )
    loaded = cast("Loaded", SimpleNamespace(kinds=KINDS, owner="default", spec=SimpleNamespace(name="dev")))
    reading = Reading({}, {LEDGER: Live(LEDGER, value)})
    opened = open_ledgers(loaded, cast("AirflowInstance", Fake()), reading, ())
    assert opened.past.prints.make("x", "y").startswith("s:")
