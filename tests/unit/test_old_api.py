"""What API v1 makes of a comparison: passwords never told, Variables in clear, names without address."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from envctl.engine.compare import judge
from envctl.engine.known import UNSEEN
from envctl.engine.leaves import leaves_of
from envctl.engine.old_api import NOT_OURS_TO_WRITE, over_v1, unsaid_note
from envctl.engine.record import recorded
from envctl.engine.witness import settled
from envctl.kinds import KINDS
from envctl.model.change import Action
from envctl.model.event import Event
from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, MASKED, UNSAID, UNSET, unmask_json, unmasked
from envctl.model.verdict import Verdict
from envctl.report.saved_values import decoded, encoded
from tests.unit.ledgers import APPLIED, NOON, after
from tests.unit.objects import FIRST_CONTACT, address, compared, desired, live

PW = Secret("canary-password", "${PW}")
C = address("connection/c")


@pytest.mark.parametrize("wanted", [UNSET, "", "text", PW, {"a": 1}, 5])
def test_what_is_never_told_can_be_anything(wanted: Any) -> None:
    assert judge(wanted, UNSAID) is Verdict.UNVERIFIABLE
    assert judge(UNSET, MASKED) is Verdict.DIFFERENT


def test_it_is_a_mark_of_its_own() -> None:
    assert UNSAID != MASKED
    assert decoded(encoded(UNSAID)) == UNSAID
    leaves = leaves_of({"password": UNSAID})
    assert leaves.unsaid == {"password"}
    assert not leaves.masked


@pytest.mark.parametrize("value", ["***", "a***b***", {"a": ["***", 1], "b": {"c": "x***"}}, "plain", None])
def test_asterisks_that_are_no_mask_come_back(value: Any) -> None:
    assert unmasked(unmask_json(value)) == value


def test_without_a_password_in_the_spec_an_object_is_adopted_and_told_of_once() -> None:
    wanted, had = [desired("connection/c")], [live("connection/c", password=UNSAID)]
    found = over_v1(compared(wanted, had, past=FIRST_CONTACT), KINDS)
    assert [(one.address, one.fields) for one in found.adopted] == [(C, ())]
    assert (found.unverifiable, found.in_sync, found.changes) == ((), (), ())
    notes = list(unsaid_note({C: wanted[0]}, {C: had[0]}, FIRST_CONTACT))
    assert [note.severity for note in notes] == ["warning"]
    assert "1 object that envctl has not written yet, and that has none in the spec" in notes[0].message
    assert not list(unsaid_note({C: wanted[0]}, {C: had[0]}, after([wanted[0]], [])))


def test_what_the_ledger_knows_as_unset_is_as_applied_unless_somebody_was_there() -> None:
    wanted, had = desired("connection/c"), live("connection/c", password=UNSAID)
    found = over_v1(compared([wanted], [had], past=after([wanted], [])), KINDS)
    quiet = settled(found, KINDS, (), None)
    assert (quiet.in_sync, quiet.changes, quiet.unverifiable) == ((C,), (), ())
    event = Event(9, NOON, "ana", frozenset({C}))
    touched = settled(found, KINDS, (event,), None)
    assert (touched.in_sync, touched.changes) == ((), ())
    assert [(one.address, one.why) for one in touched.unverifiable] == [(C, NOT_OURS_TO_WRITE)]


def test_where_the_event_log_does_not_tell_nobody_calls_it_in_sync() -> None:
    wanted, had = desired("connection/c"), live("connection/c", password=UNSAID)
    found = over_v1(compared([wanted], [had], past=after([wanted], [])), KINDS)
    blind = settled(found, KINDS, (), "the log is gone")
    assert (blind.in_sync, blind.changes) == ((), ())
    (open_,) = blind.unverifiable
    assert (open_.address, open_.why, open_.blind) == (C, "the log is gone", True)
    assert [leaf.path for leaf in open_.fields] == [("password",)]


def test_the_doubt_outlives_the_applies_after_it() -> None:
    """Later ones look no further back in the log; only an object that is made anew has none for sure."""
    wanted, had = desired("connection/c"), live("connection/c", password=UNSAID)
    past = after([wanted], [])
    doubtful = settled(over_v1(compared([wanted], [had], past=past), KINDS), KINDS, (), "the log is gone")
    entries = recorded(KINDS, {C: wanted}, {C: had}, doubtful, {}, past, 2)
    later = replace(past, entries=entries)
    for _ in range(2):
        found = settled(over_v1(compared([wanted], [had], past=later), KINDS), KINDS, (), None)
        (open_,) = found.unverifiable
        assert (open_.why, found.in_sync, found.changes) == (UNSEEN, (), ())
        later = replace(later, entries=recorded(KINDS, {C: wanted}, {C: had}, found, {}, later, 3))
    changed = desired("connection/c", host="h")
    found = over_v1(compared([changed], [had], past=later), KINDS)
    written = recorded(KINDS, {C: changed}, {C: had}, found, {C: APPLIED}, later, 4)
    assert written[C].unseen == {"password"}
    found = over_v1(compared([changed], [], past=later), KINDS)
    assert recorded(KINDS, {C: changed}, {}, found, {C: APPLIED}, later, 5)[C].unseen == frozenset()


def test_a_change_says_nothing_of_what_nobody_knows() -> None:
    before, wanted = desired("connection/c"), desired("connection/c", host="h")
    had = live("connection/c", password=UNSAID)
    (change,) = over_v1(compared([wanted], [had], past=after([before], [])), KINDS).changes
    assert [leaf.path for leaf in change.fields] == [("host",)]
    assert (change.as_applied, change.reason.value, change.blocked) == ((), "spec_changed", None)


def test_a_password_that_the_spec_gives_up_cannot_be_taken_away() -> None:
    before, wanted = desired("connection/c", password=PW), desired("connection/c")
    had = live("connection/c", password=UNSAID)
    (change,) = over_v1(compared([wanted], [had], past=after([before], [])), KINDS).changes
    assert [leaf.verdict for leaf in change.fields] == [Verdict.DIFFERENT]
    assert change.blocked is not None
    assert "cannot take away" in change.blocked


@pytest.mark.parametrize(("pw", "reason", "action"), [("other", "secret_rotated", "rewrite"), (None, "", "")])
def test_a_password_is_judged_by_the_ledger(pw: str | None, reason: str, action: str) -> None:
    before = desired("connection/c", password=PW)
    wanted = desired("connection/c", password=Secret(pw, "${PW}") if pw else PW)
    had = live("connection/c", password=UNSAID)
    found = settled(over_v1(compared([wanted], [had], past=after([before], [])), KINDS), KINDS, (), None)
    assert [(one.reason.value, one.action.value) for one in found.changes] == (
        [(reason, action)] if pw else []
    )
    assert found.in_sync == (() if pw else (C,))


def test_a_password_that_the_spec_gets_is_written() -> None:
    before, wanted = desired("connection/c"), desired("connection/c", password=PW)
    had = live("connection/c", password=UNSAID)
    (change,) = over_v1(compared([wanted], [had], past=after([before], [])), KINDS).changes
    assert (change.action, change.reason.value) == (Action.UPDATE, "spec_changed")


def test_what_airflow_3_would_mask_is_not_shown() -> None:
    wanted = [
        desired("variable/api_token", value="x"),
        desired("variable/a", value={"password": "p", "b": 1}),
    ]
    had = [
        live("variable/api_token", value="canary-live"),
        live("variable/a", value={"password": "canary-live", "b": 2}),
    ]
    found = over_v1(compared(wanted, had), KINDS)
    shown = {leaf.path: leaf.live for change in found.changes for leaf in change.fields}
    assert shown == {("value",): HIDDEN, ("value", "password"): HIDDEN, ("value", "b"): 2}


@pytest.mark.parametrize(
    ("text", "made", "updated", "deleted"),
    [
        ("variable/a/b", True, True, True),
        ("variable//a", True, True, False),
        ("variable/..", True, True, False),
        ("variable/a\nb", True, True, False),
        ("variable/a\n", True, True, False),
        ("variable/\na", True, True, True),
        ("variable/a\rb", True, True, True),
        ("pool/a\nb", True, True, True),
        ("pool/a/b", False, False, False),
        ("pool/a b", True, True, True),
        ("connection/a.b", True, True, True),
        ("connection/größe", False, False, False),
    ],
)
def test_what_has_no_address_is_not_begun(text: str, made: bool, updated: bool, deleted: bool) -> None:  # noqa: FBT001
    other = {"slots": 2} if text.startswith("pool") else {"description": "other"}
    comparisons = (
        (made, compared([desired(text)], [])),
        (updated, compared([desired(text, **other)], [live(text)])),
        (deleted, compared([], [live(text)], prune_all=True)),
    )
    for can_be, comparison in comparisons:
        (change,) = over_v1(comparison, KINDS).changes
        assert (change.blocked is None) is can_be, (change.action, change.blocked)


def test_a_pool_without_limit_is_not_written() -> None:
    for comparison in (
        compared([desired("pool/p", slots=-1)], []),
        compared([desired("pool/p", slots=-1)], [live("pool/p")]),
    ):
        (change,) = over_v1(comparison, KINDS).changes
        assert "without limit (slots -1)" in (change.blocked or "")
    (deleted,) = over_v1(compared([], [live("pool/p", slots=3)], prune_all=True), KINDS).changes
    assert replace(deleted, blocked=None) == deleted


def test_a_connection_without_an_address_tells_no_extra() -> None:
    kind = next(one for one in KINDS if one.name == "connection")
    keys = ("conn_type", "description", "host", "login", "schema", "port")
    item = {**dict.fromkeys(keys), "connection_id": "größe", "password": UNSAID, "extra": UNSAID}
    fields = kind.read(item)
    assert (fields["password"], fields["extra"]) == (UNSAID, UNSAID)
    assert not kind.endpoint.old.reaches("größe")
