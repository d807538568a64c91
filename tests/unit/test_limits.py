"""Limits, scopes and globs: what they take in, what they leave out."""

from __future__ import annotations

import pytest

from envctl.model.address import Address, matches
from envctl.model.policy import Limit, Scope


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
