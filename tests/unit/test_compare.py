"""The verdict on two values of a field: same, different, or not to be known."""

from __future__ import annotations

import math
from typing import Any

import pytest

from envctl.engine.compare import compare_fields, judge
from envctl.kinds.variable import VARIABLE
from envctl.model.change import FieldDiff, render_path
from envctl.model.value import MASKED, UNMANAGED, UNSET, Masked, unmask_json
from envctl.model.verdict import Verdict

SAME, DIFFERENT, UNVERIFIABLE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNVERIFIABLE
PART = Masked(("u:", "@h"))

LEAVES: list[tuple[Any, Any, Verdict]] = [
    ("a", "a", SAME),
    ("a", "b", DIFFERENT),
    ("", "", SAME),
    ("1", 1, DIFFERENT),
    (1, 1, SAME),
    (1, 1.0, DIFFERENT),
    (1, True, DIFFERENT),
    (0, False, DIFFERENT),
    (1.0, True, DIFFERENT),
    (None, None, SAME),
    (None, "", DIFFERENT),
    (None, False, DIFFERENT),
    (0.1 + 0.2, 0.3, DIFFERENT),
    (1e22, 1e22, SAME),
    (math.nan, math.nan, SAME),
    (math.inf, math.inf, SAME),
    (math.inf, -math.inf, DIFFERENT),
    ([], [], SAME),
    ({}, {}, SAME),
    ([], {}, DIFFERENT),
    ([1, 2], [2, 1], DIFFERENT),
    ([1], [1.0], DIFFERENT),
    ([True], [1], DIFFERENT),
    ([math.nan], [math.nan], SAME),
    ({"a": 1}, [1], DIFFERENT),
    ({"a": 1}, "text", DIFFERENT),
    (UNSET, UNSET, SAME),
    (UNSET, None, SAME),
    (UNSET, "", SAME),
    (UNSET, {}, SAME),
    (UNSET, 0, DIFFERENT),
    (UNSET, False, DIFFERENT),
    (UNSET, [], DIFFERENT),
    (UNSET, "text", DIFFERENT),
    (UNSET, {"a": 1}, DIFFERENT),
    ("", UNSET, DIFFERENT),
    ("", None, DIFFERENT),
    ({}, UNSET, DIFFERENT),
    ("text", UNSET, DIFFERENT),
    ("text", MASKED, UNVERIFIABLE),
    ("", MASKED, UNVERIFIABLE),
    (5, MASKED, UNVERIFIABLE),
    (True, MASKED, UNVERIFIABLE),
    (None, MASKED, UNVERIFIABLE),
    ([1], MASKED, UNVERIFIABLE),
    ({"a": 1}, MASKED, UNVERIFIABLE),
    (UNSET, MASKED, DIFFERENT),
    ("u:pw@h", PART, UNVERIFIABLE),
    ("u:pw@g", PART, DIFFERENT),
    ("u:***@h", PART, SAME),
    (5, PART, DIFFERENT),
    ([1], PART, DIFFERENT),
    (UNSET, PART, DIFFERENT),
]


@pytest.mark.parametrize(("desired", "live", "verdict"), LEAVES)
def test_one_leaf(desired: Any, live: Any, verdict: Verdict) -> None:
    assert judge(desired, live) is verdict


def differences(desired: Any, live: Any) -> list[tuple[str, Verdict, Any, Any]]:
    """Compare two values of a Variable and return the leaves that are not the same."""
    found = compare_fields({"value": desired}, {"value": live}, VARIABLE.as_read)
    return [(render_path(leaf.path), leaf.verdict, leaf.live, leaf.desired) for leaf in found]


