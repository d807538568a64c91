"""Changes to an encrypted file leave every other character as it is."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from envctl.secrets.age.editing import Edit, edited, new_text

BLOCK = """\
# About this file.
recipients:
  # Ana's laptop
  - age1ana
  - age1ben  # Ben

secrets:
  # the database
  b_pw: AAA=   # rotated in May
  d_pw: |
    BBB
    CCC
  # the last one
  f_pw: "DDD"
# the end
"""


def test_a_value_is_replaced_where_it_stands() -> None:
    assert edited(BLOCK, Edit({"b_pw": "NEW"})) == BLOCK.replace("AAA=", "NEW")
    assert edited(BLOCK, Edit({"f_pw": "NEW"})) == BLOCK.replace('"DDD"', "NEW")
    assert edited(BLOCK, Edit({"d_pw": "NEW"})) == BLOCK.replace("|\n    BBB\n    CCC", "NEW")


def test_an_entry_goes_and_comments_stay() -> None:
    assert edited(BLOCK, Edit(removed=frozenset({"d_pw"}))) == BLOCK.replace(
        "  d_pw: |\n    BBB\n    CCC\n", ""
    )
    gone = edited(BLOCK, Edit(removed=frozenset({"b_pw", "f_pw"})))
    assert "# the database" in gone
    assert "# the last one" in gone
    assert "# the end" in gone


def test_an_entry_comes_in_behind_the_name_before_it() -> None:
    assert edited(BLOCK, Edit({"a_pw": "NEW"})) == BLOCK.replace("secrets:\n", "secrets:\n  a_pw: NEW\n")
    assert edited(BLOCK, Edit({"c_pw": "NEW"})) == BLOCK.replace("in May\n", "in May\n  c_pw: NEW\n")
    assert edited(BLOCK, Edit({"z": "1", "g": "2"})) == BLOCK.replace('DDD"\n', 'DDD"\n  g: 2\n  z: 1\n')


def test_recipients_come_and_go() -> None:
    assert edited(BLOCK, Edit(recipients=("age1ben", "age1cem"))) == BLOCK.replace(
        "  - age1ana\n", ""
    ).replace("Ben\n", "Ben\n  - age1cem\n")
    assert edited(BLOCK, Edit(recipients=("age1ana", "age1ben"))) == BLOCK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recipients: [a, b]\nsecrets: {x: 1}", "recipients: [a, b]\nsecrets:\n  x: 1\n  y: 2"),
        ("recipients: [a, b]\nsecrets: {}\n", "recipients: [a, b]\nsecrets:\n  y: 2\n"),
        ("recipients: [a, b]\nsecrets:\n", "recipients: [a, b]\nsecrets:\n  y: 2\n"),
        ("recipients: [a, b]\nsecrets: ~\n", "recipients: [a, b]\nsecrets:\n  y: 2\n"),
        ("recipients: [a, b]", "recipients: [a, b]\nsecrets:\n  y: 2\n"),
        (
            "recipients: [a, b]\r\nsecrets:\r\n  x: 1\r\n",
            "recipients: [a, b]\r\nsecrets:\r\n  x: 1\r\n  y: 2\r\n",
        ),
        ("recipients: [a, b]\nsecrets:\n  x: 1", "recipients: [a, b]\nsecrets:\n  x: 1\n  y: 2\n"),
    ],
)
def test_other_ways_to_write_it(text: str, expected: str) -> None:
    assert edited(text, Edit({"y": "2"})) == expected


def test_recipients_in_one_line_are_written_below_each_other() -> None:
    text = "recipients: [a, b]\nsecrets: {x: 1}\n"
    assert edited(text, Edit({"x": "2"}, recipients=("a", "c"))) == (
        "recipients:\n  - a\n  - c\nsecrets: {x: 2}\n"
    )


NAMES = st.text("abc", min_size=1, max_size=2)


@given(
    old=st.dictionaries(NAMES, st.just("OLD"), max_size=5),
    new=st.dictionaries(NAMES, st.just("NEW"), max_size=4),
    gone=st.sets(NAMES, max_size=4),
    recipients=st.lists(st.sampled_from("pqrs"), min_size=1, max_size=4, unique=True),
    block=st.booleans(),
)
def test_what_comes_out_says_what_was_asked_for(
    old: dict[str, str], new: dict[str, str], gone: set[str], recipients: list[str], *, block: bool
) -> None:
    text = new_text(["p", "q"], old)
    if not block:
        text = f"recipients: [p, q]\nsecrets: {json.dumps(old)}\n"
    removed = frozenset(gone - new.keys())
    said = yaml.safe_load(edited(text, Edit(new, removed, recipients)))
    wanted = {name: value for name, value in {**old, **new}.items() if name not in removed}
    assert (said["secrets"] or {}) == wanted
    assert set(said["recipients"]) == set(recipients)
