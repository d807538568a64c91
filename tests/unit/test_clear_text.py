"""Secrets in an editor come back as they were, and no complaint about them repeats any."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envctl.cli.clear_text import Mistakes, taken_back, written_out
from envctl.model.secret import Secret
from envctl.stages.strongbox import label_of

NAMES = st.sampled_from(["a", "on", "null", "_x", "a.b-c", "y"])
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufdd0\ufdd1\ufdd2")
TEXTS = st.text(CHARACTERS, min_size=1).filter(lambda text: text != "***")


def secrets(values: dict[str, str]) -> dict[str, Secret]:
    return {name: Secret(value, label_of(name)) for name, value in values.items()}


@given(st.dictionaries(NAMES, TEXTS))
@example({"a": "${X} 'é' \"q\"", "on": "no", "y": "010", "null": "~"})
@example({"a": "-----BEGIN-----\nx\n-----END-----\n", "on": " a \n b\t\n\n"})
@example({"a": "\r\n", "on": "\x85\u2028\ufeff\x00\x1b", "y": "#"})
def test_they_come_back_as_they_were(values: dict[str, str]) -> None:
    assert taken_back(written_out("f", secrets(values)).encode()) == secrets(values)


def test_texts_are_taken_as_they_are_typed() -> None:
    text = b"a: 010\nb: no\nc: 1.10\nd: |\n  x\n  y\ne: ${X}\nf: $${X}\n"
    assert taken_back(text) == secrets(
        {"a": "010", "b": "no", "c": "1.10", "d": "x\ny\n", "e": "${X}", "f": "$${X}"}
    )


@pytest.mark.parametrize(
    "text",
    [
        "pw: !hunter22",
        "pw: *hunter22",
        "pw: %hunter22",
        "pw: `hunter22",
        "pw: [hunter22]",
        "pw: {hunter22: x}",
        "pw: 'hunter22",
        "pw: a: hunter22",
        "hunter22",
        "pw hunter22\nx: y",
        "hunter22 pw: x",
        "- hunter22",
        "hunter22: a\nhunter22: b",
        "pw:\n\thunter22",
        "pw: ''",
        "pw:",
        "pw: '***'",
        "pw: !remove hunter22",
        "? [hunter22]\n: x",
        "pw: &hunter22",
        "---\npw: hunter22\n---\npw: hunter22",
        "pw: ${hunter22 # x}",
        "pw: hunter22\x00",
        "pw: hunter22\udcff",
    ],
)
def test_mistakes_say_where_and_nothing_else(text: str) -> None:
    with pytest.raises(Mistakes) as error:
        taken_back(text.encode(errors="surrogateescape"))
    assert all(line.startswith("line ") for line in error.value.lines)
    assert "hunter22" not in f"{error.value.lines} {error.value!r}"


def test_nothing_left() -> None:
    assert taken_back(b"# only words\n") == {}
