"""Which objects leave a ledger, and what is left of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from envctl.errors import Refused, UsageError
from envctl.kinds import KINDS
from envctl.model.ledger import HISTORY, ApplyRecord, Entry, Ledger
from envctl.model.ledger_state import LedgerState
from envctl.model.lookup import Lookup
from envctl.model.plan import Revision
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load
from envctl.stages.releasing import doomed, released, selected
from tests.unit.objects import address
from tests.unit.trees import write

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = """
airflow: {url: http://127.0.0.1:1}
manage: {variables: {exclude: [kept_*]}}
"""
SPEC = """
variables: {wanted: a}
pools: {}
"""
LEDGER = ("variable/wanted", "variable/a*", "variable/ab", "variable/kept_1", "pool/ab", "connection/db")


@pytest.fixture
def loaded() -> Loaded:
    tree = open_tree(write({"dev/environment.yaml": ENVIRONMENT, "dev/spec.yaml": SPEC}))
    found = load(tree, SpecReader(tree, KINDS), "dev", KINDS, settings=read_settings(), lookup=Lookup.NONE)
    assert isinstance(found, Loaded)
    return found


def state(addresses: Sequence[str] = LEDGER) -> LedgerState:
    ledger = Ledger("default", 4, {address(one): Entry(1, {}) for one in addresses}, salt="00")
    return LedgerState("default", ledger, None, 4)


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["variable/ab"], ["variable/ab"]),
        (["variable/a*"], ["variable/a*"]),
        (["variable/a?"], ["variable/a*", "variable/ab"]),
        (["ab", "connection/*"], ["connection/db", "pool/ab", "variable/ab"]),
    ],
)
def test_what_globs_select(globs: list[str], expected: list[str], loaded: Loaded) -> None:
    """An address that is written out stands for itself, even where it looks like a glob."""
    assert list(map(str, selected(globs, state(), loaded))) == expected


@pytest.mark.parametrize(
    ("glob", "hint"),
    [
        ("variable/kept1", "did you mean 'variable/kept_1'?"),
        ("kept1", "did you mean 'kept_1'?"),
        ("nothing/like/it/anywhere", "envctl ledger show ENV -v names what is in it"),
    ],
)
def test_what_matches_nothing(glob: str, hint: str, loaded: Loaded) -> None:
    with pytest.raises(UsageError, match="nothing in the ledger of owner default matches") as caught:
        selected(["variable/ab", glob], state(), loaded)
    assert caught.value.hint == hint


def test_an_empty_ledger(loaded: Loaded) -> None:
    for empty in (state([]), LedgerState("default")):
        with pytest.raises(UsageError) as caught:
            selected(["variable/ab"], empty, loaded)
        assert caught.value.hint == "it is empty: there is nothing to release"


def test_what_the_spec_still_has(loaded: Loaded) -> None:
    with pytest.raises(Refused, match="variable/wanted is still in the spec of dev"):
        selected(["variable/*"], state(), loaded)


def test_what_an_apply_that_prunes_all_would_delete(loaded: Loaded) -> None:
    """Not what is excluded, what no section speaks of, and what is Airflow's own."""
    given = [address(one) for one in (*LEDGER, "pool/default_pool")]
    assert list(map(str, doomed(given, loaded))) == [
        "variable/wanted",
        "variable/a*",
        "variable/ab",
        "pool/ab",
    ]


def test_the_ledger_without_them() -> None:
    records = tuple(ApplyRecord(i, "", "", None, False, {}, "") for i in range(HISTORY))  # noqa: FBT003
    before = Ledger("default", HISTORY, {address(one): Entry(1, {}) for one in LEDGER}, records, salt="00")
    leaving = [address("pool/ab"), address("variable/ab")]
    after = released(before, leaving, Revision("abc", dirty=True), datetime(2026, 1, 2, tzinfo=UTC))
    assert set(before.entries) - set(after.entries) == set(leaving)
    assert (after.serial, len(after.history), after.salt) == (HISTORY + 1, HISTORY, "00")
    assert after.latest is not None
    assert (after.latest.time, after.latest.counts) == ("2026-01-02T00:00:00+00:00", {"release": 2})
