"""Spec against instance, object by object."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from envctl.engine.diff import compare
from envctl.engine.spare import Wishes
from envctl.kinds.connection import CONNECTION
from envctl.model.change import Action, Reason, render_path
from envctl.model.policy import Scope
from envctl.model.secret import Secret
from envctl.model.store import Store
from envctl.model.value import HIDDEN, MASKED, UNMANAGED, UNSET
from envctl.model.verdict import Verdict
from tests.unit.objects import FIRST_CONTACT, address, compared, desired, live

PW = Secret("pw", "${PW}")


def changes(*args: object, **kwargs: object) -> list[str]:
    found = compared(*args, **kwargs)  # type: ignore[arg-type]
    return [f"{change.action.sign} {change.address}" for change in found.changes]


def test_nothing_wanted_nothing_there() -> None:
    found = compared([], [])
    assert (found.changes, found.in_sync, found.unverifiable, found.unmanaged) == ((), (), (), ())
    assert found.live_count == 0


def test_in_sync() -> None:
    found = compared([desired("variable/x"), desired("pool/p")], [live("variable/x"), live("pool/p")])
    assert found.changes == ()
    assert found.in_sync == (address("variable/x"), address("pool/p"))
    assert found.live_count == 2


def test_create_shows_every_leaf_that_will_be_there() -> None:
    one = desired("connection/c", password=PW, extra={"a": {"b": 1}, "c": []}, login="")
    (change,) = compared([one], []).changes
    assert (change.action, change.reason, change.live) == (Action.CREATE, Reason.NEW, None)
    assert [(render_path(leaf.path), leaf.live, leaf.desired) for leaf in change.fields] == [
        ("conn_type", UNSET, "http"),
        ("login", UNSET, ""),
        ("password", UNSET, PW),
        ("extra.a.b", UNSET, 1),
        ("extra.c", UNSET, []),
    ]
    assert {leaf.verdict for leaf in change.fields} == {Verdict.DIFFERENT}
    assert change.desired == one


def test_create_with_a_secret_that_is_not_known_here() -> None:
    (change,) = compared([desired("variable/x", value=Secret.unavailable("${X}"))], []).changes
    assert [leaf.verdict for leaf in change.fields] == [Verdict.DIFFERENT]


def test_create_leaves_out_what_is_left_alone() -> None:
    one = desired("variable/x", value={"a": UNMANAGED, "b": {"c": UNMANAGED}}, description=UNMANAGED)
    (change,) = compared([one], []).changes
    assert change.blocked is None
    assert change.desired is not None
    assert change.desired.fields == {"value": {"b": {}}, "description": UNMANAGED}


@pytest.mark.parametrize(
    ("text", "field"), [("variable/x", "value"), ("connection/c", "conn_type"), ("pool/p", "slots")]
)
def test_create_is_blocked_when_what_it_needs_is_left_alone(text: str, field: str) -> None:
    (change,) = compared([desired(text, **{field: UNMANAGED})], []).changes
    assert change.action is Action.CREATE
    assert change.blocked == (
        f"it does not exist, and its {field} is !unmanaged: make it by hand, or give it a value"
    )


def test_create_without_what_airflow_has_a_default_for() -> None:
    (change,) = compared([desired("pool/p", include_deferred=UNMANAGED)], []).changes
    assert change.blocked is None


def test_update_shows_the_leaves_that_move() -> None:
    one = desired("variable/x", value={"a": 1, "b": 2}, description="new")
    (change,) = compared([one], [live("variable/x", value={"a": 1, "b": 3}, description="old")]).changes
    assert (change.action, change.reason) == (Action.UPDATE, Reason.DIFFERS)
    assert [render_path(leaf.path) for leaf in change.fields] == ["value.b", "description"]
    assert change.live is not None
    assert change.desired is not None
    assert change.desired.fields == one.fields


def test_update_also_names_what_cannot_be_verified() -> None:
    one = desired("connection/c", password=PW, host="new")
    (change,) = compared([one], [live("connection/c", password=MASKED, host="old")]).changes
    assert [(render_path(leaf.path), leaf.verdict) for leaf in change.fields] == [
        ("host", Verdict.DIFFERENT),
        ("password", Verdict.UNVERIFIABLE),
    ]


def test_what_cannot_be_verified_is_no_change() -> None:
    found = compared([desired("connection/c", password=PW)], [live("connection/c", password=MASKED)])
    assert found.changes == ()
    assert found.in_sync == ()
    assert [(one.address, [leaf.path for leaf in one.fields]) for one in found.unverifiable] == [
        (address("connection/c"), [("password",)])
    ]


@pytest.mark.parametrize(
    ("glob", "rewritten"),
    [
        ("connection/c", True),
        ("connection/*", True),
        ("c", True),
        ("*", True),
        ("connection/d", False),
        ("variable/*", False),
        ("connection", False),
    ],
)
def test_rewrite_when_asked_for(glob: str, rewritten: bool) -> None:  # noqa: FBT001
    found = compared(
        [desired("connection/c", password=PW)],
        [live("connection/c", password=MASKED)],
        rewrite_secrets=(glob,),
    )
    assert [(one.action, one.reason) for one in found.changes] == (
        [(Action.REWRITE, Reason.REWRITE_REQUESTED)] if rewritten else []
    )


def test_rewrite_also_of_what_seems_in_sync_but_only_of_secrets() -> None:
    wanted = [desired("variable/x", value=PW), desired("variable/y")]
    had = [live("variable/x", value="pw"), live("variable/y")]
    assert changes(wanted, had, rewrite_secrets=("*",)) == ["! variable/x"]


def test_an_update_is_an_update_although_a_rewrite_was_asked_for() -> None:
    wanted, had = [desired("connection/c", password=PW, host="h")], [live("connection/c", password=MASKED)]
    assert changes(wanted, had, rewrite_secrets=("*",)) == ["~ connection/c"]


def test_a_password_that_airflow_would_not_take_away_blocks() -> None:
    (change,) = compared([desired("connection/c")], [live("connection/c", password=MASKED)]).changes
    assert change.action is Action.UPDATE
    assert change.blocked is not None
    assert "cannot take away" in change.blocked


def test_what_is_in_the_instance_only_is_unmanaged_and_sorted() -> None:
    found = compared([desired("variable/x")], [live("variable/z"), live("variable/a"), live("pool/p")])
    assert found.unmanaged == (address("pool/p"), address("variable/a"), address("variable/z"))
    assert found.live_count == 3


def test_prune_deletes_what_the_spec_lacks() -> None:
    found = compared([], [live("variable/x"), live("pool/p")], prune_all=True)
    assert [(one.action, one.reason, one.desired, one.fields) for one in found.changes] == [
        (Action.DELETE, Reason.NOT_IN_SPEC, None, ())
    ] * 2
    assert found.unmanaged == ()


def test_prune_keeps_to_the_scope_and_lets_built_in_objects_be() -> None:
    had = [
        live("variable/app_a"),
        live("variable/app_tmp"),
        live("variable/other"),
        live("pool/default_pool"),
        live("pool/p"),
        live("connection/postgres_default"),
        live("connection/mine_default"),
    ]
    scopes = {"variables": Scope(include=("app_*",), exclude=("*_tmp",))}
    found = compared([], had, scopes=scopes, prune_all=True)
    assert [str(one.address) for one in found.changes] == [
        "variable/app_a",
        "connection/mine_default",
        "pool/p",
    ]
    assert [str(one) for one in found.unmanaged] == [
        "connection/postgres_default",
        "pool/default_pool",
        "variable/app_tmp",
        "variable/other",
    ]


def test_changes_come_in_the_order_of_applying() -> None:
    wanted = [
        desired("variable/new_b"),
        desired("variable/old", value="2"),
        desired("variable/new_a"),
        desired("pool/new"),
        desired("connection/secret", password=PW),
        desired("connection/old", host="h"),
        desired("connection/new"),
    ]
    had = [
        live("variable/old"),
        live("variable/gone"),
        live("connection/secret", password=MASKED),
        live("connection/old"),
        live("connection/gone"),
        live("pool/gone"),
    ]
    assert changes(wanted, had, prune_all=True, rewrite_secrets=("*",)) == [
        "+ connection/new",
        "! connection/secret",
        "~ connection/old",
        "+ pool/new",
        "+ variable/new_b",
        "+ variable/new_a",
        "~ variable/old",
        "- variable/gone",
        "- connection/gone",
        "- pool/gone",
    ]


def test_what_is_kept_elsewhere_shows_nothing_and_meets_no_obstacle_of_the_api() -> None:
    one = replace(live("connection/c", conn_type="ftp", password="theirs"), concealed=True)
    place = Store("airflow/connections/c", 4)
    wanted = {address("connection/c"): desired("connection/c", conn_type="http")}
    found = compare([CONNECTION], wanted, {one.address: one}, Wishes({}), FIRST_CONTACT, {one.address: place})
    (change,) = found.changes
    assert change.store == place
    assert change.blocked is None
    assert {leaf.live for leaf in change.fields} == {HIDDEN}
    assert [render_path(leaf.path) for leaf in change.fields] == ["conn_type", "password"]
