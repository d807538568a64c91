"""Texts as Airflow gives them back: `json.dumps(redact(json.loads(value)))` for every value that parses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.kinds.canonical import MAX_NESTING, canonical, poison
from envctl.model.value import unmask_json


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("", ""),
        ("text", "text"),
        ("007", "007"),
        ("1.10", "1.1"),
        ("1e3", "1000.0"),
        ("1E400", "Infinity"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("12345678901234567890.123", "1.2345678901234567e+19"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("True", "True"),
        (" true ", "true"),
        ("null", "null"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ('"text"', '"text"'),
        ('"é"', '"\\u00e9"'),
        ('"\\/"', '"/"'),
        ("'text'", "'text'"),
        ('{"a":1,  "b": [1.0,1e3] }', {"a": 1, "b": [1.0, 1000.0]}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('["\\u00e9"]', ["é"]),
        ("[]", []),
        ("{}", {}),
        ("[1,]", "[1,]"),
        ("{a: 1}", "{a: 1}"),
        ("\ufeff{}", "\ufeff{}"),
        ("[" * 201 + "]" * 201, "[" * 201 + "]" * 201),
        ("[" * 100_000, "[" * 100_000),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_what_comes_back(text: str, answered: Any) -> None:
    assert canonical(text) == answered
    assert type(canonical(text)) is type(answered)


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn\\ uNaIity'))
def test_what_comes_back_comes_back_unchanged(text: str) -> None:
    once = canonical(text)
    again = canonical(once if isinstance(once, str) else json.dumps(once))
    assert repr(again) == repr(once)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9" * 4301, "a number with more than 4,300 digits"),
        ('{"a": [' + "9" * 4301 + "]}", "a number with more than 4,300 digits"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),  # the parser gives up before it sees that this is no JSON
        ("[" * (MAX_NESTING + 1) + "]" * (MAX_NESTING + 1), "nested deeper than 200 levels"),
        ('{"a":' * 201 + "1" + "}" * 201, "nested deeper than 200 levels"),
    ],
)
def test_what_would_break_the_server_for_everyone(text: str, words: str) -> None:
    assert poison(text) == words


@pytest.mark.parametrize(
    "text",
    ["", "text", "9" * 4300, "0" * 5000, '"' + "9" * 5000 + '"', "{}", "[" * 200 + "]" * 200, "[" * 300],
)
def test_what_does_not(text: str) -> None:
    assert poison(text) is None


def test_a_deep_live_value_does_not_end_the_reading() -> None:
    deep = "[" * 900 + "]" * 900
    assert unmask_json(canonical(deep)) == deep
