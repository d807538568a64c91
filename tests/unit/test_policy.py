"""The rules: when they refuse, and that they say which rule, the figures, and the flag."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from envctl.engine.policy import ACTIVE_FROM, Case, refusals
from envctl.model.address import Address
from envctl.model.change import Action, Change, Reason
from envctl.model.freeze import CronFreeze, DateFreeze, Span
from envctl.model.plan import Comparison
from envctl.model.policy import Allowed, Limit, Policy, Protection, Prune


def plan(live: int, prunable: int | None = None, **counts: int) -> Comparison:
    """Return a comparison with so many changes by action; what is live is prunable if nothing is said."""
    changes = tuple(
        Change(Address("variable", f"{name}{index}"), Action(name), Reason.NEW, None, None)
        for name, count in counts.items()
        for index in range(count)
    )
    return Comparison(changes, (), (), (), live, live if prunable is None else prunable)


SHARE = Policy(max_deletes=Limit(30, share=True))
COUNT = Policy(max_deletes=Limit(2))
DELETES_ONE_OF_THREE = (
    "max_deletes is 30%, the plan has 1 deletes of 3 prunable objects: --max-deletes 1 allows it",
)
CHANGES = Policy(max_changes=Limit(50, share=True), max_deletes=Limit(0))


@pytest.mark.parametrize(
    ("policy", "comparison", "texts"),
    [
        (Policy(), plan(100, delete=100), ()),
        (SHARE, plan(10, delete=3), ()),
        (
            SHARE,
            plan(10, delete=4),
            ("max_deletes is 30%, the plan has 4 deletes of 10 prunable objects: --max-deletes 4 allows it",),
        ),
        (SHARE, plan(ACTIVE_FROM - 1, delete=9), ()),
        (SHARE, plan(10, create=10, update=10), ()),
        (COUNT, plan(1000, delete=2), ()),
        (
            COUNT,
            plan(1000, delete=3),
            ("max_deletes is 2, the plan has 3 deletes of 1000 prunable objects: --max-deletes 3 allows it",),
        ),
        (CHANGES, plan(10, create=1, update=1, rewrite=2, adopt=5, observe=5), ()),
        (
            CHANGES,
            plan(10, create=2, update=2, rewrite=2),
            ("max_changes is 50%, the plan has 6 changes of 10 live objects: --max-changes 6 allows it",),
        ),
        (
            CHANGES,
            plan(10, create=5, delete=1),
            (
                "max_deletes is 0, the plan has 1 deletes of 10 prunable objects: --max-deletes 1 allows it",
                "max_changes is 50%, the plan has 6 changes of 10 live objects: --max-changes 6 allows it",
            ),
        ),
        (CHANGES, plan(0, create=500), ()),
        # What pruning cannot take is no room for more deletes; it is live all the same.
        (
            SHARE,
            plan(81, prunable=20, delete=7),
            ("max_deletes is 30%, the plan has 7 deletes of 20 prunable objects: --max-deletes 7 allows it",),
        ),
        (SHARE, plan(81, prunable=20, delete=6), ()),
        (SHARE, plan(10, prunable=3, delete=1), DELETES_ONE_OF_THREE),
        (SHARE, plan(9, prunable=9, delete=8), ()),
        (Policy(max_changes=Limit(30, share=True)), plan(81, prunable=20, delete=20), ()),
    ],
)
def test_refusals(policy: Policy, comparison: Comparison, texts: tuple[str, ...]) -> None:
    assert tuple(map(str, refusals(Case(comparison, policy)))) == texts


def test_a_flag_takes_the_place_of_a_limit() -> None:
    case = Case(plan(10, delete=4), COUNT, Allowed(max_deletes=Limit(3)))
    assert [refusal.flag for refusal in refusals(case)] == ["--max-deletes 4"]
    assert refusals(replace(case, allowed=Allowed(max_deletes=Limit(4)))) == ()
    assert refusals(replace(case, allowed=Allowed(max_deletes=Limit(0))))


def test_no_flag_allows_to_prune_where_the_policy_says_none() -> None:
    case = Case(plan(0), Policy(prune=Prune.NONE), prune=True)
    (refusal,) = refusals(case)
    assert (refusal.rule, refusal.flag) == ("prune", None)
    assert str(refusal).startswith("prune is none: --prune is refused")
    assert refusals(replace(case, prune=False)) == ()


@pytest.mark.parametrize(
    ("protection", "consent", "refused"),
    [
        (Protection.STRICT, False, True),
        (Protection.STRICT, True, False),
        (Protection.YES, False, False),
        (Protection.NO, False, False),
    ],
)
def test_strict_needs_consent(protection: Protection, *, consent: bool, refused: bool) -> None:
    found = refusals(Case(plan(3, create=1), Policy(protection), Allowed(consent=consent)))
    assert [refusal.flag for refusal in found] == (["--yes"] if refused else [])


def test_consent_is_no_answer_to_anything_else() -> None:
    case = Case(plan(10, delete=5), Policy(Protection.STRICT, max_deletes=Limit(1)), Allowed(consent=True))
    assert [refusal.rule for refusal in refusals(case)] == ["max_deletes"]


ZONE = ZoneInfo("Europe/Berlin")
CHRISTMAS = DateFreeze(
    datetime(2026, 12, 19, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC), ZONE, "C"
)
FRIDAYS = CronFreeze("0 18 * * 5", Span.parse("2d14h"), ZoneInfo("UTC"), "")
FROZEN = Policy(freezes=(CHRISTMAS, FRIDAYS))
SATURDAY = datetime(2026, 12, 26, tzinfo=UTC)


def test_every_freeze_that_holds_refuses() -> None:
    found = refusals(Case(plan(0, create=2), FROZEN, now=SATURDAY))
    assert [refusal.why for refusal in found] == [
        "frozen (C) until 2027-01-04 00:00 CET (Europe/Berlin), the plan has 2 changes",
        "frozen until 2026-12-28 08:00 UTC, the plan has 2 changes",
    ]
    assert {refusal.flag for refusal in found} == {"--during-freeze"}
    (found_on_tuesday,) = refusals(Case(plan(0, create=1), FROZEN, now=SATURDAY + timedelta(3)))
    assert found_on_tuesday.why.endswith("the plan has 1 change")
    assert refusals(Case(plan(0, create=1), FROZEN, now=datetime(2027, 1, 5, tzinfo=UTC))) == ()


def test_what_a_freeze_lets_pass() -> None:
    assert refusals(Case(plan(0, adopt=3, observe=3), FROZEN, now=SATURDAY)) == ()
    case = Case(plan(20, delete=9), FROZEN, Allowed(during_freeze=True), now=SATURDAY)
    assert refusals(case) == ()
    limited = replace(case, policy=replace(FROZEN, max_deletes=Limit(1)))
    assert [refusal.rule for refusal in refusals(limited)] == ["max_deletes"]


def test_a_freeze_never_passes_for_want_of_the_time() -> None:
    with pytest.raises(ValueError, match="no time"):
        refusals(Case(plan(0, create=1), FROZEN))


def deleted(*identifiers: str, protected: bool = True) -> Comparison:
    changes = [
        Change(Address("variable", one), Action.DELETE, Reason.NOT_IN_SPEC, None, None, protected=protected)
        for one in identifiers
    ]
    return replace(plan(0), changes=tuple(changes))


def test_a_protected_object_is_not_deleted() -> None:
    assert [str(refusal) for refusal in refusals(Case(deleted("a", "b c"), Policy()))] == [
        "variable/a is protected, the plan deletes it: --allow-protected variable/a allows it",
        "variable/b c is protected, the plan deletes it: --allow-protected 'variable/b c' allows it",
    ]
    assert refusals(Case(deleted("a", protected=False), Policy())) == ()
    updated = replace(deleted("a").changes[0], action=Action.UPDATE)
    assert refusals(Case(replace(plan(0), changes=(updated,)), Policy())) == ()


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        (("variable/a",), ["variable/b"]),
        (("b",), ["variable/a"]),
        (("connection/*",), ["variable/a", "variable/b"]),
        (("variable/*",), []),
        (("a", "b"), []),
        ((), ["variable/a", "variable/b"]),
    ],
)
def test_protected_objects_are_allowed_by_address(globs: tuple[str, ...], left: list[str]) -> None:
    found = refusals(Case(deleted("a", "b"), Policy(), Allowed(protected=globs)))
    assert [refusal.why.split()[0] for refusal in found] == left


@pytest.mark.parametrize("identifier", ["a*", "a[1]", "a?", "it's", "a b/c", "$(x)", "-x"])
def test_the_flag_as_it_is_typed_allows_this_object_and_no_other(identifier: str) -> None:
    (refusal,) = refusals(Case(deleted(identifier), Policy()))
    option, glob = shlex.split(str(refusal.flag))
    assert option == "--allow-protected"
    assert refusals(Case(deleted(identifier), Policy(), Allowed(protected=(glob,)))) == ()
    assert refusals(Case(deleted("ax", "a1"), Policy(), Allowed(protected=(glob,))))


ALLOWS_IT = ": --allow-empty allows it"
APPLIED = {"variable": 38, "pool": 3}
NO_VARIABLE = f"the spec has no variable left, the plan deletes 38 of 38 applied from it{ALLOWS_IT}"
NO_POOL = f"the spec has no pool left, the plan deletes 2 of 3 applied from it{ALLOWS_IT}"
NOTHING = (
    "the spec has no object at all, 41 of this instance were applied from it (variable 38, pool 3)"
    f"{ALLOWS_IT}"
)


def removed(**counts: int) -> Comparison:
    """Return a comparison in which so many objects of each kind have left the spec."""
    changes = tuple(
        Change(Address(kind, str(index)), Action.DELETE, Reason.REMOVED_FROM_SPEC, None, None)
        for kind, count in counts.items()
        for index in range(count)
    )
    return replace(plan(5), changes=changes)


@pytest.mark.parametrize(
    ("wanted", "applied", "comparison", "texts"),
    [
        ({}, APPLIED, plan(3, delete=2), (NOTHING,)),
        ({"variable": 0}, APPLIED, removed(variable=38, pool=3), (NOTHING,)),
        ({}, {}, plan(3, delete=2), ()),
        ({"connection": 1}, APPLIED, removed(variable=38), (NO_VARIABLE,)),
        ({"connection": 1}, APPLIED, removed(variable=38, pool=2), (NO_VARIABLE, NO_POOL)),
        ({"variable": 1}, APPLIED, removed(variable=37), ()),
        # What was never applied is no loss; nor is what stays, for want of a section or of pruning.
        ({"connection": 1}, APPLIED, plan(3, delete=2), ()),
        ({"connection": 1}, APPLIED, plan(3), ()),
    ],
)
def test_an_empty_spec_or_section(
    wanted: dict[str, int], applied: dict[str, int], comparison: Comparison, texts: tuple[str, ...]
) -> None:
    case = Case(comparison, Policy(), wanted=wanted, applied=applied)
    assert tuple(map(str, refusals(case))) == texts
    assert refusals(replace(case, allowed=Allowed(empty=True))) == ()


def test_all_rules_are_evaluated_and_each_flag_answers_one() -> None:
    policy = Policy(Protection.STRICT, Prune.NONE, Limit(5), Limit(10, share=True), FROZEN.freezes)
    comparison = replace(plan(20, delete=9), changes=(*plan(20, delete=9).changes, *deleted("x").changes))
    case = Case(
        comparison, policy, Allowed(consent=False), prune=True, now=SATURDAY, applied={"variable": 12}
    )
    found = refusals(case)
    assert [refusal.rule for refusal in found] == [
        "prune",
        "empty_spec",
        "freeze",
        "freeze",
        "protected_object",
        "max_deletes",
        "max_changes",
        "protected",
    ]
    answers = {
        "empty_spec": Allowed(consent=False, empty=True),
        "freeze": Allowed(consent=False, during_freeze=True),
        "protected_object": Allowed(consent=False, protected=("variable/x",)),
        "max_deletes": Allowed(consent=False, max_deletes=Limit(10)),
        "max_changes": Allowed(consent=False, max_changes=Limit(10)),
        "protected": Allowed(consent=True),
    }
    for rule, allowed in answers.items():
        left = refusals(replace(case, allowed=allowed))
        assert left == tuple(refusal for refusal in found if refusal.rule != rule)
