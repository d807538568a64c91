"""Requests for one object: over v2, over v1, and for versions that do not know a key yet."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from envctl.airflow.answers import refusal
from envctl.airflow.calls import Calls
from envctl.airflow.v1.calls import OldCalls
from envctl.airflow.version import Greeting
from envctl.kinds.connection import CONNECTION
from envctl.kinds.pool import POOL
from envctl.kinds.variable import VARIABLE
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, UNSET
from tests.unit.ledgers import NOON
from tests.unit.objects import desired

V1, V2 = OldCalls((2, 11)), Calls((3, 3))
PW = Secret("canary", "${PW}")


def test_a_variable_without_a_description() -> None:
    """v1 takes no null, and what is left out of an update is kept; creating writes over it."""
    wanted = desired("variable/a b")
    assert V1.create(VARIABLE, wanted).body == {"key": "a b", "value": "v"}
    assert V1.update(VARIABLE, wanted) == replace(V1.create(VARIABLE, wanted), repeatable=True)
    described = desired("variable/a b", description="d")
    call = V1.update(VARIABLE, described)
    assert (call.method, call.path, call.query) == ("PATCH", "/variables/a%20b", ())
    assert call.body == {"key": "a b", "value": "v", "description": "d"}
    leading = desired("variable//a", description="d")
    assert V1.update(VARIABLE, leading).method == "POST"


def test_what_is_made_is_sent_again_by_the_writer_alone() -> None:
    """It looks at the lock before: to write a Variable over may be to write over a successor's."""
    for kind, address in ((VARIABLE, "variable/a"), (POOL, "pool/a"), (CONNECTION, "connection/a")):
        assert not V1.create(kind, desired(address)).repeatable


@pytest.mark.parametrize(
    ("fields", "query", "body"),
    [
        ({"description": UNMANAGED}, (), {"key": "a", "value": "v"}),
        (
            {"value": UNMANAGED, "description": "d"},
            (("update_mask", "description"),),
            {"key": "a", "value": "", "description": "d"},
        ),
        (
            {"value": UNMANAGED, "description": UNSET},
            (("update_mask", "description"),),
            {"key": "a", "value": "", "description": ""},
        ),
    ],
)
def test_only_some_fields_of_a_variable(fields: Any, query: Any, body: Any) -> None:
    call = V1.update(VARIABLE, desired("variable/a", **fields))
    assert (call.method, call.query, call.body) == ("PATCH", query, body)


def test_a_connection() -> None:
    bare = desired("connection/c", host="h")
    made = V1.create(CONNECTION, bare)
    assert "password" not in made.body
    assert (made.body["host"], made.body["login"], made.repeatable) == ("h", None, False)
    assert V1.update(CONNECTION, bare).body["password"] == ""
    assert V1.update(CONNECTION, desired("connection/c", password=PW)).body["password"] == PW
    some = V1.update(CONNECTION, desired("connection/c", host=UNMANAGED, password=UNMANAGED, login="x"))
    ((name, mask),) = some.query
    assert (name, "host" in mask.split(","), "login" in mask.split(",")) == ("update_mask", False, True)


def test_the_default_pool() -> None:
    call = V1.update(POOL, replace_fields(desired("pool/default_pool", slots=3)))
    assert call.query == (("update_mask", "slots,include_deferred"),)
    assert call.body == {"name": "default_pool", "slots": 3, "include_deferred": False}
    assert V1.delete(POOL, "a b").path == "/pools/a%20b"


def replace_fields(one: Any) -> Any:
    return replace(one, fields={"slots": one.fields["slots"], "include_deferred": False})


@pytest.mark.parametrize(
    ("version", "known"), [((3, 1), False), ((3, 2), True), ((2, 11), False), ((4, 0), True)]
)
def test_a_key_that_came_later_is_left_out(version: tuple[int, int], known: bool) -> None:  # noqa: FBT001
    young = replace(POOL, endpoint=replace(POOL.endpoint, since={"description": (3, 2)}))
    for calls in (Calls(version), OldCalls(version)):
        assert ("description" in calls.create(young, desired("pool/p", description="d")).body) is known
        call = calls.update(young, desired("pool/p", description="d", slots=UNMANAGED))
        assert ("description" in call.body) is known
        assert ("description" in str(call.query)) is known


@pytest.mark.parametrize(
    ("version", "old", "words"),
    [
        *[(version, False, "") for version in ("3.1.8", "3.2.2", "3.3.2", "3.3.0rc1")],
        ("2.11.2", True, ""),
        ("2.10.5", True, "may fail"),
        ("3.0.6", False, "may fail"),
        ("3.4.0", False, "a newer envctl"),
        ("4.0.0.dev0", False, "a newer envctl"),
        ("odd", False, "may fail"),
    ],
)
def test_versions(version: str, old: bool, words: str) -> None:  # noqa: FBT001
    greeting = Greeting(version, NOON)
    assert greeting.old is old
    assert len(greeting.warnings) == bool(words)
    for warning in greeting.warnings:
        assert f"envctl is not tested with Airflow {version}" in warning.message
        assert words in warning.message


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"detail": null, "title": "Forbidden"}', "Forbidden"),
        (
            b'{"detail": "Connection already exist. ID: k", "title": "Conflict"}',
            "Connection already exist. ID: k",
        ),
        (
            b"{\"detail\": \"{'x': 'canary'} is not of type 'string' - 'value'\", \"title\": \"\"}",
            "value: is not of type 'string'",
        ),
        (
            b'{"detail": "\'canary is a - b\' is too long - \'key\'", "title": "Bad Request"}',
            "key: is too long",
        ),
        (b'{"detail": null, "title": null}', "Bad Request"),
    ],
)
def test_what_airflow_2_says_is_shown_without_what_was_sent(body: bytes, shown: str) -> None:
    assert refusal(400, body, ()) == shown
