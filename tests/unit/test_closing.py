"""How the ledger gets into an instance at the end of an apply, whatever goes wrong there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from envctl.engine.own import others
from envctl.engine.past import Past
from envctl.errors import Forbidden, LedgerFromTheFuture, LedgerUnreadable, Locked, RequestFailed, Unreachable
from envctl.kinds import KINDS
from envctl.kinds.variable import VARIABLE
from envctl.ledger.codec import encode
from envctl.model.event import Seen, Sent, mark_of
from envctl.model.ledger import HISTORY, TOUCHED, ApplyRecord, Ledger
from envctl.model.resource import Live, Reading
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from envctl.stages.keeping import open_ledgers
from tests.unit.closings import LEDGER, NEWEST, STARTED, Fake, became, chunk, closing, written
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


OWN = touch(C, number=12, actor="ci", name="bulk_connections")
LOCK = touch("connection/envctl.lock", number=11, actor="ci", name="post_connection")
EDIT = touch(C, number=13, actor="ana", name="patch_connection")
IMPORT = "bulk_connections"


@pytest.mark.parametrize(
    ("events", "doubtful"),
    [
        ([], ""),
        ([OWN], ""),
        ([EDIT], "c"),
        ([OWN, EDIT], "c"),
        ([OWN, replace(EDIT, id=9)], "c"),
        # A person with envctl's own login, in the web page or with a request just like ours.
        ([OWN, replace(EDIT, actor="ci")], "c"),
        ([OWN, replace(OWN, id=13)], "c"),
        # Two requests like ours, of which one is somebody else's: whose came last is not known.
        ([OWN, replace(OWN, id=13, actor="ana")], "c"),
        ([OWN, touch("connection/d", number=13)], "d"),
        ([OWN, touch("connection/d", number=13, actor="ci")], "d"),
        ([OWN, touch(C, "connection/d", number=13, actor="ci", name=IMPORT)], "cd"),
        ([OWN, touch(number=13, kinds=("connection",), actor="ci")], "cd"),
        ([OWN, touch(X, number=13)], ""),
        # Nobody but the closing itself names the ledger, and it has not begun.
        ([OWN, touch(C, str(LEDGER), number=13, actor="ci", name=IMPORT)], "c"),
        # Airflow masked an id in our own request.
        ([touch(kinds=("connection",), number=12, actor="ci", name=IMPORT)], ""),
        ([OWN, touch(kinds=("connection",), number=13, actor="ci", name=IMPORT)], "cd"),
    ],
)
@pytest.mark.parametrize("locked", [False, True])
def test_what_others_touched_meanwhile_is_written_again(
    events: list[Event],
    doubtful: str,
    locked: bool,  # noqa: FBT001
) -> None:
    """`locked` says that the lock, by which we know who we are, is older than what the log is asked for."""
    assert doubts([*events] if locked else [*events, LOCK], locked=locked) == doubtful


def doubts(events: list[Event], *, locked: bool = False) -> str:
    """Apply another password while others are at work; beside it is a connection that stays as it is."""
    newest_first = tuple(sorted(events, key=lambda event: event.id, reverse=True))
    other = desired("connection/d", password=PW)
    past = after([other, desired(C, password=PW)], [])
    wanted = [other, desired(C, password=NEW), desired(X)]
    one = closing(wanted, [answered(other), answered(wanted[1])], Fake(newest_first), past, locked=locked)
    one.sent += [Sent(IMPORT, mark_of([address(C)])), Sent("bulk_variables", mark_of([address(X)]))]
    assert one.close(became(one), ours) is None
    found = [at.id for at, entry in one.ledger.entries.items() if TOUCHED in entry.fingerprints.values()]
    return "".join(sorted(found))


def test_who_made_the_lock_is_who_we_are() -> None:
    attempt = replace(LOCK, id=14, actor="bob")
    assert doubts([LOCK, OWN, attempt]) == ""
    assert doubts([LOCK, OWN, attempt, replace(EDIT, actor="bob")]) == "c"
    # One request like ours, and by somebody else: then ours is not in the log.
    assert doubts([LOCK, replace(OWN, actor="ana")]) == "c"


def test_a_request_that_was_repeated_is_counted_as_often() -> None:
    fake = Fake((replace(OWN, id=13), OWN, LOCK))
    one = closing([desired(C, password=NEW)], [], fake)
    one.sent.append(Sent(IMPORT, mark_of([address(C)]), times=2))
    assert one.close(became(one), ours) is None
    assert TOUCHED not in one.ledger.entries[address(C)].fingerprints.values()


def test_what_goes_along_with_the_ledger_is_told_again_as_our_own() -> None:
    one = closing([desired(X), desired(Y)], [], Fake())
    action = one.along(became(one), ours).action("variable", chunk(one, X, Y))
    assert action is not None
    ledger = written(action)
    own = touch(X, Y, str(LEDGER), number=21, actor="ci", name="bulk_variables")
    assert ledger.own == (Sent(own.name, own.mark),)
    imported = replace(own, id=22, actor="ana")
    assert others((imported, own), ledger.own) == (imported,)
    larger = touch(X, Y, C, str(LEDGER), number=22, name="bulk_variables")
    assert others((larger, own), ledger.own) == (larger,)
    # By itself it touches nothing else, and needs no telling.
    one = closing([desired(C, password=PW)], [], Fake())
    assert one.close(became(one), ours) is None
    assert one.ledger.own == ()


def test_runs_without_the_key_leave_word_of_what_they_did() -> None:
    """The log is for another run to look at, for which all of that is envctl's own."""
    past = after([desired("connection/d", password=PW), desired(C, password=PW)], [])
    keyless = Past(prints("", keyed=True), past.entries)
    before = Sent("bulk_pools", "0123")
    fake = Fake((OWN, LOCK))
    wanted = [desired("connection/d", password=PW), desired(X)]
    one = closing(
        wanted, [answered(wanted[0])], fake, keyless, ledger=Ledger("default", 3, seen=STARTED, own=(before,))
    )
    one.sent.append(Sent("bulk_variables", mark_of([address(X)])))
    assert one.close(became(one), ours) is None
    assert (one.ledger.seen, one.ledger.own) == (STARTED, (before, *one.sent))


