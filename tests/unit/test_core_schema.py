"""What a plain scalar means: the core schema of YAML 1.2, and nothing of YAML 1.1."""

from __future__ import annotations

import math
from typing import Any

import pytest

from envctl.errors import Position
from envctl.model.node import Scalar
from tests.unit.trees import read_variables

HERE = Position("f.yaml", 1, 1)
THIRTY_DIGITS = "123456789012345678901234567890"

CORE: list[tuple[str, Any]] = [
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("tRue", "tRue"),
    ("2026-01-01", "2026-01-01"),
    ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
    ("12:30:45", "12:30:45"),
    ("1_000", "1_000"),
    ("0b1", "0b1"),
    ("07", 7),
    ("010", 10),
    ("0o17", 15),
    ("0o18", "0o18"),
    ("0x1F", 31),
    ("0x1f", 31),
    ("-0x1F", "-0x1F"),
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("-12", -12),
    (THIRTY_DIGITS, int(THIRTY_DIGITS)),
    ("1.10", 1.1),
    ("1.", 1.0),
    (".5", 0.5),
    ("-.5", -0.5),
    (".", "."),
    ("-", "-"),
    ("1e3", 1000.0),
    ("1E+3", 1000.0),
    ("1.5e-3", 0.0015),
    ("e3", "e3"),
    ("1.2.3", "1.2.3"),
    ("1,000", "1,000"),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    (".iNf", ".iNf"),
    ("inf", "inf"),
    ("nan", "nan"),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nUll", "nUll"),
    ("", None),
    ("None", "None"),
    ("١٢", "١٢"),
    ("\u017f", "\u017f"),
]


@pytest.mark.parametrize(("text", "meaning"), CORE)
def test_a_plain_scalar(text: str, meaning: Any) -> None:
    value = Scalar(text, plain=True, position=HERE).core_value()
    assert value == meaning
    assert type(value) is type(meaning)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    value = Scalar(text, plain=True, position=HERE).core_value()
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", [text for text, _ in CORE])
def test_what_is_no_plain_scalar_is_its_text(text: str) -> None:
    scalar = Scalar(text, plain=False, position=HERE)
    assert scalar.core_value() == text
    assert not scalar.is_null


AS_TYPED = [
    *(text for text, meaning in CORE if meaning is not None and text not in (".", "-", "١٢", "\u017f")),
    "1.10",
    "007",
    "-.nan",
    "a: b",
    "trailing space ",
    "#hash",
    "%percent",
]


@pytest.mark.parametrize("text", AS_TYPED)
def test_a_variable_is_stored_as_typed_in_either_quotes(text: str) -> None:
    quoted = read_variables(f"variables:\n  single: '{text}'\n  double: \"{text}\"\n")
    assert quoted.field("variable/single") == text
    assert quoted.field("variable/double") == text


@pytest.mark.parametrize("text", [text for text, meaning in CORE if meaning is not None and text != "-"])
def test_a_plain_variable_is_stored_as_typed(text: str) -> None:
    typed = read_variables(f"variables:\n  short: {text}\n  long: {{value: {text.replace(',', '')}}}\n")
    assert typed.field("variable/short") == text
    assert typed.field("variable/long") == text.replace(",", "")


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("|\n    a\n     b\n\n    c\n", "a\n b\n\nc\n"),
        ("|-\n    a\n    b\n", "a\nb"),
        ("|+\n    a\n", "a\n\n"),
        (">\n    a\n    b\n\n    c\n", "a b\nc\n"),
        ('|\n    {"a":  1}\n', '{"a":  1}\n'),
        ("|\n    $${NOT_A_REFERENCE}\n", "${NOT_A_REFERENCE}\n"),
        ("'it''s'", "it's"),
        ('"tab\\tnewline\\n\\u00e9"', "tab\tnewline\né"),
    ],
)
def test_blocks_and_escapes(block: str, text: str) -> None:
    assert read_variables(f"variables:\n  x: {block}\n").field("variable/x") == text


JSON_LEAVES = """\
variables:
  x:
    value:
      integer: 5
      padded: 010
      octal: 0o17
      hexadecimal: 0x1F
      float: 1.10
      exponent: 1e3
      point: .5
      long: 123456789012345678901234567890
      truth: true
      null_word: null
      tilde: ~
      nothing:
      word: no
      date: 2026-01-01
      underscore: 1_000
      quoted: '5'
      tagged: !!str 5
      empty: ''
      list: [1, 1.0, yes, ~, [], {}]
      5: key
      1.10: key
      null: key
"""


def test_json_leaves_are_typed_by_the_core_rules() -> None:
    value = read_variables(JSON_LEAVES).field("variable/x")
    expected: dict[str, Any] = {
        "integer": 5,
        "padded": 10,
        "octal": 15,
        "hexadecimal": 31,
        "float": 1.1,
        "exponent": 1000.0,
        "point": 0.5,
        "long": int(THIRTY_DIGITS),
        "truth": True,
        "null_word": None,
        "tilde": None,
        "nothing": None,
        "word": "no",
        "date": "2026-01-01",
        "underscore": "1_000",
        "quoted": "5",
        "tagged": "5",
        "empty": "",
        "list": [1, 1.0, "yes", None, [], {}],
        "5": "key",
        "1.10": "key",
        "null": "key",
    }
    assert value == expected
    assert {key: type(leaf) for key, leaf in value.items()} == {k: type(v) for k, v in expected.items()}
    assert [type(item) for item in value["list"]] == [int, float, str, type(None), list, dict]


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan", "1e999", "-1e999", "9" * 400 + ".0"])
def test_what_no_json_can_hold_is_refused_in_json_only(text: str) -> None:
    mistakes = read_variables(f"variables:\n  x: {{value: {{a: {text}}}}}\n").mistakes
    place = "tree/dev/a.yaml:2:15: variable 'x': value.a"
    assert mistakes == [f"{place} is no number that JSON can hold; quote it if it is meant as text"]
    assert read_variables(f"variables:\n  x: {{value: {{a: '{text}'}}}}\n").field("variable/x") == {"a": text}
    assert read_variables(f"variables:\n  x: {text}\n").field("variable/x") == text


def test_a_number_of_too_many_digits_is_refused() -> None:
    digits = "9" * 4301
    leaf = read_variables(f"variables:\n  x: [{digits}]\n").mistakes
    assert leaf == [
        "tree/dev/a.yaml:2:7: variable 'x': value[0] has more digits than Airflow can read (4,300)"
    ]
    (whole,) = read_variables(f"variables:\n  x: {digits}\n").mistakes
    assert "would break the list of Variables for everyone" in whole
    assert read_variables(f"variables:\n  x: ['{digits}']\n").field("variable/x") == [digits]
