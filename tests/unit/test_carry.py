"""Leaves that a spec leaves alone go along as they are, or nothing is written at all."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.engine.carry import Blocked, carried
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED, UNSET, Masked
from tests.unit.objects import compared, desired, live

SECRET = Secret("s", "${S}")


@pytest.mark.parametrize(
    ("wanted", "had", "written"),
    [
        ("text", "other", "text"),
        (UNSET, "other", UNSET),
        (UNMANAGED, "other", UNMANAGED),
        (SECRET, MASKED, SECRET),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1}),
        ({"a": 1, "b": UNMANAGED}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ({"a": 1, "b": UNMANAGED}, {"a": 2}, {"a": 1}),
        ({"a": 1, "b": UNMANAGED}, {"b": None}, {"a": 1, "b": None}),
        ({"b": UNMANAGED}, {"b": {"c": [1, {"d": 2.0}]}}, {"b": {"c": [1, {"d": 2.0}]}}),
        ({"a": {"b": {"c": UNMANAGED}}}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
        ({"a": {"b": UNMANAGED}}, {"a": "text"}, {"a": {}}),
        ({"a": {"b": UNMANAGED}}, "text", {"a": {}}),
        ({"a": {"b": UNMANAGED}}, None, {"a": {}}),
        ({"a": SECRET, "b": UNMANAGED}, {"a": MASKED, "b": 1}, {"a": SECRET, "b": 1}),
        ([{"a": 1, "b": UNMANAGED}], [{"b": 2}], [{"a": 1, "b": 2}]),
        ([{"b": UNMANAGED}, {"b": UNMANAGED}], [{"b": 2}], [{"b": 2}, {}]),
        ([1, 2], MASKED, [1, 2]),
        ({"a": 1}, MASKED, {"a": 1}),
    ],
)
def test_what_is_written(wanted: Any, had: Any, written: Any) -> None:
    assert carried({"value": wanted}, {"value": had}) == {"value": written}


@pytest.mark.parametrize(
    ("wanted", "had", "path"),
    [
        ({"a": UNMANAGED}, {"a": MASKED}, "value.a"),
        ({"a": UNMANAGED}, {"a": Masked(("u:", "@h"))}, "value.a"),
        ({"a": UNMANAGED}, {"a": {"b": ["x", MASKED]}}, "value.a"),
        ({"a": {"b": UNMANAGED}}, {"a": {"b": MASKED}}, "value.a.b"),
        ({"a": {"b": UNMANAGED}}, {"a": MASKED}, "value.a.b"),
        ({"a": {"b": UNMANAGED}}, MASKED, "value.a.b"),
        ([{"a": UNMANAGED}], [{"a": MASKED}], "value[0].a"),
        ([{"a": UNMANAGED}], MASKED, "value[0].a"),
    ],
)
def test_what_airflow_masks_cannot_go_along(wanted: Any, had: Any, path: str) -> None:
    with pytest.raises(Blocked) as blocked:
        carried({"value": wanted}, {"value": had})
    assert str(blocked.value) == (
        f"{path} is !unmanaged, but Airflow masks it, so that writing its neighbours would lose it:"
        " make all of value !unmanaged, or give the leaf a value"
    )


def test_a_change_writes_its_unmanaged_leaves_as_they_are() -> None:
    wanted = desired("variable/x", value={"a": 1, "b": UNMANAGED})
    (change,) = compared([wanted], [live("variable/x", value={"a": 2, "b": 3})]).changes
    assert change.blocked is None
    assert change.desired is not None
    assert change.desired.fields["value"] == {"a": 1, "b": 3}


def test_a_change_beside_a_masked_unmanaged_leaf_is_blocked_and_says_so() -> None:
    wanted = desired("variable/x", value={"a": 1, "p": UNMANAGED})
    (change,) = compared([wanted], [live("variable/x", value={"a": 2, "p": MASKED})]).changes
    assert change.blocked is not None
    assert change.blocked.startswith("value.p is !unmanaged, but Airflow masks it")


def test_nothing_is_blocked_when_nothing_is_to_be_written() -> None:
    wanted = desired("variable/x", value={"a": 1, "p": UNMANAGED})
    found = compared([wanted], [live("variable/x", value={"a": 1, "p": MASKED})])
    assert found.changes == ()
    assert len(found.in_sync) == 1
