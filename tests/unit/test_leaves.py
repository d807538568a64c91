"""Objects taken apart, and what stands above what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.engine.leaves import covered, covers, leaves_of
from envctl.kinds.connection import CONNECTION
from envctl.kinds.variable import VARIABLE
from envctl.model.change import render_path
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED, UNSET, Masked, unmask_json
from tests.unit.objects import desired

PW = Secret("pw", "${PW}")


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("value", "value"),
        ("value", "value.a"),
        ("value", "value[0]"),
        ("value", 'value["a.b"]'),
        ("value", 'value[""]'),
        ("value.a", "value.a.b"),
        ("value[0]", "value[0].a"),
        ("value[1]", "value[1][2]"),
        ('value["a.b"]', 'value["a.b"].c'),
        ('value["a"]["b"]', 'value["a"]["b"]'),
    ],
)
def test_what_stands_at_a_path_and_below(path: str, below: str) -> None:
    assert covers(path, below)
    assert covered(frozenset({"other", path}), below)


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("value", "value2"),
        ("value", "value_a"),
        ("value", "value-a"),
        ("value", ""),
        ("value.a", "value"),
        ("value.a", "value.ab"),
        ("value.a", "value.b.a"),
        ("value[1]", "value[10]"),
        ("value[1]", "value[1"),
        ("value.a.b", 'value["a.b"]'),
        ('value["a.b"]', "value.a.b"),
        ('value["a"]', 'value["a.b"]'),
        ('value["a\\"]', 'value["a"]'),
    ],
)
def test_what_only_looks_alike(path: str, other: str) -> None:
    assert not covers(path, other)
    assert not covered(frozenset({path}), other)
    assert not covered(frozenset(), other)


steps = st.text(alphabet='ab.[]"\\0 -_é\n', max_size=4) | st.integers(0, 12)
paths = st.lists(steps, max_size=3).map(lambda more: ("value", *more))


@given(paths, paths)
def test_paths_as_texts_stand_to_each_other_as_paths_do(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    same_types = [type(a) is type(b) for a, b in zip(one, other, strict=False)]
    above = other[: len(one)] == one and all(same_types)
    assert covers(render_path(one), render_path(other)) is above


def test_an_object_is_taken_apart() -> None:
    fields = {
        "conn_type": "http",
        "host": UNSET,
        "login": "",
        "schema": None,
        "port": 0,
        "password": PW,
        "description": UNMANAGED,
        "extra": {
            "a": {"b": 1, "c": [], "d": {}, "e": "", "n": None},
            "l": [True, PW, {"x": 1.0}],
            "m": MASKED,
            "p": Masked(("a", "")),
            "k.k": "dots",
            'q"\\': "quotes",
            "": "empty",
            "u": UNMANAGED,
        },
    }
    leaves = leaves_of(fields)
    assert leaves.readable == {
        "conn_type": '"http"',
        "port": "0",
        "extra.a.b": "1",
        "extra.a.c": "[]",
        "extra.a.d": "{}",
        "extra.a.e": '""',
        "extra.a.n": "null",
        "extra.l[0]": "true",
        "extra.l[2].x": "1.0",
        'extra["k.k"]': '"dots"',
        'extra["q\\"\\\\"]': '"quotes"',
        'extra[""]': '"empty"',
    }
    assert leaves.secrets == {"password": PW, "extra.l[1]": PW}
    assert leaves.masked == {"extra.m", "extra.p"}
    assert leaves.unmanaged == {"description", "extra.u"}


@pytest.mark.parametrize("empty", [None, "", {}, UNSET])
def test_a_field_that_is_empty_has_no_leaf(empty: Any) -> None:
    """Airflow does not tell one from another."""
    assert leaves_of({"value": empty}).readable == {}


@pytest.mark.parametrize("value", [0, False, [], 0.0, "0", " ", [None], {"a": None}, {"a": {}}])
def test_a_field_that_is_almost_empty_has_one(value: Any) -> None:
    assert len(leaves_of({"value": value}).readable) == 1


def test_a_masked_parent_is_one_leaf() -> None:
    leaves = leaves_of({"extra": MASKED, "password": MASKED})
    assert leaves.masked == {"extra", "password"}
    assert covered(leaves.masked, "extra.a.b")
    assert not covered(leaves.masked, "extras")


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("1.10", {"value": '"1.1"'}),
        ('{"b": 1, "a": [1e3]}', {"value.b": "1", "value.a[0]": "1000.0"}),
        ("{}", {}),
        ("[]", {"value": "[]"}),
        ("plain", {"value": '"plain"'}),
        ('"é"', {"value": json.dumps('"\\u00e9"')}),
    ],
)
def test_a_desired_text_has_the_leaves_that_airflow_answers(text: str, readable: dict[str, str]) -> None:
    fields = desired("variable/x", value=text).fields
    assert leaves_of(fields, VARIABLE.as_read).readable == readable
    stored = json.dumps(json.loads(text)) if text != "plain" else text
    live = VARIABLE.read({"key": "x", "value": stored, "description": None})
    assert leaves_of(live).readable == readable


def test_a_secret_is_never_taken_apart() -> None:
    one = Secret('{"a": 1}', "${DOC}")
    assert leaves_of({"value": one}, VARIABLE.as_read).secrets == {"value": one}


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=4), documents, max_size=3))
def test_what_is_applied_has_the_leaves_that_are_read(extra: dict[str, Any]) -> None:
    live = CONNECTION.read({**dict.fromkeys(desired("connection/c").fields), "extra": json.dumps(extra)})
    expected = leaves_of({"extra": extra}, CONNECTION.as_read)
    found = leaves_of(live)
    if not found.masked:
        assert found.readable == expected.readable


@given(st.text(max_size=12))
def test_any_text_has_the_leaves_that_are_read(text: str) -> None:
    try:
        stored = json.dumps(json.loads(text))
    except ValueError:
        stored = text
    live = unmask_json(VARIABLE.read({"key": "x", "value": stored, "description": None})["value"])
    assert leaves_of({"value": text}, VARIABLE.as_read).readable == leaves_of({"value": live}).readable or (
        "***" in text
    )
