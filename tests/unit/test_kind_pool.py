"""Pools, and the one that Airflow does not let go of."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.errors import Position
from envctl.kinds.pool import POOL
from envctl.model.address import Address
from envctl.model.request import ApiCall
from envctl.model.resource import Desired
from envctl.model.value import MASKED, UNMANAGED, UNSET
from tests.unit.trees import read

NAMES = ("slots", "description", "include_deferred")


def desired(name: str = "p", **fields: Any) -> Desired:
    return Desired(Address("pool", name), fields, Position("f", 1, 1))


def test_read_takes_what_a_spec_can_say() -> None:
    item = {"name": "p", "slots": 4, "description": None, "include_deferred": True, "open_slots": 4}
    assert POOL.read(item) == {"slots": 4, "description": None, "include_deferred": True}
    assert POOL.read({**item, "description": "***"})["description"] == MASKED


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ("{slots: 4}", {"slots": 4, "description": UNSET, "include_deferred": False}),
        ("{slots: -1, description: 5}", {"slots": -1, "description": "5", "include_deferred": False}),
        ("{slots: 0, include_deferred: true}", {"slots": 0, "description": UNSET, "include_deferred": True}),
        (
            "{slots: !unmanaged , include_deferred: !unmanaged }",
            dict.fromkeys(NAMES, UNMANAGED) | {"description": UNSET},
        ),
        ("{slots: '4'}", {"slots": 4, "description": UNSET, "include_deferred": False}),
    ],
)
def test_a_spec_becomes_fields(entry: str, fields: dict[str, Any]) -> None:
    assert read({"dev/a.yaml": f"pools: {{p: {entry}}}"}).desired[Address("pool", "p")].fields == fields


def test_the_body_always_says_whether_deferred_tasks_count() -> None:
    one = desired(slots=4, description=UNSET, include_deferred=False)
    assert POOL.create_body(one) == {"name": "p", "slots": 4, "description": None, "include_deferred": False}
    assert not POOL.needs_mask(one)


def test_what_is_left_alone_is_left_out_by_a_mask_and_filled_in_the_body() -> None:
    one = desired("a b/c", slots=UNMANAGED, description="d", include_deferred=UNMANAGED)
    assert POOL.needs_mask(one)
    assert POOL.masked_update(one) == ApiCall(
        method="PATCH",
        path="/pools/a%20b%2Fc",
        query=(("update_mask", "description"),),
        body={"name": "a b/c", "slots": 0, "description": "d", "include_deferred": False},
    )


def test_the_default_pool_takes_two_fields_one_by_one() -> None:
    found = read({"dev/a.yaml": "pools: {default_pool: {slots: 64}}"})
    one = found.desired[Address("pool", "default_pool")]
    assert one.fields == {"slots": 64, "include_deferred": False}
    assert POOL.needs_mask(one)
    assert POOL.masked_update(one) == ApiCall(
        method="PATCH",
        path="/pools/default_pool",
        query=(("update_mask", "slots"), ("update_mask", "include_deferred")),
        body={"name": "default_pool", "slots": 64, "include_deferred": False},
    )
    assert "default_pool" in POOL.built_in
