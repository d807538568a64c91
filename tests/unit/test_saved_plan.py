"""A saved plan says what the plan said, nothing that was secret; no byte can be edited unnoticed."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from envctl.errors import Diagnostic, EnvctlError, PlanFileError, PlanUnfit, Position
from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.change import Action, Change, FieldDiff, Reason
from envctl.model.event import Event, Seen
from envctl.model.plan import Comparison, Foreign, Instance, LedgerNote, Plan, Revision, Unverifiable
from envctl.model.policy import Allowed, Limit, Protection, Refusal
from envctl.model.resource import Desired
from envctl.model.saved import Marks, Options, Pin, SavedPlan
from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, MASKED, UNMANAGED, UNSET, Masked, Value
from envctl.model.verdict import Verdict
from envctl.report.json_report import plan_json
from envctl.report.plan_digest import digest_of, plan_digest
from envctl.report.plan_text import View, plan_text
from envctl.report.saved_plan import file_text, read_saved_plan, with_digest
from envctl.report.saved_values import decoded, encoded

TIME = datetime(2026, 3, 29, 1, 30, 5, 123456, tzinfo=UTC)
PW = Secret("hunter22-payload", "${PG_PASSWORD}")
URL = Secret.join(("postgres://u:", PW, "@h"))
JSON: list[Value] = [
    *(math.nan, math.inf, -math.inf, -0.0, 1.0, 1, True, None, "", "1", "true", 10**400, 1e-300),
    *("ünï ☃ 😀 \u2028 \x00 \r\n\t \ud800 end", [], {}, [[]], {"a": [1, {"b": None}]}),
    *({"$": "secret", "of": "x"}, {"$": {"$": "object"}}),
]
LIVE: list[Value] = [*JSON, UNSET, HIDDEN, MASKED, Masked(("postgres://u:", "@h")), {"a": [MASKED, 1]}]
DESIRED: list[Value] = [*JSON, UNSET, PW, URL, {"a": PW, "b": {"c": UNMANAGED}}, [URL, 1]]
VALUES = [*LIVE, *DESIRED, UNMANAGED]


def leaf(live: Value, desired: Value, *path: str | int, verdict: Verdict = Verdict.DIFFERENT) -> FieldDiff:
    return FieldDiff(path or ("value",), verdict, live, desired)


def change(text: str, action: Action, *fields: FieldDiff, **more: Any) -> Change:
    kind, _, identifier = text.partition("/")
    address = Address(kind, identifier)
    wanted = None if action is Action.DELETE else Desired(address, {}, Position("envs/ü.yaml", 7, 3))
    return Change(address, action, more.pop("reason", Reason.DRIFT), wanted, None, fields, **more)


CHANGES = (
    change("variable/a/b c", Action.UPDATE, *(leaf(one, "x", "value", str(n)) for n, one in enumerate(LIVE))),
    change("variable/to", Action.CREATE, *(leaf(UNSET, one, "value", n) for n, one in enumerate(DESIRED))),
    change(
        "variable/both",
        Action.REWRITE,
        *(leaf(one, wanted) for one in LIVE for wanted in (PW, {"a": [PW], "b": 1})),
        leaf(MASKED, PW, verdict=Verdict.UNVERIFIABLE),
        by=Event(9, TIME, "somebody", frozenset()),
        reason=Reason.TOUCHED_OUTSIDE,
    ),
    change("pool/☃", Action.DELETE, reason=Reason.REMOVED_FROM_SPEC, protected=True),
    change("connection/c", Action.UPDATE, leaf(1, 2, "extra", "a.b", 3), blocked="it cannot be written"),
)


def plan(**more: Any) -> Plan:
    address = Address("variable", "x")
    comparison = Comparison(
        changes=CHANGES,
        in_sync=(address, Address("pool", "p/q")),
        unverifiable=(Unverifiable(address, (leaf(MASKED, PW, "extra", 0, "x y"),), "why"),),
        unmanaged=(Address("variable", "u"),),
        live_count=11,
        adopted=(change("connection/d", Action.ADOPT, leaf(MASKED, PW), reason=Reason.ADOPT),),
        foreign=(Foreign(address, "other"),),
        kept=(Address("pool", "kept"),),
    )
    content: dict[str, Any] = {
        "environment": "prod",
        "instance": Instance("https://airflow.example.com", "3.3.2"),
        "revision": Revision("1a2b3c4d", dirty=True),
        "comparison": comparison,
        "protection": Protection.STRICT,
        "refusals": (Refusal("max_deletes", "max_deletes is 1", "--max-deletes 2"), Refusal("prune", "no")),
        "diagnostics": (
            Diagnostic("a finding", Position("f.yaml", 1, 2), "a hint", "warning"),
            Diagnostic("another"),
        ),
        "ledger": LedgerNote("default", 41, TIME.isoformat(), "ci", None),
        "time": TIME,
    }
    return Plan(**{**content, **more})


def planned(one: Plan) -> tuple[Address, ...]:
    return tuple(change.address for change in (*one.changes, *one.comparison.adopted))


def saved(**more: Any) -> SavedPlan:
    pins = dict.fromkeys(planned(plan()), Pin(Marks({"a": "d"}, {"b": "k:f"}), None))
    options = Options(
        prune=True,
        rewrite_secrets=("connection/*",),
        allowed=Allowed(
            max_deletes=Limit(5),
            max_changes=Limit(30, share=True),
            protected=("pool/*",),
            empty=True,
            during_freeze=True,
        ),
    )
    content: dict[str, Any] = {"plan": plan(), "options": options, "owner": "default", "serial": 41}
    content |= {"spec": "digest", "salt": "00ff", "seen": Seen(7, TIME), "version": "0.1.0", "pins": pins}
    return SavedPlan(**{**content, **more})


def said(one: Plan) -> list[Any]:
    """Give all that reports say of a plan."""
    views = [View(120), View(40, verbose=True), View(200, verbose=True)]
    return [plan_json(one), *([line.markup for line in plan_text(one, KINDS, view)] for view in views)]


def written(one: SavedPlan) -> bytes:
    return file_text(one).encode()


def test_reports_say_the_same_of_it() -> None:
    before = with_digest(saved())
    after = read_saved_plan(written(saved()), "prod.plan")
    assert said(after.plan) == said(before.plan)
    assert json.dumps(plan_json(after.plan)) == json.dumps(plan_json(before.plan))
    for name in ("options", "owner", "serial", "spec", "salt", "seen", "version", "pins", "planned"):
        assert getattr(after, name) == getattr(before, name), name
    for name in ("environment", "instance", "revision", "protection", "refusals", "diagnostics", "ledger"):
        assert getattr(after.plan, name) == getattr(before.plan, name), name
    assert after.plan.time == TIME
    assert after.plan.comparison.live_count == 11
    assert [(one.address, one.action, one.protected) for one in after.plan.changes] == [
        (one.address, one.action, one.protected) for one in CHANGES
    ]
    assert written(after) == written(saved())


def test_what_may_be_missing() -> None:
    empty = Comparison((), (), (), (), 0)
    bare = Plan("dev", Instance("http://x", "3"), Revision(None, dirty=False), empty)
    one = SavedPlan(bare, Options(), "default", 0, "", "", None, "0.1.0")
    after = read_saved_plan(written(one), "f")
    assert after == with_digest(one)


def test_no_secret_is_in_it() -> None:
    text = file_text(saved())
    assert "hunter22" not in text
    assert "${PG_PASSWORD}" in text


def test_what_stands_where_a_secret_belongs_is_not_in_it() -> None:
    for live in ("was-live", {"was-live": [MASKED]}, ["was-live"], Masked(("was-live ", ""))):
        one = change("variable/x", Action.UPDATE, leaf(live, PW), leaf(live, {"a": [PW]}))
        comparison = replace(plan().comparison, changes=(one,), adopted=())
        made = saved(plan=plan(comparison=comparison), pins={one.address: Pin(None, None)})
        assert "was-live" not in file_text(made)
        assert said(read_saved_plan(written(made), "f").plan) == said(with_digest(made).plan)


def _is_same(one: Value, other: Value) -> bool:
    """Compare values as reports do; a secret that was read has its label only."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back(value: Value) -> None:
    text = json.dumps(encoded(value), allow_nan=False)
    assert _is_same(decoded(json.loads(text)), value)


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from([UNSET, UNMANAGED, HIDDEN, MASKED, PW])
)
_KEYS = st.text(max_size=3) | st.just("$") | st.just("of")
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=20)


