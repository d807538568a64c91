"""Documents of Airflow's VaultBackend and the fields of objects: what is read, and what is written."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.body import reveal
from envctl.depot.layout import document_of, layout_of
from envctl.errors import Position
from envctl.kinds import KINDS
from envctl.kinds.connection import CONNECTION
from envctl.kinds.variable import VARIABLE
from envctl.model.address import Address
from envctl.model.resource import Desired, Live
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, UNSET, Value

HERE = Position("a.yaml", 1, 1)
NO_FIELDS: dict[str, Value] = dict.fromkeys(
    ("conn_type", "description", "host", "login", "password", "schema", "port", "extra"), UNSET
)


def read(kind: Any, **document: Any) -> dict[str, Value]:
    layout = layout_of(kind)
    assert layout is not None
    return layout.read(document)


def written(kind: Any, fields: dict[str, Value], live: dict[str, Value] | None = None) -> Any:
    address = Address(kind.name, "x")
    had = None if live is None else Live(address, live, concealed=True)
    return reveal(document_of(kind, Desired(address, fields, HERE), had))


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("text", "text"),
        ("", ""),
        ("007", "007"),
        ('{"a": [1, "***"]}', {"a": [1, "***"]}),
        ("***", "***"),
        (5, UNSET),
        ({"a": 1}, UNSET),
        (None, UNSET),
    ],
)
def test_variables(value: Any, meant: Value) -> None:
    assert read(VARIABLE, value=value) == {"value": meant, "description": UNSET}


def test_a_variable_without_value_is_looked_for_in_the_database() -> None:
    layout = layout_of(VARIABLE)
    assert layout is not None
    assert not layout.is_read({"text": "x"})
    assert layout.is_read({"value": ""})


def test_a_connection_by_its_fields() -> None:
    found = read(CONNECTION, conn_type="http", port="8080", extra='{"a": 1}', login="", password=None)
    assert found == {**NO_FIELDS, "conn_type": "http", "port": 8080, "extra": {"a": 1}, "login": ""}
    assert read(CONNECTION, extra={"a": 1}, port=80) == {**NO_FIELDS, "extra": {"a": 1}, "port": 80}
    assert read(CONNECTION, extra="", port="") == NO_FIELDS
    assert read(CONNECTION, extra="no JSON", port="x") == {**NO_FIELDS, "extra": "no JSON", "port": "x"}


def test_a_connection_by_its_uri_whatever_stands_beside_it() -> None:
    found = read(CONNECTION, conn_uri="postgres://u:p%40@h:1/db?a=b", host="other", description="d")
    assert found == {
        **NO_FIELDS,
        "conn_type": "postgres",
        "host": "h",
        "login": "u",
        "password": "p@",
        "schema": "db",
        "port": 1,
        "extra": {"a": "b"},
    }
    assert read(CONNECTION, conn_uri="", host="h") == {**NO_FIELDS, "host": "h"}


@pytest.mark.parametrize("uri", ["no uri", "http://h#x", 5, {"a": 1}])
def test_a_uri_that_is_none_is_like_no_spec(uri: Any) -> None:
    assert read(CONNECTION, conn_uri=uri) == {}


def test_what_is_written_is_what_the_api_would_get() -> None:
    text = {"value": Secret("s3cret", "${S}"), "description": UNSET}
    assert written(VARIABLE, text) == {"value": "s3cret"}
    document = {"value": {"ü": Secret("s3cret", "${S}")}, "description": "d"}
    assert written(VARIABLE, document) == {"value": '{"ü": "s3cret"}', "description": "d"}
    fields = {**NO_FIELDS, "conn_type": "http", "host": "", "port": 0, "extra": {"a": 1}}
    assert written(CONNECTION, fields) == {"conn_type": "http", "host": "", "port": 0, "extra": '{"a": 1}'}


def test_what_the_spec_leaves_alone_is_written_as_it_was_read() -> None:
    fields = {**NO_FIELDS, "conn_type": "http", "password": UNMANAGED, "extra": UNMANAGED}
    live = {**NO_FIELDS, "conn_type": "ftp", "password": "theirs", "extra": {"a": 1}}
    assert written(CONNECTION, fields, live) == {
        "conn_type": "http",
        "password": "theirs",
        "extra": '{"a": 1}',
    }
    assert written(CONNECTION, fields) == {"conn_type": "http"}


def test_other_kinds_are_never_looked_for_in_vault() -> None:
    assert {kind.name for kind in KINDS if layout_of(kind)} == {"variable", "connection"}
