"""Variables: what Airflow answers, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.errors import Position
from envctl.kinds.variable import VARIABLE
from envctl.model.address import Address
from envctl.model.request import ApiCall, JsonText
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED, UNSET, Masked


def desired(key: str = "x", **fields: Any) -> Desired:
    given = {"value": "v", "description": UNSET, **fields}
    return Desired(Address("variable", key), given, Position("f", 1, 1))


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ({"value": "text", "description": None}, {"value": "text", "description": None}),
        ({"value": None, "description": "d"}, {"value": None, "description": "d"}),
        ({"value": "***", "description": "***"}, {"value": MASKED, "description": MASKED}),
        ({"value": '{"a": "***"}', "description": ""}, {"value": {"a": MASKED}, "description": ""}),
        ({"value": '"***"', "description": ""}, {"value": Masked(('"', '"')), "description": ""}),
        ({"value": "[1, 2.0]", "description": ""}, {"value": [1, 2.0], "description": ""}),
        ({"value": "1000.0", "description": ""}, {"value": "1000.0", "description": ""}),
    ],
)
def test_read(item: dict[str, Any], fields: dict[str, Any]) -> None:
    assert VARIABLE.read({"key": "x", "is_encrypted": True, **item}) == fields


SECRET = Secret("s", "${S}")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, {"key": "x", "value": "v", "description": None}),
        ({"value": "", "description": ""}, {"key": "x", "value": "", "description": ""}),
        ({"value": {"a": 1}}, {"key": "x", "value": JsonText({"a": 1}), "description": None}),
        ({"value": [SECRET]}, {"key": "x", "value": JsonText([SECRET]), "description": None}),
        ({"value": SECRET}, {"key": "x", "value": SECRET, "description": None}),
        ({"description": UNMANAGED}, {"key": "x", "value": "v"}),
    ],
)
def test_the_body_that_makes_one(fields: dict[str, Any], body: dict[str, Any]) -> None:
    assert VARIABLE.create_body(desired(**fields)) == body


def test_what_is_left_alone_is_left_out_by_a_mask() -> None:
    one = desired("a/b c", value=UNMANAGED, description="d")
    assert VARIABLE.needs_mask(one)
    assert VARIABLE.masked_update(one) == ApiCall(
        method="PATCH",
        path="/variables/a%2Fb%20c",
        query=(("update_mask", "description"),),
        body={"key": "a/b c", "value": "", "description": "d"},
    )
    other = desired(description=UNMANAGED)
    assert VARIABLE.masked_update(other).query == (("update_mask", "value"),)
    assert VARIABLE.masked_update(other).body == {"key": "x", "value": "v"}
    assert not VARIABLE.needs_mask(desired())


@pytest.mark.parametrize("key", ["x", "a/b", "/a", "a b", "ü", "k" * 250, "a.b-c_d", "%", "?"])
def test_keys_that_airflow_takes(key: str) -> None:
    assert VARIABLE.check_id(key) is None
