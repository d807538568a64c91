"""How a placeholder is written, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.model.reference import BadReference, Reference, parse_template


def env(name: str, text: str, default: str | None = None, complaint: str | None = None) -> Reference:
    return Reference("env", name, text, default, complaint)


TEMPLATES: list[tuple[str, tuple[str | Reference, ...]]] = [
    ("", ("",)),
    ("plain", ("plain",)),
    ("${A}", (env("A", "${A}"),)),
    ("${env:A_1}", (env("A_1", "${env:A_1}"),)),
    ("${A:-}", (env("A", "${A:-}", default=""),)),
    ("${A:-b c:-d}", (env("A", "${A:-b c:-d}", default="b c:-d"),)),
    ("${env:A:-b}", (env("A", "${env:A:-b}", default="b"),)),
    ("${A:?}", (env("A", "${A:?}"),)),
    ("${A:?ask the team}", (env("A", "${A:?ask the team}", complaint="ask the team"),)),
    ("${param:region}", (Reference("param", "region", "${param:region}"),)),
    ("${param:a b}", (Reference("param", "a b", "${param:a b}"),)),
    ("${file:keys/a.pem}", (Reference("file", "keys/a.pem", "${file:keys/a.pem}"),)),
    ("${vault:ml/prod#pg@3}", (Reference("vault", "ml/prod#pg@3", "${vault:ml/prod#pg@3}"),)),
    ("${aws-secret:x#y}", (Reference("aws-secret", "x#y", "${aws-secret:x#y}"),)),
    ("a${A}b${B}", ("a", env("A", "${A}"), "b", env("B", "${B}"))),
    ("${A}${A}", (env("A", "${A}"), env("A", "${A}"))),
    ("$${A}", ("${A}",)),
    ("$$${A}", ("$${A}",)),
    ("a$${b}${C}", ("a${b}", env("C", "${C}"))),
    ("$A $(A) {A} $ {A} $$ %{A} {{ A }}", ("$A $(A) {A} $ {A} $$ %{A} {{ A }}",)),
    ("}", ("}",)),
    ("${A}}", (env("A", "${A}"), "}")),
    ("line\n${A}\n", ("line\n", env("A", "${A}"), "\n")),
]


@pytest.mark.parametrize(("text", "pieces"), TEMPLATES)
def test_what_is_read(text: str, pieces: tuple[str | Reference, ...]) -> None:
    assert parse_template(text) == pieces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${", "'${' is not closed"),
        ("a ${A", "'${' is not closed"),
        ("${A} ${B", "'${' is not closed"),
        ("${}", "${} is no reference"),
        ("${ A }", "${ A } is no reference"),
        ("${1A}", "${1A} is no reference"),
        ("${A-b}", "${A-b} is no reference"),
        ("${A.b}", "${A.b} is no reference"),
        ("${:-b}", "is no reference"),
        ("${env:}", "is no reference"),
        ("${env:1}", "is no reference"),
        ("${param:}", "a name is missing behind 'param'"),
        ("${vault:}", "a name is missing behind 'vault'"),
        ("${A:-${B}}", "a reference cannot hold a brace, nor another reference"),
        ('${A:-{"a": 1}}', "a reference cannot hold a brace"),
        ("${A\nB}", "${A B} is no reference"),
        ("${" + "x " * 5000 + "}", "... is no reference"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadReference) as error:
        parse_template(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@given(st.text(alphabet="$${}A:-\n x"))
def test_every_text_is_read_or_refused(text: str) -> None:
    try:
        pieces = parse_template(text)
    except BadReference:
        return
    assert "".join(map(str, pieces)) == text.replace("$${", "${")


@given(st.text())
def test_escaping_every_placeholder_gives_back_the_text(text: str) -> None:
    assert parse_template(text.replace("${", "$${")) == (text,)
