"""Limits: when they speak, and that they say which rule, the figures, and the flag."""

from __future__ import annotations

import pytest

from envctl.engine.policy import ACTIVE_FROM, refusals
from envctl.model.address import Address, matches
from envctl.model.change import Action, Change, Reason
from envctl.model.plan import Comparison
from envctl.model.policy import Limit, Policy, Scope


def plan(live: int, **counts: int) -> Comparison:
    changes = tuple(
        Change(Address("variable", f"{name}{index}"), Action(name), Reason.NEW, None, None)
        for name, count in counts.items()
        for index in range(count)
    )
    return Comparison(changes, (), (), (), live)


SHARE = Policy(max_deletes=Limit(30, share=True))
COUNT = Policy(max_deletes=Limit(2))
CHANGES = Policy(max_changes=Limit(50, share=True), max_deletes=Limit(0))


@pytest.mark.parametrize(
    ("policy", "comparison", "texts"),
    [
        (Policy(), plan(100, delete=100), ()),
        (SHARE, plan(10, delete=3), ()),
        (
            SHARE,
            plan(10, delete=4),
            ("max_deletes is 30%, the plan has 4 deletes of 10 live objects: --max-deletes 4 allows it",),
        ),
        (SHARE, plan(ACTIVE_FROM - 1, delete=9), ()),
        (SHARE, plan(10, create=10, update=10), ()),
        (COUNT, plan(1000, delete=2), ()),
        (
            COUNT,
            plan(1000, delete=3),
            ("max_deletes is 2, the plan has 3 deletes of 1000 live objects: --max-deletes 3 allows it",),
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
                "max_deletes is 0, the plan has 1 deletes of 10 live objects: --max-deletes 1 allows it",
                "max_changes is 50%, the plan has 6 changes of 10 live objects: --max-changes 6 allows it",
            ),
        ),
        (CHANGES, plan(0, create=500), ()),
    ],
)
def test_refusals(policy: Policy, comparison: Comparison, texts: tuple[str, ...]) -> None:
    assert refusals(comparison, policy) == texts


@pytest.mark.parametrize(
    ("limit", "count", "of", "exceeded"),
    [
        (Limit(30, share=True), 3, 10, False),
        (Limit(30, share=True), 4, 10, True),
        (Limit(0, share=True), 1, 10, True),
        (Limit(100, share=True), 10, 10, False),
        (Limit(0), 0, 0, False),
        (Limit(5), 6, 1000, True),
    ],
)
def test_limits(limit: Limit, count: int, of: int, exceeded: bool) -> None:  # noqa: FBT001
    assert limit.exceeded_by(count, of) is exceeded


@pytest.mark.parametrize(
    ("scope", "owned", "left"),
    [
        (Scope(), ["a", "a/b", ""], []),
        (Scope(include=("app_*",)), ["app_a", "app_"], ["a", "my_app_a"]),
        (Scope(exclude=("tmp_*", "x")), ["a", "xx"], ["tmp_", "x"]),
        (Scope(include=("a*",), exclude=("a?",)), ["a", "abc"], ["ab", "b"]),
        (Scope(include=()), [], ["a"]),
        (Scope(include=("A*",)), ["A"], ["a"]),
    ],
)
def test_scopes(scope: Scope, owned: list[str], left: list[str]) -> None:
    assert all(identifier in scope for identifier in owned)
    assert not any(identifier in scope for identifier in left)


@pytest.mark.parametrize(
    ("text", "glob", "selected"),
    [
        ("variable/a", "variable/a", True),
        ("variable/a", "a", True),
        ("variable/a", "variable/*", True),
        ("variable/a/b", "variable/*", True),
        ("variable/a/b", "*b", True),
        ("variable/a/b", "a/b", False),
        ("variable/a", "variable", False),
        ("variable/a", "A", False),
        ("connection/pg_1", "connection/pg_?", True),
    ],
)
def test_globs_of_addresses(text: str, glob: str, selected: bool) -> None:  # noqa: FBT001
    kind, _, identifier = text.partition("/")
    assert matches(Address(kind, identifier), (glob,)) is selected
    assert str(Address(kind, identifier)) == text
    assert not matches(Address(kind, identifier), ())


@pytest.mark.parametrize(
    ("text", "limit"),
    [("20", Limit(20)), ("0", Limit(0)), ("30%", Limit(30, share=True)), ("100%", Limit(100, share=True))],
)
def test_a_limit_is_a_count_or_a_share(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "-1", "101%", "few", "1.5", "30 %", "1" * 10])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="must be a count such as 20, or a share such as 30%"):
        Limit.parse(text)