DEEP: list[tuple[Any, Any, list[tuple[str, Verdict, Any, Any]]]] = [
    ({"a": {"b": 1}}, {"a": {"b": 1}}, []),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
    ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("value.a.c", DIFFERENT, 3, 2)]),
    ({"a": 1}, {}, [("value.a", DIFFERENT, UNSET, 1)]),
    ({}, {"a": 1}, [("value.a", DIFFERENT, 1, UNSET)]),
    ({"a": {"b": 1}}, {}, [("value.a.b", DIFFERENT, UNSET, 1)]),
    ({"a": None}, {}, [("value.a", DIFFERENT, UNSET, None)]),
    ({}, {"a": None}, [("value.a", DIFFERENT, None, UNSET)]),
    ({"a": ""}, {}, [("value.a", DIFFERENT, UNSET, "")]),
    ({"a": {}}, {}, [("value.a", DIFFERENT, UNSET, {})]),
    ({"a": "1e3"}, {"a": "1e3"}, []),
    ({"a": "1e3"}, {"a": "1000.0"}, [("value.a", DIFFERENT, "1000.0", "1e3")]),
    ({"a": UNMANAGED, "b": 1}, {"a": 5, "b": 1}, []),
    ({"a": UNMANAGED, "b": 1}, {"b": 1}, []),
    ({"a": {"b": UNMANAGED}}, {"a": {"b": MASKED, "c": 1}}, [("value.a.c", DIFFERENT, 1, UNSET)]),
    (
        {"p": "x", "q": 1},
        {"p": MASKED, "q": 2},
        [("value.p", UNVERIFIABLE, MASKED, "x"), ("value.q", DIFFERENT, 2, 1)],
    ),
    ({"p": ["x", {"y": 1}]}, {"p": MASKED}, [("value.p", UNVERIFIABLE, MASKED, ["x", {"y": 1}])]),
    ({}, {"p": MASKED}, [("value.p", DIFFERENT, MASKED, UNSET)]),
    ([1, 2], [1, 3], [("value", DIFFERENT, [1, 3], [1, 2])]),
    ([1, 2], [1], [("value", DIFFERENT, [1], [1, 2])]),
    ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 3}], [("value[1].a", DIFFERENT, 3, 2)]),
    ([{"a": 1}], [{"a": 1}, {"a": 2}], [("value", DIFFERENT, [{"a": 1}, {"a": 2}], [{"a": 1}])]),
    (["a", "b"], [MASKED, "b"], [("value[0]", UNVERIFIABLE, MASKED, "a")]),
    (["a", "b"], [MASKED, "c"], [("value[0]", UNVERIFIABLE, MASKED, "a"), ("value[1]", DIFFERENT, "c", "b")]),
    ([["a"]], [[MASKED]], [("value[0][0]", UNVERIFIABLE, MASKED, "a")]),
    ([[1]], [1], [("value[0]", DIFFERENT, 1, [1])]),
    ("text", {"a": 1}, [("value", DIFFERENT, {"a": 1}, "text")]),
    ({"a": 1}, "text", [("value", DIFFERENT, "text", {"a": 1})]),
    ({"a": 1}, MASKED, [("value", UNVERIFIABLE, MASKED, {"a": 1})]),
    ({"a": math.nan}, {"a": math.nan}, []),
]


@pytest.mark.parametrize(("desired", "live", "expected"), DEEP)
def test_leaf_by_leaf(desired: Any, live: Any, expected: list[tuple[str, Verdict, Any, Any]]) -> None:
    assert differences(desired, live) == expected


TEXTS: list[tuple[str, str, list[str]]] = [
    ('{"a":1,"b":[1,2]}', '{"b": [1, 2], "a": 1}', []),
    ('{"a": "\\u00e9"}', '{"a": "é"}', []),
    ('{"a": 1}', '{"a": 1.0}', ["value.a"]),
    ('{"a": 1}', '{"a": true}', ["value.a"]),
    ('{"a": 1e3}', '{"a": 1000.0}', []),
    ('{"a": 1, "a": 2}', '{"a": 2}', []),
    ('{"a": NaN}', '{"a": NaN}', []),
    ('{"p": "pw"}', '{"p": "***"}', ["value.p"]),
    ("1e3", "1000.0", []),
    ("1.10", "1.1", []),
    ("NaN", "NaN", []),
    ("007", "007", []),
    ("007", "7", ["value"]),
    ("1", "1.0", ["value"]),
    ("true", "true", []),
    ("true", "1", ["value"]),
    ('"é"', '"\\u00e9"', []),
    ('"text"', "text", ["value"]),
    ("text ", "text", ["value"]),
    ("null", "null", []),
    ("", "", []),
]


@pytest.mark.parametrize(("typed", "answered", "paths"), TEXTS)
def test_texts_of_variables_are_compared_as_airflow_answers_them(
    typed: str, answered: str, paths: list[str]
) -> None:
    live = VARIABLE.read({"key": "x", "value": answered, "description": None})
    found = compare_fields({"value": typed, "description": UNSET}, live, VARIABLE.as_read)
    assert [render_path(leaf.path) for leaf in found] == paths


def test_fields_come_in_their_order_and_unmanaged_ones_not_at_all() -> None:
    desired = {"b": 1, "a": 1, "c": UNMANAGED, "d": "x"}
    live = {"a": 2, "b": 2, "c": 2, "d": MASKED, "e": 2}
    found = compare_fields(desired, live, lambda _field, value: value)
    assert found == (
        FieldDiff(("b",), DIFFERENT, 2, 1),
        FieldDiff(("a",), DIFFERENT, 2, 1),
        FieldDiff(("d",), UNVERIFIABLE, MASKED, "x"),
    )


def test_a_masked_json_text_is_compared_where_it_is_masked() -> None:
    live = unmask_json({"url": "https://u:***@h/db", "keys": ["***"]})
    assert differences({"url": "https://u:pw@h/db", "keys": ["k"]}, live) == [
        ("value.url", UNVERIFIABLE, Masked(("https://u:", "@h/db")), "https://u:pw@h/db"),
        ("value.keys[0]", UNVERIFIABLE, MASKED, "k"),
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("value",), "value"),
        (("value", "thresholds", "high"), "value.thresholds.high"),
        (("value", "hosts", 2), "value.hosts[2]"),
        (("value", 0, "a"), "value[0].a"),
        (("value", "a.b"), 'value["a.b"]'),
        (("value", "a b", "c"), 'value["a b"].c'),
        (("value", ""), 'value[""]'),
        (("value", 'say "hi"\\'), 'value["say \\"hi\\"\\\\"]'),
        (("value", "größe-1_x"), "value.größe-1_x"),
        ((), ""),
    ],
)
def test_paths_are_written_as_people_write_them(path: tuple[str | int, ...], text: str) -> None:
    assert render_path(path) == text
