"""Airflow pools: how many tasks may run at once against something scarce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from envctl.kinds.fields import Boolean, Integer, Text, complaint
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.model.value import UNSET, Value, unmask

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME_LENGTH = 256
UNLIMITED = -1
DEFAULT_POOL = "default_pool"
DEFAULT_POOL_FIELDS = frozenset({"slots", "include_deferred"})
"""All that Airflow lets be changed of its default pool (400 otherwise)."""


class PoolEntry(BaseModel):
    """A pool."""

    model_config = ConfigDict(extra="forbid", title="Pool")

    slots: Integer = Field(description="How many task slots; -1 for no limit.")
    description: Text = Field(default=UNSET, description="What people see beside it in Airflow.")
    include_deferred: Boolean = Field(default=False, description="Whether deferred tasks take slots.")

    @field_validator("slots")
    @classmethod
    def _slots_in_range(cls, slots: Value) -> Value:
        if isinstance(slots, int) and slots < UNLIMITED:
            raise complaint("must be -1 (no limit) or more")
        return slots


def _desired(name: str, entry: PoolEntry) -> Fields:
    fields: Fields = {"slots": entry.slots, "include_deferred": entry.include_deferred}
    if name == DEFAULT_POOL:
        if entry.description is not UNSET:
            raise complaint("Airflow lets only slots and include_deferred of default_pool be changed")
        return fields
    return {
        "slots": entry.slots,
        "description": entry.description,
        "include_deferred": entry.include_deferred,
    }


def _read(item: Mapping[str, Any]) -> Fields:
    description = item["description"]
    return {
        "slots": item["slots"],
        "description": unmask(description) if isinstance(description, str) else description,
        "include_deferred": item["include_deferred"],
    }


def _entity(name: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    # include_deferred always goes along: a body without it can flip it (apache/airflow#67947).
    return {"name": name, **fields}


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
    endpoint=Endpoint(path="/pools", list_key="pools", id_key="name"),
    entry=PoolEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=_check_id,
    built_in=frozenset({DEFAULT_POOL}),
    writable={DEFAULT_POOL: DEFAULT_POOL_FIELDS},
)
