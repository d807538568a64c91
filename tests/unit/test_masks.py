"""What Airflow masks: recognised by its value, at any depth, and never taken for more than it is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.model.value import MASKED, Masked, holds_mask, unmask, unmask_json


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ("", ""),
        ("plain", "plain"),
        ("**", "**"),
        ("***", MASKED),
        ("postgres://u:***@h", Masked(("postgres://u:", "@h"))),
        ("a***b***c", Masked(("a", "b", "c"))),
        ("******", Masked(("", "", ""))),
    ],
)
def test_unmask(text: str, live: object) -> None:
    assert unmask(text) == live


def test_unmask_json_at_any_depth() -> None:
    live = unmask_json({"a": ["***", {"b": "x***"}], "***": 1, "c": None, "d": 1.5, "e": True})
    assert live == {"a": [MASKED, {"b": Masked(("x", ""))}], "***": 1, "c": None, "d": 1.5, "e": True}
    assert holds_mask(live)
    assert not holds_mask({"a": ["**", {"b": None}], "***": 1})


@pytest.mark.parametrize(
    ("live", "text", "could"),
    [
        ("***", "anything", True),
        ("***", "", True),
        ("a***", "abc", True),
        ("a***", "bc", False),
        ("***c", "abc", True),
        ("***c", "ab", False),
        ("a***c", "ac", True),
        ("a***a", "a", False),
        ("a***b***c", "a1b2c", True),
        ("a***b***c", "a12c", False),
        ("a***b***b", "a1b", False),
        ("x***\ny", "x1\n2\ny", True),
        ("a.c***", "abc1", False),
        ("****", "*secret", True),
        ("****", "secret*", True),
        ("a****b", "a*secretb", True),
        ("a****b", "asecretb", True),
        ("******", "one", True),
        ("***,***", "one,two", True),
        ("***,***", "one;two", False),
    ],
)
def test_what_can_still_be_read_may_show_a_difference(live: str, text: str, could: bool) -> None:  # noqa: FBT001
    masked = unmask(live)
    assert isinstance(masked, Masked)
    assert masked.could_be(text) is could


@pytest.mark.parametrize(
    ("live", "text", "same"),
    [("a***b", "a***b", True), ("a***b", "a***", False), ("***", "***", False), ("****", "****", True)],
)
def test_a_text_that_has_such_asterisks_itself(live: str, text: str, same: bool) -> None:  # noqa: FBT001
    masked = unmask(live)
    assert isinstance(masked, Masked)
    assert masked.is_text(text) is same


def test_whole() -> None:
    assert MASKED.whole
    assert Masked(("", "", "")).whole
    assert not Masked(("a", "")).whole


@given(st.text(alphabet="ab*"), st.data())
def test_a_masked_text_could_always_be_what_was_masked(text: str, data: Any) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    masked = unmask(text[:start] + "***" + text[end:])
    assert isinstance(masked, Masked)
    assert masked.could_be(text)


@given(st.text(alphabet="ab*"), st.text(alphabet="b*", min_size=1))
def test_also_when_a_secret_is_masked_wherever_it_stands(text: str, secret: str) -> None:
    masked = unmask(text.replace(secret, "***"))
    assert masked == text or (isinstance(masked, Masked) and masked.could_be(text))


def test_many_masks_in_a_long_text_take_no_time() -> None:
    masked = unmask("***".join(["a"] * 60) + "***c")
    assert isinstance(masked, Masked)
    begun = time.monotonic()
    assert not masked.could_be("a" * 1_000_000 + "b")
    assert time.monotonic() - begun < 2
