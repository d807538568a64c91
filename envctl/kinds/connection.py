"""Airflow Connections: where a task reaches something else, and with which credentials."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from envctl.kinds.connection_uri import MAX_PORT, fields_of_uri
from envctl.kinds.default_connections import DEFAULT_CONNECTIONS
from envctl.kinds.fields import Integer, JsonObject, Text, complaint
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.model.request import JsonText
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, UNSET, Value, unmask, unmask_json
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ID_LENGTH = 200
_ID = re.compile(r"[\w.-]+")
_TEXT_FIELDS = ("conn_type", "description", "host", "login", "schema", "password")


class ConnectionEntry(BaseModel):
    """A Connection: its fields, or all of them in one `uri`."""

    model_config = ConfigDict(
        extra="forbid",
        title="Connection",
        json_schema_extra={"anyOf": [{"required": ["conn_type"]}, {"required": ["uri"]}]},
    )

    conn_type: Text = Field(default=UNSET, description="The type, such as postgres, aws or http.")
    description: Text = Field(default=UNSET, description="What people see beside it in Airflow.")
    host: Text = Field(default=UNSET, description="Host name or address.")
    login: Text = Field(default=UNSET, description="User name.")
    password: Text = Field(default=UNSET, description="A reference such as ${PG_PASSWORD}, never the text.")
    schema_: Text = Field(default=UNSET, alias="schema", description="Schema or database name.")
    port: Integer = Field(default=UNSET, description="Port number, 0 to 65535.")
    extra: JsonObject = Field(default=UNSET, description="Everything else, as a mapping.")
    uri: Text = Field(
        default=UNSET,
        description="All of the above but description, as postgres://user:${PW}@host:5432/schema.",
    )

    @model_validator(mode="after")
    def _uri_or_fields(self) -> Self:
        given = self.model_fields_set - {"uri", "description"}
        if self.uri is not UNSET and given:
            names = ", ".join(sorted(name.rstrip("_") for name in given))
            raise complaint(f"has both uri and {names}: write either the uri or the fields")
        if self.uri is UNSET and self.conn_type is UNSET:
            raise complaint("needs conn_type (or a uri)")
        if self.uri is UNMANAGED:
            raise complaint("uri cannot be !unmanaged: it stands for several fields; mark those")
        return self


def _desired(_id: str, entry: ConnectionEntry) -> Fields:
    if entry.uri is not UNSET:
        try:
            fields = fields_of_uri(entry.uri)
        except ValueError as error:
            raise complaint(f"uri {error}") from None
    else:
        fields = {name: getattr(entry, name) for name in ("conn_type", "host", "login", "password", "port")}
        fields |= {"schema": entry.schema_, "extra": entry.extra}
    _check_port(fields["port"])
    if fields["conn_type"] == "":
        raise complaint("conn_type must not be empty")
    return {name: fields.get(name, entry.description) for name in (*_TEXT_FIELDS, "port", "extra")}


def _check_port(port: Value) -> None:
    def in_range(value: Value) -> Verdict:
        return Verdict.SAME if 0 <= int(value) <= MAX_PORT else Verdict.DIFFERENT

    if isinstance(port, Secret):
        fits = port.judge(in_range) is not Verdict.DIFFERENT
    else:
        fits = not isinstance(port, int) or in_range(port) is Verdict.SAME
    if not fits:
        raise complaint(f"port must be a number from 0 to {MAX_PORT}")


def _read(item: Mapping[str, Any]) -> Fields:
    fields: Fields = {
        name: unmask(item[name]) if isinstance(item[name], str) else item[name] for name in _TEXT_FIELDS
    }
    extra = item["extra"]
    return {**fields, "port": item["port"], "extra": unmask_json(json.loads(extra)) if extra else extra}


def _as_read(field: str, value: Value) -> Value:
    # An empty object, an empty text and no extra at all are the same to every hook.
    return UNSET if field == "extra" and value == {} else value


def _entity(conn_id: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    extra = fields["extra"]
    return {"connection_id": conn_id, **fields, "extra": None if extra is None else JsonText(extra)}


def _check_id(conn_id: str) -> str | None:
    if len(conn_id) > MAX_ID_LENGTH:
        return f"a connection id has at most {MAX_ID_LENGTH} characters, this one has {len(conn_id)}"
    if not _ID.fullmatch(conn_id):
        return "a connection id may hold letters, digits, '_', '.' and '-' only"
    return None


CONNECTION = Kind(
    name="connection",
    section="connections",
    level=Level.SUPPORT,
    endpoint=Endpoint(path="/connections", list_key="connections", id_key="connection_id"),
    entry=ConnectionEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    as_read=_as_read,
    check_id=_check_id,
    built_in=DEFAULT_CONNECTIONS,
    fillers={"conn_type": "generic"},
)
