"""What entries of the event log say; their `extra` is as Airflow 3.3.2 answered it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from envctl.airflow.event_entry import entry_of, event_of
from envctl.airflow.v2.events import NewNames
from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.event import Event
from tests.unit.test_toy_kind import LAMP

WHEN = "2026-11-22T11:20:46.964274Z"
AIRFLOW = "/opt/airflow/bin/airflow"


def item(event: str, extra: str | None, owner: str | None = "ana") -> dict[str, Any]:
    keys = ("dag_id", "task_id", "run_id", "map_index", "try_number", "logical_date")
    given = {"event_log_id": 42, "when": WHEN, "event": event, "extra": extra, "owner": owner}
    return dict.fromkeys((*keys, "dag_display_name", "task_display_name")) | given


def said(event: str, extra: str | None, owner: str | None = "ana") -> Event | None:
    return event_of(entry_of(item(event, extra, owner)), NewNames().sources(KINDS))


def command(*arguments: str) -> str:
    """Give the extra of a command that the server's own command line was given."""
    return json.dumps({"host_name": "worker-1", "full_command": str([AIRFLOW, *arguments])})


@pytest.mark.parametrize(
    ("event", "extra", "addresses"),
    [
        (
            "post_variable",
            '{"key": "a/b \\u00e9.\\u00fc \\u2603.d", "value": "***", "description": "d", "method": "POST"}',
            "variable/a/b é.ü ☃.d",
        ),
        (
            "patch_variable",
            '{"key": "my_password", "value": "***", "method": "PATCH"}',
            "variable/my_password",
        ),
        ("delete_variable", '{"variable_key": "x/y", "method": "DELETE"}', "variable/x/y"),
        (
            "post_connection",
            '{"connection_id": "c.x-1", "password": "***", "extra": {"a": "***"}, "method": "POST"}',
            "connection/c.x-1",
        ),
        (
            "patch_connection",
            '{"connection_id": "c.x-1", "conn_type": "http", "password": "***", "method": "PATCH"}',
            "connection/c.x-1",
        ),
        ("delete_connection", '{"connection_id": "c.x-1", "method": "DELETE"}', "connection/c.x-1"),
        (
            "enqueue_connection_test",
            '{"connection_id": "c1", "conn_type": "http", "commit_on_success": true, "method": "POST"}',
            "connection/c1",
        ),
        ("post_pool", '{"name": "pool / \\u00e9", "slots": 1, "method": "POST"}', "pool/pool / é"),
        (
            "patch_pool",
            '{"update_mask": "slots", "pool_name": "default_pool", "slots": 127, "method": "PATCH"}',
            "pool/default_pool",
        ),
        ("delete_pool", '{"pool_name": "pool / \\u00e9", "method": "DELETE"}', "pool/pool / é"),
    ],
)
def test_a_single_write(event: str, extra: str, addresses: str) -> None:
    found = said(event, extra)
    kind, _, identifier = addresses.partition("/")
    time = datetime(2026, 11, 22, 11, 20, 46, 964274, UTC)
    assert found == Event(42, time, "ana", frozenset({Address(kind, identifier)}), name=event)
    assert found.time.tzinfo is UTC
    assert found.touches(Address(kind, identifier))
    assert not found.touches(Address(kind, "another"))


def test_a_bulk_request_names_bodies_and_plain_ids() -> None:
    extra = (
        '{"actions": [{"action": "create", "entities": [{"connection_id": "c1", "conn_type": "http",'
        ' "password": "***", "extra": {"x": "***"}}], "action_on_existence": "overwrite"},'
        ' {"action": "update", "entities": [{"connection_id": "c3"}]},'
        ' {"action": "delete", "entities": ["c2", {"connection_id": "c4"}]}], "method": "PATCH"}'
    )
    found = said("bulk_connections", extra)
    assert found is not None
    assert {address.id for address in found.addresses} == {"c1", "c2", "c3", "c4"}
    assert {address.kind for address in found.addresses} == {"connection"}
    assert not found.whole_kinds
    assert said("bulk_variables", '{"actions": [], "method": "PATCH"}') is None


