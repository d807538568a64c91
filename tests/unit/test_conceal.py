"""A live copy of a secret is not shown, wherever in the instance it stands."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.engine.conceal import FURTHER, all_concealed, concealed, secrets_of
from envctl.engine.past import Past
from envctl.errors import Position
from envctl.ledger.fingerprints import Fingerprinter
from envctl.model.address import Address
from envctl.model.change import FieldDiff
from envctl.model.ledger import Entry
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, MASKED, UNSET, Masked
from envctl.model.verdict import Verdict
from tests.unit.objects import address, compared, desired
from tests.unit.objects import live as live_object

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
        (Masked(("say hunter22 ", "")), True),
        (MASKED, False),
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


@pytest.mark.parametrize(
    ("known", "live", "hidden"),
    [
        ("value", "what it was", True),
        ("value.token", {"token": "what it was"}, True),
        ("value", MASKED, False),
        ("value", UNSET, False),
        ("value", None, False),
        ("description", "what it was", False),
        ("values", "what it was", False),
    ],
)
def test_what_was_secret_when_it_was_applied_is_hidden(*, known: str, live: Any, hidden: bool) -> None:
    (found,) = concealed([leaf(live)], frozenset(), {known: "a mark"})
    assert (found.live is HIDDEN) is hidden


def test_a_secret_that_has_left_the_spec_is_hidden() -> None:
    entry = Entry(1, {}, {"value": "k:mark"})
    past = Past(Fingerprinter((), "00", keyed=False), {address("variable/x"): entry})
    (change,) = compared(
        [desired("variable/x", value="plain")], [live_object("variable/x", value="hunter22")], past=past
    ).changes
    assert [leaf.live for leaf in change.fields] == [HIDDEN]


def test_of_what_is_concealed_nothing_live_is_left_and_no_key_of_its_own() -> None:
    fields = (
        FieldDiff(("value", "a"), Verdict.DIFFERENT, "live", 1),
        FieldDiff(("value", "theirs"), Verdict.DIFFERENT, "live", UNSET),
        FieldDiff(("value", "more"), Verdict.DIFFERENT, ["live"], UNSET),
        FieldDiff(("value", "b", "deep"), Verdict.DIFFERENT, 5, UNSET),
        FieldDiff(("host",), Verdict.DIFFERENT, "live", UNSET),
        FieldDiff(("port",), Verdict.DIFFERENT, None, 1),
        FieldDiff(("login",), Verdict.UNVERIFIABLE, "live", Secret.unavailable("${S}")),
    )
    assert [(one.path, one.live) for one in all_concealed(fields)] == [
        (("value", "a"), HIDDEN),
        (("value", FURTHER), HIDDEN),
        (("value", "b", FURTHER), HIDDEN),
        (("host",), HIDDEN),
        (("port",), None),
        (("login",), HIDDEN),
    ]
