"""Airflow DAGs: whether they are paused. They come from files; only this switch is the instance's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from envctl.fields.values import Boolean
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level, Power
from envctl.kinds.old_api import OldApi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.value import Value

MAX_ID_LENGTH = 250
"""`ID_LEN` in airflow/models/base.py."""


class DagEntry(Entry):
    """A DAG, or every DAG whose id matches a glob."""

    model_config = ConfigDict(title="DAG")

    paused: Boolean = Field(description="Whether the scheduler starts no runs of it.")


def _desired(_id: str, entry: DagEntry) -> Fields:
    return {"paused": entry.paused}


def _read(item: Mapping[str, Any]) -> Fields:
    return {"paused": item["is_paused"]}


def _entity(_id: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    return {"is_paused": fields["paused"]}


def _check_id(dag_id: str) -> str | None:
    if not 0 < len(dag_id) <= MAX_ID_LENGTH:
        return f"a DAG's id has 1 to {MAX_ID_LENGTH} characters, this one has {len(dag_id)}"
    return None


DAG = Kind(
    name="dag",
    section="dags",
    level=Level.START,
    endpoint=Endpoint(
        path="/dags",
        list_key="dags",
        id_key="dag_id",
        bulk=False,
        commands=("pause", "unpause"),
        old=OldApi(pages=("paused",)),
    ),
    entry=DagEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=_check_id,
    power=Power.UPDATE,
    selects=True,
    keys={"paused": "is_paused"},
    required=frozenset({"paused"}),
    fillers={"paused": False},
)