@given(_VALUES)
def test_any_value_comes_back(value: Value) -> None:
    assert _is_same(decoded(json.loads(json.dumps(encoded(value), allow_nan=False))), value)


def test_no_byte_can_be_edited() -> None:
    comparison = replace(plan().comparison, changes=(), adopted=())
    data = written(saved(plan=plan(comparison=comparison), pins={}))
    assert read_saved_plan(data, "f").plan.environment == "prod"
    for place in range(len(data)):
        for other in {data[place] ^ 1, data[place] ^ 0x20, ord(" "), ord("1")} - {data[place]}:
            edited = data[:place] + bytes([other]) + data[place + 1 :]
            with pytest.raises((PlanFileError, PlanUnfit)):
                read_saved_plan(edited, "f")
    for edited in (data[:-1], data + b"\n", data.replace(b"\n", b"\r\n"), data[: len(data) // 2]):
        with pytest.raises((PlanFileError, PlanUnfit)):
            read_saved_plan(edited, "f")


def test_an_edited_plan_is_refused() -> None:
    edited = file_text(saved()).replace('"prod"', '"dev"').encode()
    with pytest.raises(PlanUnfit, match=r"f\.plan was edited, or damaged, since envctl wrote it") as error:
        read_saved_plan(edited, "f.plan")
    assert error.value.exit_code == 3


def forged(**more: Any) -> bytes:
    """Give a plan file whose digest is right although envctl has not written it."""
    document = {**json.loads(file_text(saved())), **more}
    document.pop("digest")
    document = {
        "plan_format": document["plan_format"],
        "envctl": document["envctl"],
        "digest": digest_of(document),
        "plan": document["plan"],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _without(key: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file_text(saved()))["plan"]
    content.pop(key)
    return content


def _unpinned() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file_text(saved()))["plan"]
    content["comparison"]["adopted"][0].pop("pin")
    return content


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is no JSON"),
        (b"{", "line 1, column 2"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[1]", "it has no plan_format"),
        (b'"text"', "it has no plan_format"),
        (b"{}", "it has no plan_format"),
        (b'{"plan_format": 3, "envctl": "9.9"}', r"newer envctl \(9.9\): its format is 3, this one knows 2"),
        (b'{"plan_format": 1, "envctl": "0.1"}', r"older envctl \(0.1\): its format is 1, this one knows 2"),
        (b'{"plan_format": true}', "it lacks parts"),
        (b'{"plan_format": "1"}', "it lacks parts"),
        (b'{"plan_format": 0}', "it lacks parts"),
        (b'{"plan_format": 2}', "it lacks parts"),
        (forged(plan=None), "it lacks parts"),
        (forged(plan=[]), "it lacks parts"),
        (forged(plan={}), "it lacks parts"),
        (forged(plan=_without("comparison")), "it lacks parts"),
        (forged(plan=_without("salt")), "it lacks parts"),
        (forged(plan={**_without("salt"), "salt": "", "time": 5}), "it lacks parts"),
        (forged(plan={**_without("salt"), "salt": "", "comparison": {"changes": [1]}}), "it lacks parts"),
        (forged(plan=_unpinned()), "it lacks parts"),
    ],
)
def test_what_is_no_plan(data: bytes, message: str) -> None:
    with pytest.raises(EnvctlError, match=message) as error:
        read_saved_plan(data, "f.plan")
    assert error.value.exit_code == 1
    assert "f.plan" in error.value.message


def test_one_digest_for_file_history_and_reports() -> None:
    one = with_digest(saved())
    assert one.plan.digest == plan_digest(one.plan) == json.loads(file_text(saved()))["digest"][:16]
    assert plan_json(one.plan)["plan"] == one.plan.digest
    assert plan_digest(plan()) == plan_digest(plan(time=None)) != one.plan.digest


def test_options_as_one_would_type_them() -> None:
    assert saved().options.flags() == (
        *("--prune", "--rewrite-secrets", "connection/*", "--max-deletes", "5", "--max-changes", "30%"),
        *("--allow-protected", "pool/*", "--allow-empty", "--during-freeze"),
    )
    assert Options().flags() == ()
