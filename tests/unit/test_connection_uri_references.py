"""Secrets inside of a connection's URI: one piece of their component, taken as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.kinds.connection_uri import fields_of_uri
from envctl.model.secret import Secret, Unfit
from envctl.model.value import UNSET
from envctl.model.verdict import Verdict
from tests.unit.trees import AIRFLOW, Read, read

NASTY = "p@ss:w/o?r#d%41&=+ ü[]😀\n'\"{}"


def secret(text: str, label: str = "${X}") -> Secret:
    return Secret(text, label)


def fields(*parts: str | Secret) -> dict[str, Any]:
    found = fields_of_uri(Secret.join(parts))
    return {name: revealed(value) for name, value in found.items() if value is not UNSET}


def revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, list):
        return [revealed(item) for item in value]
    return {key: revealed(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ("pg://u:", secret(NASTY), "@h:1/db"),
            {"login": "u", "password": NASTY, "host": "h", "port": 1, "schema": "db"},
        ),
        (("pg://", secret(NASTY), "@h"), {"login": NASTY, "host": "h"}),
        (("pg://", secret("u"), ":", secret("p"), "@h"), {"login": "u", "password": "p", "host": "h"}),
        (("pg://u:a%40", secret("%40"), "b%40@h"), {"login": "u", "password": "a@%40b@", "host": "h"}),
        (("pg://", secret("DB.Example.COM"), "/s"), {"host": "DB.Example.COM", "schema": "s"}),
        (("pg://db.", secret("eu"), ".internal:5432"), {"host": "db.eu.internal", "port": 5432}),
        (("pg://h:", secret("5432"), "/s"), {"host": "h", "port": 5432, "schema": "s"}),
        (("pg://h/", secret("a/b?c")), {"host": "h", "schema": "a/b?c"}),
        (("pg://h?token=", secret(NASTY), "&x=1"), {"host": "h", "extra": {"token": NASTY, "x": 1}}),
        (("pg://h?port=", secret("5")), {"host": "h", "extra": {"port": "5"}}),
        (
            ('pg://h?__extra__={"a": {"b": "', secret(NASTY), '"}}'),
            {"host": "h", "extra": {"a": {"b": NASTY}}},
        ),
        (('pg://h?l=[1, "', secret(NASTY), '"]'), {"host": "h", "extra": {"l": [1, NASTY]}}),
        (("http://https://", secret("Host"), "/p"), {"host": "https://Host", "schema": "p"}),
        ((secret("mytype"), "://h"), {"conn_type": "mytype", "host": "h"}),
        ((secret("pg://u:p%40@h"), "?x=1"), {"login": "u", "password": "p@", "host": "h", "extra": {"x": 1}}),
    ],
)
def test_pieces(parts: tuple[str | Secret, ...], expected: dict[str, Any]) -> None:
    kind = {"conn_type": "http" if "http" in str(parts[0]) else "pg"}
    assert fields(*parts) == {**kind, **expected}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("pg://h:", secret("no port")), "${X} is no number from 0 to 65535"),
        (("pg://h:", secret("65536")), "${X} is no number from 0 to 65535"),
        (("pg://h:5", secret("4")), "has a port that is no number"),
        (("pg://h?", secret("key"), "=1"), "has a reference in the name of a parameter"),
        (('pg://h?__extra__={"', secret("key"), '": 1}'), "has a reference in the name of a parameter"),
        (("pg://", secret("u"), ":p#q@h"), "has a '#'"),
        ((secret("no uri"),), "${X} has no scheme"),
        ((secret("pg://h:70000"),), "${X} has a port that is no number from 0 to 65535"),
        (("pg://", secret("u"), "@\ue000"), "private use area"),
    ],
)
def test_what_is_refused(parts: tuple[str | Secret, ...], words: str) -> None:
    with pytest.raises(Unfit) as error:
        fields_of_uri(Secret.join(parts))
    assert words in str(error.value)
    assert error.value.__context__ is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_login_and_password_arrive_as_they_are(login: str, password: str) -> None:
    parts = ("pg://", secret(login, "${L}"), ":", secret(password, "${P}"), "@h:5432/db?a=1")
    assert fields(*parts) == {
        "conn_type": "pg",
        "login": login,
        "password": password,
        "host": "h",
        "port": 5432,
        "schema": "db",
        "extra": {"a": 1},
    }


def test_the_parts_without_a_secret_are_no_secrets() -> None:
    found = fields_of_uri(Secret.join(("pg://u:", secret("p"), "@h:1/db?a=1")))
    assert repr(found.pop("password")) == "<secret ${X}>"
    assert found == {
        "conn_type": "pg",
        "host": "h",
        "login": "u",
        "schema": "db",
        "port": 1,
        "extra": {"a": 1},
    }


def test_an_unresolved_reference_is_unverifiable_where_it_stands_and_nowhere_else() -> None:
    unknown = Secret.unavailable("${X}")
    found = fields_of_uri(Secret.join(("pg://u:", unknown, "-x@h:", Secret.unavailable("${P}"), "/db?a=1")))
    unverifiable = {name: str(value) for name, value in found.items() if isinstance(value, Secret)}
    assert unverifiable == {"password": "${X}-x", "port": "${P}"}
    assert found["password"].judge(lambda _: Verdict.SAME) is Verdict.UNVERIFIABLE
    assert {name: value for name, value in found.items() if name not in unverifiable} == {
        "conn_type": "pg",
        "login": "u",
        "host": "h",
        "schema": "db",
        "extra": {"a": 1},
    }


@pytest.mark.parametrize("parts", [("${X}",), ("${X}", "?a=1")])
def test_an_unresolved_reference_to_the_whole_makes_every_field_unverifiable(parts: tuple[str, ...]) -> None:
    found = fields_of_uri(Secret.join((Secret.unavailable(parts[0]), *parts[1:])))
    assert len(found) == 7
    assert {value.judge(lambda _: Verdict.SAME) for value in found.values()} == {Verdict.UNVERIFIABLE}


def test_without_secrets_the_form_of_a_uri_is_checked() -> None:
    files = {"dev/a.yaml": "connections: {c: {uri: 'pg://${U}:${P}@h:70000'}}"}
    (mistake,) = read(files, secrets=False).mistakes
    assert "uri has a port that is no number" in mistake


def in_a_tree(uri: str) -> Read:
    return read(
        {
            "dev/environment.yaml": f"{AIRFLOW}params: {{at: 'h:1'}}\n",
            "dev/a.yaml": f"connections: {{c: {{uri: '{uri}'}}}}",
        }
    )


def test_in_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", NASTY)
    monkeypatch.setenv("PORT", "5433")
    found = in_a_tree("postgresql://u:${PW}@h:${PORT}/db")
    assert found.field("connection/c", "password").is_text(NASTY)
    assert found.field("connection/c", "port").reveal() == 5433
    assert found.field("connection/c", "conn_type") == "postgres"
    assert found.field("connection/c", "extra") is UNSET


def test_what_is_no_secret_is_read_as_if_it_stood_there() -> None:
    found = in_a_tree("pg://u:p%40@${param:at}/db")
    assert [found.field("connection/c", name) for name in ("host", "port")] == ["h", 1]
    assert found.field("connection/c", "password").is_text("p@")


def test_a_default_is_taken_as_it_is_like_any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PW", raising=False)
    found = in_a_tree("pg://u:${PW:-p%40}@h")
    assert found.field("connection/c", "password").is_text("p%40")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("secret-without-scheme", "uri ${URI} has no scheme"),
        ("pg://secret-user:x@h:port", "uri ${URI} has a port that is no number"),
        ("pg://secret-user:***@h", "password holds Airflow's mask"),
        ("pg://h?token=***", "extra holds Airflow's mask"),
    ],
)
def test_mistakes_in_a_secret_uri_are_told_without_it(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    monkeypatch.setenv("URI", value)
    (mistake,) = in_a_tree("${URI}").mistakes
    assert words in mistake
    assert "secret" not in mistake


def test_a_port_that_is_none_does_not_show_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "hunter2")
    (mistake,) = in_a_tree("pg://h:${PORT}").mistakes
    assert mistake == "tree/dev/a.yaml:1:19: connection 'c': uri ${PORT} is no number from 0 to 65535"
