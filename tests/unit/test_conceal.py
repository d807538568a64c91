"""A live copy of a secret is not shown, wherever in the instance it stands."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.engine.conceal import concealed, secrets_of
from envctl.errors import Position
from envctl.model.address import Address
from envctl.model.change import FieldDiff
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, UNSET
from envctl.model.verdict import Verdict

PASSWORD = Secret("hunter22", "${PG_PASSWORD}")
JOINED = Secret.join(("postgres://u:", PASSWORD, "@h"))
ADDRESS = Address("variable", "x")
PLACE = Position("a.yaml", 1, 1)


def leaf(live: Any) -> FieldDiff:
    return FieldDiff(("value",), Verdict.DIFFERENT, live, "plain")


@pytest.mark.parametrize(
    ("live", "hidden"),
    [
        ("hunter22", True),
        ("say hunter22 twice", True),
        ({"a": ["b", "hunter22"]}, True),
        ({"hunter22": 1}, True),
        ("hunter", False),
        (5, False),
        (UNSET, False),
    ],
)
def test_live_values_that_hold_a_secret_are_hidden(*, live: Any, hidden: bool) -> None:
    secrets = secrets_of({ADDRESS: Desired(ADDRESS, {"value": {"uri": [JOINED]}}, PLACE)})
    (found,) = concealed([leaf(live)], secrets)
    assert (found.live is HIDDEN) is hidden
    assert hidden or found.live == live


def test_very_short_secrets_hide_nothing_else() -> None:
    secrets = frozenset({Secret("a", "${A}")})
    assert concealed([leaf("banana")], secrets) == (leaf("banana"),)
