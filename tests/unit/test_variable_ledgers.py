"""Ledgers among Variables, where all of those are read to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from envctl.errors import Forbidden
from envctl.ledger.variable_ledgers import KIND, VariableLedgers
from envctl.model.resource import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.request import ApiCall


class _Closed:
    """An Airflow 2 whose Variables the login may not read."""

    old = True

    def read(self, _kinds: Sequence[Kind]) -> Reading:
        return Reading({}, {}, unread={KIND.name: Forbidden("may not")})

    def send(self, _call: ApiCall, _purpose: str) -> Any:
        raise AssertionError("it is read as a list")


def test_what_may_not_be_read_is_not_missing() -> None:
    with pytest.raises(Forbidden):
        VariableLedgers(_Closed()).read_all()
