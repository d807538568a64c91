"""YAML that cannot be read: one clear finding, at the right place, whatever the file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.model.node import Mapping, Scalar, Sequence
from envctl.spec import placeholders
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from envctl.errors import Diagnostic

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
LONG_TEXTS = f"t: &t '{'x' * 1_000_000}'\nl: [{','.join(['*t'] * 2000)}]"


def findings(data: str | bytes) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    read_yaml(data.encode() if isinstance(data, str) else data, "f.yaml", found)
    return found


BROKEN = [
    pytest.param("\ta: 1", "1:1", "a tab in the indentation", id="tab at the start"),
    pytest.param("a:\n\tb: 1", "2:1", "a tab in the indentation", id="tab below a key"),
    pytest.param("a:\n  b: 1\n \tc: 2", "3:2", "a tab in the indentation", id="tab behind a space"),
    pytest.param("a:\n  - 1\n\t- 2", "3:1", "a tab in the indentation", id="tab before an item"),
    pytest.param("é: 1\nbé\xe9: \xff".encode("latin-1"), "1:1", "not UTF-8", id="latin-1"),
    pytest.param(b"a: 1\nb: \xc3\xa9\xff", "2:5", "not UTF-8", id="counts characters, not bytes"),
    pytest.param(b"\xef\xbb\xbfa: \xff", "1:4", "not UTF-8", id="behind a byte order mark"),
    pytest.param("a: 1".encode("utf-16"), "1:1", "not UTF-8", id="utf-16"),
    pytest.param("ü: x\n  b: \x07", "2:6", "U+0007", id="control character"),
    pytest.param("a: b\x00", "1:5", "U+0000", id="null character"),
    pytest.param("a: 1\nb: 2\na: 3", "3:1", "'a' stands here twice, first in line 1", id="duplicate key"),
    pytest.param("x:\n  - {k: 1, k: 2}", "2:12", "'k' stands here twice, first in line 2", id="in a list"),
    pytest.param('1: a\n"1": b', "2:1", "'1' stands here twice", id="duplicate, quoted differently"),
    pytest.param(
        "a: !!python/object:os.system x", "1:4", "unknown tag !!python/object:os.system", id="!!python"
    ),
    pytest.param("a: !secret x", "1:4", "unknown tag !secret", id="unknown tag"),
    pytest.param("a: !!int 5", "1:4", "unknown tag !!int", id="type tag"),
    pytest.param("a: [1, !x {b: 1}]", "1:8", "unknown tag !x", id="unknown tag in a list"),
    pytest.param("!x a: 1", "1:1", "unknown tag !x", id="unknown tag of a key"),
    pytest.param("!remove a: 1", "1:1", "a key cannot be !remove", id="own tag of a key"),
    pytest.param("? [a, b]\n: 1", "1:3", "a key must be a single value", id="key that is a list"),
    pytest.param("x: &x {a: 1}\ny:\n  <<: *x", "3:3", "merge keys '<<'", id="merge key"),
    pytest.param("a: 1\n---\nb: 1", "2:1", "a second document starts here", id="two documents"),
    pytest.param("a: *nowhere", "1:4", "found undefined alias", id="undefined alias"),
    pytest.param("a: [*]", "1:6", "while scanning an alias", id="unquoted glob"),
    pytest.param("a: b: c", "1:5", "mapping values are not allowed", id="colon in a text"),
    pytest.param("a: [1,\n 2", "3:1", "that begins in line 1", id="list that is not closed"),
    pytest.param("a: 'x\ny: 1", "2:5", "quoted scalar that begins in line 1", id="quote that is not closed"),
    pytest.param("a: @x", "1:4", "cannot start any token", id="reserved indicator"),
    pytest.param('a: "\\q"', "1:5", "unknown escape character", id="unknown escape"),
    pytest.param(BOMB, "5:5", "aliases make this document explode", id="alias bomb"),
    pytest.param(LONG_TEXTS, "2:4", "aliases make this document explode", id="bomb of long texts"),
    pytest.param("a: &a [*a]", "1:4", "nested deeper than 64 levels", id="alias within itself"),
    pytest.param("a: " + "[" * 100_000, "1:66", "nested deeper than 64 levels", id="100,000 brackets"),
    pytest.param("a: " + "{x: " * 100_000, "1:252", "nested deeper than 64 levels", id="100,000 braces"),
    pytest.param("- " * 100_000, "1:127", "nested deeper than 64 levels", id="100,000 dashes"),
]


@pytest.mark.parametrize(("data", "place", "words"), BROKEN)
def test_one_finding_at_its_place(data: str | bytes, place: str, words: str) -> None:
    (found,) = findings(data)
    assert str(found).startswith(f"f.yaml:{place}: ")
    assert words in found.message
    assert found.severity == "error"


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("a: @x", "quote a text that begins with @"),
        ("a: [*]", "quote a text that begins with *"),
        ("a: b: c", "quote a text that holds ': ', or look at the indentation"),
        ("a: !secret x", "known are !remove, !replace and !unmanaged"),
        ("a:\n\tb: 1", "YAML is indented with spaces"),
    ],
)
def test_says_what_to_do(data: str, hint: str) -> None:
    assert [found.hint for found in findings(data)] == [hint]


def test_mistakes_that_do_not_end_the_reading_are_all_found() -> None:
    found = findings("a: 1\na: 2\nb: !x 1\n<<: {}\nc: {d: 1, d: 2}\n")
    assert [str(one.position) for one in found] == ["f.yaml:2:1", "f.yaml:3:4", "f.yaml:4:1", "f.yaml:5:11"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing yet\n", b"---\n", b"--- # none\n...\n", b"~\n"])
def test_an_empty_file_is_fine(data: bytes) -> None:
    found: list[Diagnostic] = []
    assert read_yaml(data, "f.yaml", found) is None
    assert not found


def test_a_byte_order_mark_is_passed_over() -> None:
    found: list[Diagnostic] = []
    node = read_yaml(b"\xef\xbb\xbfa: 1\n", "f.yaml", found)
    assert isinstance(node, Mapping)
    assert list(node.entries) == ["a"]
    assert node.keys["a"].column == 1
    assert not found


def test_aliases_within_reason_are_read() -> None:
    found: list[Diagnostic] = []
    node = read_yaml(b"x: &x {a: 1}\ny: [*x, *x]\n", "f.yaml", found)
    assert not found
    assert isinstance(node, Mapping)


@pytest.mark.parametrize(
    ("text", "plain", "tag"),
    [
        ("5", True, ""),
        ("'5'", False, ""),
        ("!!str 5", False, ""),
        ("|\n  5", False, ""),
        ("!replace 5", True, "!replace"),
        ("!replace '5'", False, "!replace"),
        ("!unmanaged", True, "!unmanaged"),
    ],
)
def test_a_scalar_knows_whether_it_stood_there_plain(text: str, plain: bool, tag: str) -> None:  # noqa: FBT001
    found: list[Diagnostic] = []
    root = read_yaml(f"a: {text}\n".encode(), "f.yaml", found)
    assert isinstance(root, Mapping)
    node = root.entries["a"]
    assert isinstance(node, Scalar)
    assert (node.plain, node.tag) == (plain, tag)
    assert not found


def test_positions_of_keys_and_values_count_from_one() -> None:
    root = read_yaml("ü:\n  key: [1,\n    zwei]\n".encode(), "f.yaml", [])
    assert isinstance(root, Mapping)
    inner = root.entries["ü"]
    assert isinstance(inner, Mapping)
    assert str(root.keys["ü"]) == "f.yaml:1:1"
    assert str(inner.keys["key"]) == "f.yaml:2:3"
    assert str(inner.entries["key"].position) == "f.yaml:2:8"


PLACEHOLDERS = [
    ("${X}", "${X}"),
    ("a${X}b${Y:-z}", "a${X}b${Y:-z}"),
    ("$${literal}", "$${literal}"),
    ("'${X}'", "${X}"),
    ("'${X'", "${X"),
    ('"${X}"', "${X}"),
    ('"$${a", "b}"', "$${a"),
    ("${vault:ml/prod#pw}", "${vault:ml/prod#pw}"),
    ("${A:?it is needed}", "${A:?it is needed}"),
]


@pytest.mark.parametrize(("text", "value"), PLACEHOLDERS)
def test_a_placeholder_needs_no_quotes_in_a_list_or_mapping_in_one_line(text: str, value: str) -> None:
    found: list[Diagnostic] = []
    root = read_yaml(
        f"a: [{text}]\nb: {{${{k}}: {text.partition(', ')[0]}, c: 1}}\n".encode(), "f.yaml", found
    )
    assert found == []
    assert isinstance(root, Mapping)
    items, entries = root.entries["a"], root.entries["b"]
    assert isinstance(items, Sequence)
    assert isinstance(entries, Mapping)
    assert [items.items[0], entries.entries["${k}"]] == [
        Scalar(value, text[0] not in "'\"", one.position) for one in (items.items[0], entries.entries["${k}"])
    ]
    assert str(entries.keys["c"]).endswith(f":{len(text.partition(', ')[0]) + 13}")


@pytest.mark.parametrize("text", ["|\n  ${X} {y}\n", ">-\n  ${X} {y}", "${X} {y}", "'${X} {y}'  # ${"])
def test_a_placeholder_elsewhere_is_what_it_was(text: str) -> None:
    root = read_yaml(f"a: {text}".encode(), "f.yaml", [])
    assert isinstance(root, Mapping)
    node = root.entries["a"]
    assert isinstance(node, Scalar)
    assert str(node.text).rstrip("\n") == "${X} {y}"


@pytest.mark.parametrize("character", ["\ufdd0", "\ufdd1"])
def test_what_stands_for_braces_stands_in_no_file(character: str) -> None:
    (found,) = findings(f"a: x\nb: {character}")
    assert str(found) == f"f.yaml:2:4: a character that YAML does not allow, U+{ord(character):04X}"


@given(st.text(alphabet="${}:?'\", a\n\u00e9"))
def test_guarding_keeps_every_place_and_is_undone(text: str) -> None:
    guarded = placeholders.guarded(text)
    assert len(guarded) == len(text)
    assert placeholders.unguarded(guarded) == text
