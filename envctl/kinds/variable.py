"""Airflow Variables: a text under a key, often JSON, switched by people and read by operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from envctl.fields.values import Text, complaint, take_document
from envctl.kinds.canonical import canonical, poison
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.kinds.old_api import OldApi
from envctl.kinds.sensitive import looks_sensitive
from envctl.kinds.team import TEAM_FIELD, TEAM_KEY, TEAMS_SINCE, named_team, team_in, wanted_team
from envctl.model.request import JsonText
from envctl.model.secret import Secret, Unfit
from envctl.model.value import UNSET, Value, unmask_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.node import Node

MAX_KEY_LENGTH = 250
"""`ID_LEN` in airflow/models/base.py; a longer key is answered with 422."""


def _take_value(node: Node) -> Value:
    value = take_document(node)
    try:
        if isinstance(value, Secret):
            value.derive(_harmless)
        elif isinstance(value, str):
            _harmless(value)
    except Unfit as error:
        raise complaint(str(error)) from None
    return value


def _harmless(text: str) -> str:
    if why := poison(text):
        raise Unfit(f"would break the list of Variables for everyone: {why}")
    return text


Document = Annotated[
    Any,
    PlainValidator(_take_value),
    WithJsonSchema({"type": ["string", "number", "boolean", "object", "array"]}),
]


class VariableEntry(Entry):
    """A Variable. A plain value may also stand directly behind the key: `batch_size: 500`."""

    model_config = ConfigDict(title="Variable")

    value: Document = Field(description="The value: text is stored as typed, a list or mapping as JSON.")
    description: Text = Field(default=UNSET, description="What people see beside it in Airflow.")
    team: Text = TEAM_FIELD


def _desired(_id: str, entry: VariableEntry) -> Fields:
    return {"value": entry.value, "description": entry.description, **wanted_team(entry.team)}


def _read(item: Mapping[str, Any]) -> Fields:
    value = item["value"]
    return {
        "value": None if value is None else unmask_json(canonical(value)),
        "description": unmask_json(item["description"]),
        **team_in(item),
    }


def _as_read(field: str, value: Value) -> Value:
    return canonical(value) if field == "value" and isinstance(value, str) else value


def _entity(key: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    value = fields["value"]
    # A JSON object sent as such is stored as Python's repr before Airflow 3.3 (apache/airflow#71010).
    text = JsonText(value) if isinstance(value, dict | list) else value
    return {"key": key, "value": text, "description": fields["description"], **named_team(fields)}


def _check_id(key: str) -> str | None:
    if not key:
        return "a Variable's key must not be empty"
    if len(key) > MAX_KEY_LENGTH:
        return f"a Variable's key has at most {MAX_KEY_LENGTH} characters, this one has {len(key)}"
    return None


def _hides(key: str, path: str) -> bool:
    return path.startswith("value") and (looks_sensitive(key) or looks_sensitive(path))


VARIABLE = Kind(
    name="variable",
    section="variables",
    level=Level.SWITCH,
    endpoint=Endpoint(
        path="/variables",
        list_key="variables",
        id_key="key",
        since=TEAMS_SINCE,
        alone=frozenset({"team"}),
        old=OldApi(
            masks=False,
            not_null=frozenset({"description"}),
            unmaskable=frozenset({"value"}),
            overwrites=True,
            slashes=True,
            form_id="key",
        ),
    ),
    entry=VariableEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    as_read=_as_read,
    check_id=_check_id,
    hides=_hides,
    shorthand="value",
    keys={"team": TEAM_KEY},
    required=frozenset({"value"}),
    fillers={"value": ""},
)
