"""What entries of Airflow 2's event log say; names and `extra` are as Airflow 2.11.2 answered them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from envctl.airflow.event_entry import entry_of, event_of
from envctl.airflow.v1.events import OldNames
from envctl.kinds import KINDS
from tests.unit.objects import address

if TYPE_CHECKING:
    from envctl.model.event import Event

WHEN = "2026-11-24T19:06:07.510520+00:00"


def said(event: str, extra: Any, **columns: str | None) -> Event | None:
    item = {"event_log_id": 7, "when": WHEN, "event": event, "owner": "ana", "extra": json.dumps(extra)}
    item |= {"dag_id": None, "task_id": None, **columns}
    return event_of(entry_of(item), OldNames().sources(KINDS))


@pytest.mark.parametrize(
    ("event", "extra", "text", "name"),
    [
        ("api.variable.create", {"key": "a/b", "value": "canary"}, "variable/a/b", "post_variable"),
        ("api.variable.edit", {"key": "a", "value": "canary"}, "variable/a", "patch_variable"),
        ("api.variable.delete", {"variable_key": "a"}, "variable/a", "delete_variable"),
        ("ui.variable.create", {"key": "a", "value": "canary"}, "variable/a", "post_variable"),
        (
            "api.connection.create",
            {"connection_id": "c", "password": "***"},
            "connection/c",
            "post_connection",
        ),
        ("api.connection.edit", {"connection_id": "c", "host": "h"}, "connection/c", "patch_connection"),
        ("api.connection.delete", {"connection_id": "c"}, "connection/c", "delete_connection"),
        ("api.post_pool", {"name": "p 1", "slots": 3}, "pool/p 1", "post_pool"),
        ("api.patch_pool", {"update_mask": "slots", "pool_name": "p", "slots": 4}, "pool/p", "patch_pool"),
        ("api.delete_pool", {"pool_name": "p"}, "pool/p", "delete_pool"),
        ("variable.create", {"key": "webv", "val": "canary", "description": "d"}, "variable/webv", ""),
        ("variable.edit", {"key": "webv", "val": "canary", "pk": "2"}, "variable/webv", ""),
        ("connection.create", {"conn_id": "webc", "conn_type": "http", "host": "h"}, "connection/webc", ""),
        ("connection.edit", {"conn_id": "webc", "password": "***", "pk": "3"}, "connection/webc", ""),
        ("pool.edit", {"pool": "webp", "slots": "4", "pk": "3"}, "pool/webp", ""),
        (
            "cli_variables_set",
            {"full_command": "['/bin/airflow', 'variables', 'set', 'v', 'canary']"},
            "variable/v",
            "",
        ),
        ("cli_pool_set", {"full_command": "['/bin/airflow', 'pools', 'set', 'p', '3', 'd']"}, "pool/p", ""),
    ],
)
def test_a_write(event: str, extra: Any, text: str, name: str) -> None:
    found = said(event, extra)
    assert found is not None
    assert found.addresses == {address(text)}
    assert not found.whole_kinds
    assert found.name == (name or event)
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("event", "extra", "kind"),
    [
        ("api.connection.edit", {"host": "h"}, "connection"),
        ("api.connection.create", {"connection_id": "c***"}, "connection"),
        ("variable.delete", {"pk": "2"}, "variable"),
        ("variables.varimport", {}, "variable"),
        (
            "cli_connections_import",
            {"full_command": "['/bin/airflow', 'connections', 'import', 'f']"},
            "connection",
        ),
    ],
)
def test_what_cannot_be_told_may_be_any_of_the_kind(event: str, extra: Any, kind: str) -> None:
    found = said(event, extra)
    assert found is not None
    assert not found.addresses
    assert found.whole_kinds == {kind}


@pytest.mark.parametrize(
    ("event", "extra"),
    [
        ("variable.create", {}),
        ("connection.edit", {"pk": "3"}),
        ("pool.create", {}),
        ("api.post_dag_run", {}),
    ],
)
def test_a_form_that_was_only_opened_touches_nothing(event: str, extra: Any) -> None:
    assert said(event, extra) is None


def test_all_names_are_asked_for_and_no_query_is_too_long() -> None:
    names = list(OldNames().sources(KINDS)) + [f"further_name_of_a_kind.{n}" for n in range(100)]
    queries = list(OldNames().only(names))
    asked = [name for ((parameter, text),) in queries for name in text.split(",") if parameter]
    assert asked == names
    assert {parameter for ((parameter, _),) in queries} == {"included_events"}
    assert max(len(text) for ((_, text),) in queries) < 3000


@pytest.mark.parametrize(
    ("event", "extra"),
    [
        ("paused", {"is_paused": True}),
        ("api.patch_dag", {"is_paused": True, "update_mask": "is_paused"}),
        ("cli_dag_pause", {"full_command": "['/bin/airflow', 'dags', 'pause', 'd', '--yes']"}),
    ],
)
def test_a_dag_stands_in_a_column_of_its_own(event: str, extra: Any) -> None:
    found = said(event, extra, dag_id="d")
    assert found is not None
    assert (found.addresses, found.whole_kinds) == (frozenset({address("dag/d")}), frozenset())


def test_many_dags_at_once_may_be_any() -> None:
    found = said("api.patch_dags", {"is_paused": True, "dag_id_pattern": "d"})
    assert found is not None
    assert found.whole_kinds == {"dag"}
