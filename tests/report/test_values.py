"""What a person reads of a value: short, unambiguous, and never a secret."""

from __future__ import annotations

from typing import Any

import pytest
from rich.text import Text

from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, MASKED, UNSAID, UNSET, Masked
from envctl.report.safe import safe, safe_line
from envctl.report.values import live_text, shorten, shorten_pair, value_text

PASSWORD = Secret("hunter22", "${PG_PASSWORD}")


@pytest.mark.parametrize(
    ("value", "inside", "shown"),
    [
        ("500", False, "500"),
        ("007", False, "007"),
        ("1", True, '"1"'),
        (1, True, "1"),
        (1.0, True, "1.0"),
        ("true", True, '"true"'),
        ("true", False, "true"),
        (True, True, "true"),
        ("null", True, '"null"'),
        (None, True, "null"),
        (None, False, "(none)"),
        ("", False, '""'),
        (" x", False, '" x"'),
        ("(none)", False, '"(none)"'),
        ("a\nb", False, '"a\\nb"'),
        ("require", True, "require"),
        (["a", PASSWORD], True, '["a", "${PG_PASSWORD}"]'),
        (UNSET, True, "(none)"),
        (MASKED, True, "(masked)"),
        (UNSAID, False, "(not told)"),
        (Masked(("postgres://u:", "@h")), False, "postgres://u:***@h"),
        (PASSWORD, False, "${PG_PASSWORD}"),
        ("日本", True, "日本"),
    ],
)
def test_values(*, value: Any, inside: bool, shown: str) -> None:
    assert value_text(value, inside=inside) == shown


@pytest.mark.parametrize(
    ("live", "desired", "shown"),
    [
        ("old-secret", PASSWORD, "(hidden)"),
        ({"a": "old-secret"}, {"a": PASSWORD}, "(hidden)"),
        (HIDDEN, "plain", "(hidden)"),
        (MASKED, PASSWORD, "(masked)"),
        (UNSET, PASSWORD, "(none)"),
        (None, PASSWORD, "(none)"),
        ("old", "new", "old"),
    ],
)
def test_what_stands_where_a_secret_belongs_is_hidden(live: Any, desired: Any, shown: str) -> None:
    assert live_text(live, desired, inside=False) == shown


def test_long_values_are_cut_and_counted() -> None:
    assert shorten("x" * 100, 30) == "x" * 12 + "… (100 characters)"
    assert shorten("x" * 30, 30) == "x" * 30


@pytest.mark.parametrize("same", [0, 5, 12, 30, 500])
def test_the_place_where_two_texts_differ_is_seen(same: int) -> None:
    live, desired = "a" * same + "X" + "b" * 40, "a" * same + "Y" + "b" * 40
    had, wanted = shorten_pair(live, desired, 28)
    assert had != wanted
    assert "X" in had
    assert "Y" in wanted
    assert max(len(had), len(wanted)) <= 30


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 日本 👩\u200d🚀", "plain ü 日本 👩\u200d🚀"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\x9b31m\u202e", "\ufffd31m\ufffd"),
        ("a\u00a0b", "a b"),
    ],
)
def test_no_text_gives_a_terminal_orders(text: str, shown: str) -> None:
    assert safe(text) == shown
    assert len(safe(text)) == len(text)


def test_styles_keep_their_places() -> None:
    line = safe_line(Text("a\x1b").append("red", "red"))
    assert line.plain == "a␛red"
    assert [(span.start, span.end) for span in line.spans] == [(2, 5)]
