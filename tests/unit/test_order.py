"""The order of applying, as one table."""

from __future__ import annotations

from itertools import pairwise

import pytest

from envctl.engine.order import rank
from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.change import Action, Change, Reason

KIND = {kind.name: kind for kind in KINDS}
ORDER = [
    ("connection", Action.CREATE),
    ("connection", Action.UPDATE),
    ("pool", Action.CREATE),
    ("pool", Action.UPDATE),
    ("variable", Action.CREATE),
    ("variable", Action.UPDATE),
    ("variable", Action.DELETE),
    ("connection", Action.DELETE),
    ("pool", Action.DELETE),
]


def rank_of(kind: str, action: Action) -> tuple[object, ...]:
    return rank(KIND[kind], Change(Address(kind, "x"), action, Reason.NEW, None, None))


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)))
def test_what_others_stand_on_is_made_first_and_deleted_last(
    first: tuple[str, Action], second: tuple[str, Action]
) -> None:
    assert rank_of(*first) < rank_of(*second)


def test_a_rewrite_is_written_like_an_update() -> None:
    assert rank_of("connection", Action.REWRITE) == rank_of("connection", Action.UPDATE)


def test_every_action_has_a_sign_of_its_own() -> None:
    assert {action.value: action.sign for action in Action} == {
        "create": "+",
        "update": "~",
        "rewrite": "!",
        "delete": "-",
        "adopt": "=",
        "observe": "?",
    }
