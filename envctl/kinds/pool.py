"""Airflow pools: how many tasks may run at once against something scarce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from envctl.fields.values import Boolean, Text, complaint, integer, integer_schema
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.kinds.old_api import OldApi
from envctl.kinds.team import TEAM_FIELD, TEAM_KEY, TEAMS_SINCE, named_team, team_in, wanted_team
from envctl.model.value import UNSET, Value, unmask_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME_LENGTH = 256
UNLIMITED = -1
MAX_SLOTS = 2**31 - 1
"""What the column of Airflow's database holds."""
DEFAULT_POOL = "default_pool"
DEFAULT_POOL_FIELDS = frozenset({"slots", "include_deferred"})
"""All that Airflow lets be changed of its default pool (400 otherwise)."""

Slots = Annotated[
    Any,
    PlainValidator(integer(UNLIMITED, MAX_SLOTS)),
    WithJsonSchema(integer_schema(UNLIMITED, MAX_SLOTS)),
]


class PoolEntry(Entry):
    """A pool."""

    model_config = ConfigDict(title="Pool")

    slots: Slots = Field(description="How many task slots; -1 for no limit.")
    description: Text = Field(default=UNSET, description="What people see beside it in Airflow.")
    include_deferred: Boolean = Field(default=False, description="Whether deferred tasks take slots.")
    team: Text = TEAM_FIELD


def _desired(name: str, entry: PoolEntry) -> Fields:
    fields: Fields = {"slots": entry.slots, "include_deferred": entry.include_deferred}
    if name == DEFAULT_POOL:
        if entry.description is not UNSET or entry.team is not UNSET:
            raise complaint("Airflow lets only slots and include_deferred of default_pool be changed")
        return fields
    return {
        "slots": entry.slots,
        "description": entry.description,
        "include_deferred": entry.include_deferred,
        **wanted_team(entry.team),
    }


def _read(item: Mapping[str, Any]) -> Fields:
    return {
        "slots": item["slots"],
        "description": unmask_json(item["description"]),
        "include_deferred": item["include_deferred"],
        **team_in(item),
    }


def _entity(name: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    # include_deferred always goes along: a body without it can flip it (apache/airflow#67947).
    own = {field: value for field, value in fields.items() if field != "team"}
    return {"name": name, **own, **named_team(fields)}


def _refuses(fields: Mapping[str, Value]) -> str | None:
    if fields["slots"] != UNLIMITED:
        return None
    return (
        "Airflow 2's API cannot answer a pool without limit (slots -1): nobody could list the pools any more;"
        " write a large number instead"
    )


def _check_id(name: str) -> str | None:
    if not name:
        return "a pool's name must not be empty"
    if len(name) > MAX_NAME_LENGTH:
        return f"a pool's name has at most {MAX_NAME_LENGTH} characters, this one has {len(name)}"
    return None


POOL = Kind(
    name="pool",
    section="pools",
    level=Level.SUPPORT,
    endpoint=Endpoint(
        path="/pools",
        list_key="pools",
        id_key="name",
        since=TEAMS_SINCE,
        nulls_since=(3, 2),  # 3.1 keeps a description that a bulk update sets to null
        old=OldApi(
            form_id="pool",
            refuses=_refuses,
            trouble="is there a pool without limit (slots -1)? Airflow 2 cannot answer a list with one:"
            " give it a number of slots on its web page",
        ),
    ),
    entry=PoolEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=_check_id,
    built_in=frozenset({DEFAULT_POOL}),
    writable={DEFAULT_POOL: DEFAULT_POOL_FIELDS},
    keys={"team": TEAM_KEY},
    required=frozenset({"slots"}),
    fillers={"slots": 0, "include_deferred": False},
)