@pytest.mark.parametrize(
    ("event", "extra"),
    [
        ("delete_variable", '{"method": "DELETE"}'),
        # A body makes Airflow forget the path, and may say anything.
        ("delete_variable", '{"key": "not_this_one", "method": "DELETE"}'),
        ("delete_variable", '{"variable_key": "v-***2-1", "method": "DELETE"}'),
        ("post_connection", '{"connection_id": "c-***2-1", "conn_type": "http", "method": "POST"}'),
        ("post_variable", '{"key": 7, "method": "POST"}'),
        ("post_pool", '{"name": "", "method": "POST"}'),
        ("post_pool", None),
        ("post_pool", '{"name": "cut o'),
        ("post_pool", "[" * 100_000),
        ("post_pool", "[]"),
        ("bulk_variables", '{"actions": "nonsense", "method": "PATCH"}'),
        ("bulk_variables", '{"actions": ["nonsense"], "method": "PATCH"}'),
        ("bulk_variables", '{"actions": [{"entities": "nonsense"}], "method": "PATCH"}'),
        ("bulk_variables", '{"actions": [{"entities": [["nonsense"]]}], "method": "PATCH"}'),
        ("bulk_variables", '{"actions": [{"entities": [{"value": "x"}]}], "method": "PATCH"}'),
        ("create_default_connections", '{"method": "POST"}'),
        ("cli_variables_import", command("variables", "import", "/tmp/all.json")),
        ("cli_connections_import", command("connections", "import", "/tmp/all.json")),
        ("cli_pool_import", command("pools", "import", "/tmp/all.json")),
        ("cli_variables_set", command("variables", "set", "--description", "d", "k1", "v")),
        ("cli_variables_set", command("variables", "set", "--", "-dash", "v")),
        ("cli_variables_delete", command("variables", "delete")),
        ("cli_variables_delete", command("elsewhere", "delete", "x")),
        ("cli_variables_delete", command("variables", "delete", "********")),
        ("cli_variables_delete", '{"full_command": "[\'airflow\', "}'),
        ("cli_variables_delete", '{"full_command": "__import__(\'os\')"}'),
        ("cli_variables_delete", '{"full_command": 5}'),
        ("cli_variables_delete", '{"full_command": "5"}'),
        ("cli_variables_delete", "{}"),
    ],
)
def test_what_cannot_be_told_may_be_any_of_the_kind(event: str, extra: str | None) -> None:
    found = said(event, extra)
    assert found is not None
    assert not found.addresses
    (kind,) = found.whole_kinds
    assert kind in event
    assert found.touches(Address(kind, "any"))
    assert not found.touches(Address("other", "any"))


def test_what_can_be_told_is_named_beside_what_cannot() -> None:
    extra = '{"actions": [{"action": "delete", "entities": ["a", "***b"]}], "method": "PATCH"}'
    found = said("bulk_variables", extra)
    assert found is not None
    assert found.addresses == {Address("variable", "a")}
    assert found.whole_kinds == {"variable"}


@pytest.mark.parametrize(
    ("event", "arguments", "address"),
    [
        ("cli_variables_set", ("variables", "set", "a/b é.'\"d", "va'l"), ("variable", "a/b é.'\"d")),
        ("cli_variables_set", ("variables", "set", "my_token", "********"), ("variable", "my_token")),
        ("cli_variables_delete", ("variables", "delete", "k1"), ("variable", "k1")),
        (
            "cli_connections_add",
            ("connections", "add", "cc1", "--conn-uri", "http://u:********@h/"),
            ("connection", "cc1"),
        ),
        ("cli_connections_delete", ("connections", "delete", "cc1"), ("connection", "cc1")),
        ("cli_pool_set", ("pools", "set", "po ol", "3", "desc"), ("pool", "po ol")),
        ("cli_pool_delete", ("pools", "delete", "po ol"), ("pool", "po ol")),
    ],
)
def test_a_command(event: str, arguments: tuple[str, ...], address: tuple[str, str]) -> None:
    found = said(event, command(*arguments), "root")
    assert found is not None
    assert found.addresses == {Address(*address)}
    assert not found.whole_kinds
    assert found.actor == "root (command line)"


@pytest.mark.parametrize(
    "event",
    ["success", "cli_api_server", "post_variables", "trigger_dag_run", "cli_variables_get", "get_pool", ""],
)
def test_other_entries_say_nothing(event: str) -> None:
    assert said(event, '{"key": "a", "name": "a"}') is None


def test_values_are_not_kept() -> None:
    """The command line logs the values of Variables in clear."""
    entry = entry_of(item("cli_variables_set", command("variables", "set", "k", "hunter2"), None))
    found = event_of(entry, NewNames().sources(KINDS))
    assert found is not None
    assert found.addresses == {Address("variable", "k")}
    assert "hunter2" not in repr(entry) + repr(found)
    assert "hunter2" in entry.extra


def test_a_new_kind_is_found_by_its_names() -> None:
    known = NewNames().sources((*KINDS, LAMP))
    for event, extra in {
        "post_lamp": '{"name": "desk"}',
        "delete_lamp": '{"lamp_name": "desk"}',
        "bulk_lamps": '{"actions": [{"entities": ["desk"]}]}',
        "cli_lamps_set": command("lamps", "set", "desk"),
    }.items():
        found = event_of(entry_of(item(event, extra)), known)
        assert found is not None
        assert found.addresses == {Address("lamp", "desk")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_log_id": "7"},
        {"event_log_id": None},
        {"when": "yesterday"},
        {"when": None},
        {"when": WHEN[:-1]},
    ],
    ids=str,
)
def test_what_is_no_entry(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        entry_of(item("post_pool", "{}") | wrong)
