"""The ids `.` and `..` are fine in a bulk request, but have no address of their own."""

from __future__ import annotations

import pytest

from envctl.engine.diff import compare
from envctl.engine.spare import Wishes
from envctl.errors import Position
from envctl.kinds.variable import VARIABLE
from envctl.model.address import Address
from envctl.model.resource import Desired, Live
from envctl.model.value import UNMANAGED
from tests.unit.objects import UNKNOWN


@pytest.mark.parametrize("key", [".", ".."])
def test_only_an_update_of_some_fields_is_blocked(key: str) -> None:
    address = Address("variable", key)
    live = {address: Live(address, {"value": "old", "description": "theirs"})}

    def planned(description: object) -> str | None:
        desired = Desired(address, {"value": "new", "description": description}, Position("a.yaml", 1, 1))
        (change,) = compare((VARIABLE,), {address: desired}, live, Wishes({}), UNKNOWN).changes
        return change.blocked

    assert planned("ours") is None
    assert "has no address" in (planned(UNMANAGED) or "")
