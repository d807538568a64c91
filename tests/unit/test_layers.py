"""One layer laid over another: mapping by mapping, and the three tags that change that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.errors import Diagnostic, Position
from envctl.model.node import Mapping, Node, Scalar, Sequence
from envctl.model.value import UNMANAGED
from envctl.spec.layers import overlay
from envctl.spec.yaml_reader import read_yaml
from tests.unit.trees import BASED, read

HERE = Position("f.yaml", 1, 1)


def plain(node: Node) -> object:
    """Return a node as plain data; what still has a tag shows it."""
    if isinstance(node, Mapping):
        value: object = {key: plain(child) for key, child in node.entries.items()}
    elif isinstance(node, Sequence):
        value = [plain(item) for item in node.items]
    else:
        value = node.core_value()
    return (node.tag, value) if node.tag else value


def parsed(text: str) -> Mapping:
    node = read_yaml(text.encode(), "f.yaml", [])
    assert isinstance(node, Mapping)
    return node


def laid(*layers: str) -> object:
    found: list[Diagnostic] = []
    result = Mapping({}, {}, HERE)
    for layer in layers:
        result = overlay(result, parsed(layer), found)
    assert not found
    return plain(result)


MERGES = [
    pytest.param("{a: 1}", "{b: 2}", {"a": 1, "b": 2}, id="side by side"),
    pytest.param("{a: 1}", "{a: 2}", {"a": 2}, id="scalar over scalar"),
    pytest.param(
        "{a: {b: 1, c: 2}}", "{a: {c: 3, d: 4}}", {"a": {"b": 1, "c": 3, "d": 4}}, id="mappings merge"
    ),
    pytest.param(
        "{a: {b: {c: {d: 1}}}}", "{a: {b: {c: {e: 2}}}}", {"a": {"b": {"c": {"d": 1, "e": 2}}}}, id="deep"
    ),
    pytest.param("{a: [1, 2, 3]}", "{a: [4]}", {"a": [4]}, id="lists are replaced"),
    pytest.param("{a: [{b: 1}]}", "{a: [{c: 2}]}", {"a": [{"c": 2}]}, id="also lists of mappings"),
    pytest.param("{a: {b: 1}}", "{a: 2}", {"a": 2}, id="scalar over mapping"),
    pytest.param("{a: 1}", "{a: {b: 2}}", {"a": {"b": 2}}, id="mapping over scalar"),
    pytest.param("{a: {b: 1}}", "{a: {}}", {"a": {"b": 1}}, id="an empty mapping changes nothing"),
    pytest.param("{a: {b: 1}}", "{a: ~}", {"a": None}, id="null replaces, to be refused later"),
    pytest.param("{a: 1, b: 2}", "{a: !remove }", {"b": 2}, id="remove"),
    pytest.param("{a: {b: 1, c: 2}}", "{a: {b: !remove }}", {"a": {"c": 2}}, id="remove below"),
    pytest.param("{a: {b: 1}}", "{a: !remove {b: 1}}", {}, id="remove, whatever stands behind it"),
    pytest.param("{a: {b: 1}}", "{a: !replace {c: 2}}", {"a": {"c": 2}}, id="replace"),
    pytest.param("{a: {b: {c: 1}}}", "{a: {b: !replace {}}}", {"a": {"b": {}}}, id="replace by nothing"),
    pytest.param("{a: 1}", "{a: !replace 5}", {"a": 5}, id="replace by a scalar, which stays a number"),
    pytest.param("{a: 1}", "{a: !replace [x]}", {"a": ["x"]}, id="replace by a list"),
    pytest.param(
        "{a: !replace {b: 1}}", "{a: {c: 2}}", {"a": {"b": 1, "c": 2}}, id="replace ends where it stands"
    ),
    pytest.param(
        "{}", "{a: !replace {b: !replace {c: 1}}}", {"a": {"b": {"c": 1}}}, id="replace in a replace"
    ),
    pytest.param("{a: 1}", "{a: !unmanaged }", {"a": ("!unmanaged", None)}, id="unmanaged over a scalar"),
    pytest.param(
        "{a: {b: 1}}", "{a: !unmanaged {}}", {"a": ("!unmanaged", {})}, id="unmanaged over a mapping"
    ),
    pytest.param("{a: !unmanaged {}}", "{a: {b: 1}}", {"a": {"b": 1}}, id="managed again"),
    pytest.param("{a: !unmanaged {z: 1}}", "{a: {b: 1}}", {"a": {"b": 1}}, id="nothing of it is left"),
    pytest.param("{a: !unmanaged }", "{a: 1}", {"a": 1}, id="managed again, as a scalar"),
    pytest.param(
        "{a: {b: !unmanaged }}", "{a: {c: 1}}", {"a": {"b": ("!unmanaged", None), "c": 1}}, id="beside"
    ),
]


@pytest.mark.parametrize(("below", "over", "expected"), MERGES)
def test_two_layers(below: str, over: str, expected: object) -> None:
    assert laid(below, over) == expected


def test_three_layers() -> None:
    assert laid("{a: 1, b: {c: 1, d: 1}}", "{b: {c: !remove , e: 2}}", "{a: !remove , b: {c: 3}}") == {
        "b": {"d": 1, "e": 2, "c": 3}
    }


@pytest.mark.parametrize("over", ["{a: !remove }", "{a: {b: !remove }}", "{a: !replace {b: !remove }}"])
def test_removing_what_is_not_there_is_a_warning(over: str) -> None:
    found: list[Diagnostic] = []
    overlay(Mapping({}, {}, HERE), parsed(over), found)
    (warning,) = found
    assert warning.severity == "warning"
    assert "which no layer below has" in warning.message


def test_the_layers_themselves_stay_as_they_are() -> None:
    below, over = parsed("{a: {b: 1}, c: 1}"), parsed("{a: {b: 2}, c: !remove }")
    overlay(below, over, [])
    assert plain(below) == {"a": {"b": 1}, "c": 1}


def test_a_key_stands_where_it_was_last_written() -> None:
    both = overlay(parsed("a: {b: 1}\nc: 1\n"), parsed("# one line down\na: {d: 1}\n"), [])
    assert (both.keys["a"].line, both.keys["c"].line) == (2, 2)
    inner = both.entries["a"]
    assert isinstance(inner, Mapping)
    assert (inner.keys["b"].line, inner.keys["d"].line) == (1, 2)


def node_of(value: object) -> Node:
    if isinstance(value, dict):
        return Mapping({k: node_of(v) for k, v in value.items()}, dict.fromkeys(value, HERE), HERE)
    return Scalar(str(value), plain=True, position=HERE)


trees = st.recursive(
    st.integers(0, 9), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
).filter(lambda value: isinstance(value, dict))


def merged(below: object, over: object) -> object:
    if not isinstance(below, dict) or not isinstance(over, dict):
        return over
    return {
        key: merged(below.get(key), over[key]) if key in over else below[key] for key in {**below, **over}
    }


@given(trees, trees)
def test_untagged_layers_merge_as_mappings_do(below: object, over: object) -> None:
    lower, upper = node_of(below), node_of(over)
    assert isinstance(lower, Mapping)
    assert isinstance(upper, Mapping)
    found: list[Diagnostic] = []
    assert plain(overlay(lower, upper, found)) == merged(below, over)
    assert plain(overlay(upper, upper, found)) == over
    assert not found


ENTRIES = [
    pytest.param("500", "{description: d}", "500", "d", id="shorthand below, long form above"),
    pytest.param("{value: 500, description: d}", "600", "600", "d", id="long form below, shorthand above"),
    pytest.param("500", "{value: {a: 1}}", {"a": 1}, None, id="object over text"),
    pytest.param("{value: {a: 1, b: 1}}", "{value: {b: 2}}", {"a": 1, "b": 2}, None, id="objects merge"),
    pytest.param("{value: {a: 1, b: 1}}", "{value: !replace {b: 2}}", {"b": 2}, None, id="object replaced"),
    pytest.param("[1, 2]", "[3]", [3], None, id="list over list"),
    pytest.param(
        "{value: 1, description: d}", "!replace 5", "5", None, id="shorthand that replaces the entry"
    ),
    pytest.param("{value: 1, description: d}", "!replace {value: 5}", "5", None, id="entry replaced"),
    pytest.param("{value: 1, description: d}", "{description: !remove }", "1", None, id="field removed"),
    pytest.param("{value: 1, description: d}", "!unmanaged", UNMANAGED, "d", id="shorthand left alone"),
    pytest.param(
        "{value: 1, description: d}", "{description: !unmanaged }", "1", UNMANAGED, id="field left alone"
    ),
    pytest.param(
        "{value: {a: 1, b: 2}}", "{value: {a: !unmanaged }}", {"a": UNMANAGED, "b": 2}, None, id="leaf"
    ),
    pytest.param("{value: {a: 1}}", "{value: !unmanaged {}}", UNMANAGED, None, id="object left alone"),
    pytest.param("[1]", "!unmanaged [2]", UNMANAGED, None, id="list left alone"),
    pytest.param(
        "{value: {a: 1}}", "{value: {a: !unmanaged {b: 1}}}", {"a": UNMANAGED}, None, id="mapping left alone"
    ),
]


@pytest.mark.parametrize(("base", "dev", "value", "description"), ENTRIES)
def test_entries_of_two_layers(base: str, dev: str, value: object, description: object) -> None:
    found = read(
        {
            "base/a.yaml": f"variables:\n  x: {base}\n",
            "dev/environment.yaml": BASED,
            "dev/a.yaml": f"variables:\n  x: {dev}\n",
        }
    )
    assert found.field("variable/x") == value
    got = found.field("variable/x", "description")
    assert got == description or (description is None and repr(got) == "<unset>")
