"""What has moved since a plan was made is told, by the marks that it holds."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from envctl.engine.past import Past
from envctl.engine.pinned import held as really_held
from envctl.engine.pinned import within
from envctl.engine.pins import Pinner
from envctl.engine.record import recorded
from envctl.kinds import KINDS
from envctl.ledger.fingerprints import Fingerprinter, keys_from
from envctl.model.ledger import Entry
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.value import HIDDEN, MASKED, UNMANAGED, UNSET, Masked
from tests.unit.objects import compared, desired, live
from tests.unit.pinned import OTHER, PW, held, later, made, past

WANTED = desired("connection/c", host="h", password=PW, extra={"a": 1, "token": PW})
HAD = live("connection/c", host="moved", password=MASKED, extra={"a": 1, "token": MASKED})


def test_nothing_has_moved() -> None:
    plan = made([WANTED], [HAD])
    found = held(plan, [WANTED], [HAD])
    assert found.objections == ()
    assert found.exposed == {WANTED.address}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"host": "other"}, "the spec of connection/c has changed since: host"),
        ({"password": OTHER}, "the secret of connection/c has changed since: password"),
        (
            {"password": OTHER, "extra": {"a": 1, "token": OTHER}},
            "the secret of connection/c has changed since: extra.token, password",
        ),
        ({"password": UNSET}, "the spec of connection/c has changed since: password"),
        ({"password": UNMANAGED}, "the spec of connection/c has changed since: password"),
        ({"extra": {"a": "1", "token": PW}}, "the spec of connection/c has changed since: extra.a"),
        ({"extra": {"a": UNMANAGED, "token": PW}}, "the spec of connection/c has changed since: extra.a"),
        ({"extra": {"token": PW}}, "the spec of connection/c has changed since: extra.a"),
    ],
)
def test_the_spec_has_moved(fields: dict[str, Any], message: str) -> None:
    plan = made([WANTED], [HAD])
    now = replace(WANTED, fields={**WANTED.fields, **fields})
    assert held(plan, [now], [HAD]).objections == (message,)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"host": "elsewhere"}, "host"),
        ({"login": "x"}, "login"),
        ({"password": None}, "password"),
        ({"extra": {"a": 2, "token": MASKED}}, "extra.a"),
        ({"extra": {"a": 1, "token": "readable"}}, "extra.token"),
        ({"extra": {"a": 1, "b": None, "token": MASKED}}, "extra.b"),
        ({"host": Masked(("mo", ""))}, "host"),
    ],
)
def test_the_instance_has_moved(fields: dict[str, Any], path: str) -> None:
    plan = made([WANTED], [HAD])
    now = replace(HAD, fields={**HAD.fields, **fields})
    assert held(plan, [WANTED], [now]).objections == (f"live moved: connection/c: {path}",)


def test_both_have_moved() -> None:
    plan = made([WANTED], [HAD])
    wanted = replace(WANTED, fields={**WANTED.fields, "host": "a"})
    had = replace(HAD, fields={**HAD.fields, "host": "b"})
    assert held(plan, [wanted], [had]).objections == (
        "the spec of connection/c has changed since: host",
        "live moved: connection/c: host",
    )


def test_it_has_come_gone_or_left() -> None:
    create, update = made([WANTED], []), made([WANTED], [HAD])
    assert held(create, [WANTED], [HAD]).objections == ("live moved: connection/c is there by now",)
    assert held(update, [WANTED], []).objections == ("live moved: connection/c is gone",)
    assert held(create, [], []).objections == ("connection/c is no longer in the spec",)
    assert held(update, [], [HAD]).objections == ("connection/c is no longer in the spec",)


GONE = live("variable/x", value="their-readable-secret")


def test_a_delete() -> None:
    known = past(variable__x=Entry(1, {"value": "d"}))
    plan = made([], [GONE], known)
    (pin,) = plan.pins.values()
    assert pin.desired is None
    assert pin.live is not None
    assert not pin.live.digests
    assert held(plan, [], [GONE], known).objections == ()
    done = held(plan, [], [], known)
    assert (done.objections, done.exposed) == ((), frozenset())
    assert held(plan, [], [live("variable/x", value="b")], known).objections == ("live moved: variable/x",)
    assert held(plan, [], [GONE]).objections == ("variable/x is no longer to be deleted",)
    back = desired("variable/x", value="v")
    assert held(plan, [back], [GONE], known).objections == ("variable/x is in the spec again",)


def test_a_kind_of_which_the_spec_no_longer_speaks() -> None:
    known = past(variable__x=Entry(1, {"value": "d"}))
    plan = made([], [GONE], known)
    others = [kind for kind in KINDS if kind.name != "variable"]
    found = really_held(plan, compared([], [], past=known), others, {}, {}, known)
    assert found.objections == ("variable/x is no longer in the spec, which has no section for it",)


def test_what_is_done_already_is_no_objection() -> None:
    for wanted, had in (
        (desired("variable/x", value="v"), []),
        (desired("variable/x", value="v"), [live("variable/x", value="w")]),
    ):
        plan, there = made([wanted], had), [live("variable/x", value="v")]
        assert held(plan, [wanted], there).objections == ()
        assert later(plan, [wanted], there, past()).changes == ()


def test_leaves_left_alone_may_move() -> None:
    wanted = desired("variable/x", value={"ours": 1, "theirs": UNMANAGED}, description=UNMANAGED)
    plan = made([wanted], [live("variable/x", value={"ours": 2, "theirs": {"a": 1}}, description="d")])
    (pin,) = plan.pins.values()
    assert pin.live is not None
    assert set(pin.live.digests) == {"value.ours"}
    now = live("variable/x", value={"ours": 2, "theirs": [5]}, description="e")
    assert held(plan, [wanted], [now]).objections == ()
    managed = desired("variable/x", value={"ours": 1, "theirs": 2}, description="mine")
    message = "the spec of variable/x has changed since: description, value.theirs"
    assert held(plan, [managed], [now]).objections == (message,)


@pytest.mark.parametrize(
    ("wanted", "value", "entry"),
    [
        ("plain", "it was hunter22", None),
        (PW, "somebody-elses", None),
        ({"a": [PW]}, "somebody-elses", None),
        ("plain", "what was secret once", Entry(1, {}, {"value": "kx:mark"})),
        ("plain", Masked(("hunter22 ", "")), None),
    ],
)
def test_what_may_be_secret_has_no_quick_digest(wanted: Any, value: Any, entry: Entry | None) -> None:
    spec = [desired("variable/x", value=wanted), desired("variable/y", value=PW)]
    had = live("variable/x", value=value)
    known = past(variable__x=entry) if entry else past()
    pin = made(spec, [had], known).pins[had.address]
    assert pin.live is not None
    assert set(pin.live.fingerprints) == {"value"}
    assert "value" not in pin.live.digests
    assert pin.live.fingerprints["value"].startswith("k")


def test_a_leaf_that_airflow_hides_by_its_name_has_no_quick_digest() -> None:
    wanted = desired("variable/api_token", value="in-the-spec")
    pin = made([wanted], []).pins[wanted.address]
    assert pin.desired is not None
    assert (pin.desired.digests, set(pin.desired.fingerprints)) == ({}, {"value"})


def test_another_key_cannot_tell() -> None:
    plan = made([WANTED], [HAD])
    for keys in (keys_from("another"), ()):
        other = Past(Fingerprinter(keys, "00", keyed=True))
        found = held(plan, [WANTED], [HAD], other)
        assert len(found.objections) == 1
        assert found.objections[0].endswith("set ENVCTL_FINGERPRINT_KEY")
    both = Past(Fingerprinter(keys_from("another, a key"), "00", keyed=True))
    assert held(plan, [WANTED], [HAD], both).objections == ()


def test_marks_have_the_salt_of_the_plan() -> None:
    one = Pinner(KINDS, {WANTED.address: WANTED}, {HAD.address: HAD}, past(), "01").pin(WANTED.address)
    other = Pinner(KINDS, {WANTED.address: WANTED}, {HAD.address: HAD}, past(), "02").pin(WANTED.address)
    assert one.desired is not None
    assert other.desired is not None
    for mine, theirs in (
        (one.desired.digests, other.desired.digests),
        (one.desired.fingerprints, other.desired.fingerprints),
    ):
        assert mine.keys() == theirs.keys()
        assert not set(mine.values()) & set(theirs.values())


def test_what_is_not_planned_is_left_out_and_not_recorded() -> None:
    known = past(variable__b=Entry(1, {"value": "as applied"}))
    wanted = [desired(f"variable/{name}", value="v") for name in "abcd"]
    had = [live("variable/b", value="w"), live("variable/c", value="v"), live("variable/d", value="x")]
    comparison = compared(wanted, had, past=known)
    a, b, c, d = (one.address for one in wanted)
    assert [one.address for one in comparison.adopted] == [c]
    part = within(comparison, frozenset({a, d}))
    assert {one.address for one in part.changes} == {a, d}
    assert {one.address for one in part.left_out} == {b, c}
    assert part.adopted == ()
    applied = dict.fromkeys((a, d), ChangeOutcome(Outcome.APPLIED))
    entries = recorded(
        KINDS,
        {one.address: one for one in wanted},
        {one.address: one for one in had},
        part,
        applied,
        known,
        2,
    )
    assert set(entries) == {a, b, d}
    assert entries[b] == known.entries[b]


def test_hidden_live_values_are_shown_nowhere() -> None:
    spec = [desired("variable/x", value="plain"), desired("variable/y", value=PW)]
    plan = made(spec, [live("variable/x", value="it was hunter22")])
    change = next(one for one in plan.plan.changes if one.address.id == "x")
    assert [leaf.live for leaf in change.fields] == [HIDDEN]