def test_nothing_is_due_when_nothing_is_new() -> None:
    past = after([desired(X), desired(C, password=PW)], [])
    had = [live(X), answered(desired(C, password=PW))]
    assert not closing([desired(X), desired(C, password=PW)], had, Fake(), past).is_due()
    assert closing([desired(X)], [live(X)], Fake()).is_due()
    assert closing([desired(X)], [live(X)], Fake(), past).is_due()
    protected = replace(desired(X), protected=True)
    assert closing([protected, desired(C, password=PW)], had, Fake(), past).is_due()


def test_a_second_apply_that_cannot_read_the_log_writes_nothing() -> None:
    """Nor does any later one: what it could say is no news."""
    past = after([desired(C, password=PW)], [])
    had = [answered(desired(C, password=PW))]
    ledger = Ledger("default", 1, seen=None, salt="5a17")
    one = closing(
        [desired(C, password=PW)], had, Fake(), past, ledger=ledger, started=None, blind="no rights"
    )
    assert one._plan.comparison.unverifiable
    assert not one.is_due()
    assert one.close({}, ours) is None
    assert one.ledger.serial == 1
    # But whoever takes the log for seen enters what was not.
    wanted = [desired(C, password=PW), desired(X)]
    one = closing(wanted, had, fake := Fake(), past, ledger=ledger, blind="not then")
    assert one.close(became(one), ours) is None
    assert fake.ledgers[-1].seen == NEWEST
    assert fake.ledgers[-1].entries[address(C)].unseen == {"password"}


@pytest.mark.parametrize(
    ("value", "problem"), [(None, True), ([1, 7, 5], True), ([2, 7], True), (MASKED, True)]
)
def test_one_that_is_there_and_cannot_be_read_is_no_new_one(value: Any, problem: bool) -> None:  # noqa: FBT001
    """Null is what Airflow answers when it can no longer decrypt it."""
    sections = SimpleNamespace(entries={kind.section: None for kind in KINDS})
    spec = SimpleNamespace(name="dev", sections=sections)
    loaded = cast("Loaded", SimpleNamespace(kinds=KINDS, owner="default", spec=spec))
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
    sections = SimpleNamespace(entries={kind.section: None for kind in KINDS})
    spec = SimpleNamespace(name="dev", sections=sections)
    loaded = cast("Loaded", SimpleNamespace(kinds=KINDS, owner="default", spec=spec))
    reading = Reading({}, {LEDGER: Live(LEDGER, value)})
    opened = open_ledgers(loaded, cast("AirflowInstance", Fake()), reading, ())
    assert opened.past.prints.make("x", "y").startswith("s:")
