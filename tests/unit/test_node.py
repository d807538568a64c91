"""Finding one's way in a tree of nodes."""

from __future__ import annotations

import pytest

from envctl.errors import Position
from envctl.model.node import Mapping, Node, Scalar, at_path, describe, walk
from envctl.spec.yaml_reader import read_yaml

TEXT = "a:\n  b: [1,\n      {c: 2}]\nd: ~\n"
ELSEWHERE = Position("g.yaml", 9, 9)


def root() -> Mapping:
    node = read_yaml(TEXT.encode(), "f.yaml", [])
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), "1:1"),
        (("a", "b"), "2:3"),
        (("a", "b", 0), "2:7"),
        (("a", "b", 1), "3:7"),
        (("a", "b", 1, "c"), "3:8"),
        (("a", "b", 2), "2:3"),
        (("a", "b", "c"), "2:3"),
        (("a", 0), "1:1"),
        (("a", "gone", "further"), "1:1"),
        (("d", "x"), "4:1"),
        ((), "1:1"),
        (("gone",), "1:1"),
    ],
)
def test_the_deepest_place_of_a_path(path: tuple[str | int, ...], place: str) -> None:
    assert str(at_path(root(), path)) == f"f.yaml:{place}"


def test_the_place_where_the_whole_stands() -> None:
    assert at_path(root(), ("gone",), ELSEWHERE) == ELSEWHERE
    assert at_path(root(), (), ELSEWHERE) == ELSEWHERE
    assert at_path(root(), ("d",), ELSEWHERE).line == 4


def test_walking_meets_every_node_in_the_order_of_the_file() -> None:
    lines = [(type(node).__name__, node.position.line, node.position.column) for node in walk(root())]
    assert lines == [
        ("Mapping", 1, 1),
        ("Mapping", 2, 3),
        ("Sequence", 2, 6),
        ("Scalar", 2, 7),
        ("Mapping", 3, 7),
        ("Scalar", 3, 11),
        ("Scalar", 4, 4),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "a mapping"),
        ("[]", "a list"),
        ("x", "a single value"),
        ("''", "a single value"),
        ("~", "nothing (null)"),
    ],
)
def test_describing_a_node_without_its_content(text: str, words: str) -> None:
    holder = read_yaml(f"a: {text}".encode(), "f.yaml", [])
    assert isinstance(holder, Mapping)
    node: Node = holder.entries["a"]
    assert describe(node) == words
    assert isinstance(node, Scalar) is (words in ("a single value", "nothing (null)"))


def test_a_place_without_lines() -> None:
    assert str(Position("ENVCTL_X", 0, 0)) == "ENVCTL_X"
