"""Connections: what Airflow answers, what is sent, and what it would not do."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.engine.compare import compare_fields
from envctl.errors import Position
from envctl.kinds.connection import CONNECTION
from envctl.model.address import Address
from envctl.model.request import ApiCall, JsonText
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED, UNSET
from tests.unit.trees import read

NONE = dict.fromkeys(("conn_type", "description", "host", "login", "schema", "password", "port", "extra"))
PASSWORD = Secret("pw", "${PW}")


def desired(**fields: Any) -> Desired:
    given = {**dict.fromkeys(NONE, UNSET), "conn_type": "http", **fields}
    return Desired(Address("connection", "c"), given, Position("f", 1, 1))


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ({}, {}),
        ({"password": "***", "host": "h"}, {"password": MASKED, "host": "h"}),
        ({"extra": '{"a": {"token": "***"}, "b": [1.0]}'}, {"extra": {"a": {"token": MASKED}, "b": [1.0]}}),
        ({"extra": "{}"}, {"extra": {}}),
        ({"extra": ""}, {"extra": ""}),
        ({"extra": None, "port": 0}, {"extra": None, "port": 0}),
    ],
)
def test_read(item: dict[str, Any], fields: dict[str, Any]) -> None:
    answered = {**NONE, "connection_id": "c", "team_name": None, **item}
    assert CONNECTION.read(answered) == {**NONE, **fields, "team": None}


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, {}),
        ({"password": PASSWORD, "port": 0, "login": ""}, {"password": PASSWORD, "port": 0, "login": ""}),
        ({"extra": {"a": PASSWORD}}, {"extra": JsonText({"a": PASSWORD})}),
        ({"extra": {}}, {"extra": JsonText({})}),
    ],
)
def test_the_body_that_makes_one_is_whole(fields: dict[str, Any], body: dict[str, Any]) -> None:
    whole = {**NONE, "connection_id": "c", "conn_type": "http", **body}
    assert CONNECTION.create_body(desired(**fields)) == whole


def test_what_is_left_alone_is_left_out_by_a_mask() -> None:
    one = desired(conn_type=UNMANAGED, password=UNMANAGED, extra=UNMANAGED, host="h")
    assert CONNECTION.needs_mask(one)
    call = CONNECTION.masked_update(one)
    assert call == ApiCall(
        method="PATCH",
        path="/connections/c",
        query=tuple(("update_mask", name) for name in ("description", "host", "login", "schema", "port")),
        body={
            "connection_id": "c",
            "conn_type": "generic",
            **dict.fromkeys(("description", "login", "schema", "port")),
            "host": "h",
        },
    )


def test_a_spec_becomes_fields() -> None:
    text = """\
connections:
  c:
    conn_type: postgres
    description: 007
    host: h
    login: 1e3
    password: ''
    schema: no
    port: 0x1F
    extra: {sslmode: require, nested: {a: [1, 2.0, yes]}}
"""
    found = read({"dev/a.yaml": text}).desired[Address("connection", "c")].fields
    assert found == {
        "conn_type": "postgres",
        "description": "007",
        "host": "h",
        "login": "1e3",
        "schema": "no",
        "password": "",
        "port": 31,
        "extra": {"sslmode": "require", "nested": {"a": [1, 2.0, "yes"]}},
    }


def test_what_the_spec_does_not_say_is_unset() -> None:
    found = read({"dev/a.yaml": "connections: {c: {conn_type: http}, d: {uri: 'http://'}}"})
    assert found.desired[Address("connection", "c")].fields == desired().fields
    assert found.desired[Address("connection", "d")].fields == desired().fields


def test_fields_that_are_left_alone() -> None:
    entry = "{conn_type: http, port: !unmanaged , extra: !unmanaged {a: 1}, password: !unmanaged }"
    fields = read({"dev/a.yaml": f"connections: {{c: {entry}}}"}).desired[Address("connection", "c")].fields
    assert [fields[name] for name in ("port", "extra", "password")] == [UNMANAGED] * 3


def test_a_uri_and_its_fields_want_the_same() -> None:
    text = """\
connections:
  c: {uri: 'postgres://u:p@h:5432/db?sslmode=require', description: d}
  d: {conn_type: postgres, login: u, password: p, host: h, port: 5432, schema: db,
      extra: {sslmode: require}, description: d}
"""
    found = read({"dev/a.yaml": text})
    one, other = found.desired.values()
    assert one.fields == other.fields
    assert list(one.fields) == list(other.fields)


@pytest.mark.parametrize(
    ("password", "live", "blocked"),
    [
        (UNSET, MASKED, True),
        ("", MASKED, True),
        (UNSET, None, False),
        (PASSWORD, MASKED, False),
        ("pw", None, False),
        (UNMANAGED, MASKED, False),
    ],
)
def test_a_password_that_cannot_be_taken_away(password: Any, live: Any, blocked: bool) -> None:  # noqa: FBT001
    found = compare_fields(desired(password=password).fields, {**NONE, "password": live}, CONNECTION.as_read)
    why = CONNECTION.obstacle(found)
    assert (why is not None) is blocked
    assert not blocked or "delete the connection in Airflow" in str(why)


@pytest.mark.parametrize("conn_id", ["a", "a.b-c_d", "9", "ü", "名前", "c" * 200])
def test_ids_that_airflow_takes(conn_id: str) -> None:
    assert CONNECTION.check_id(conn_id) is None


@pytest.mark.parametrize("conn_id", ["", "a/b", "a b", "a\n", "a:b", "a#b", "a!", "c" * 201])
def test_ids_that_airflow_refuses(conn_id: str) -> None:
    assert CONNECTION.check_id(conn_id) is not None
