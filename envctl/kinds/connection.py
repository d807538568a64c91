"""Airflow Connections: where a task reaches something else, and with which credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from envctl.fields.values import JsonObject, Text, complaint, integer, integer_schema, take_text
from envctl.kinds.canonical import canonical
from envctl.kinds.connection_uri import MAX_PORT, fields_of_uri
from envctl.kinds.default_connections import DEFAULT_CONNECTIONS
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.kinds.old_api import OldApi
from envctl.kinds.team import TEAM_FIELD, TEAM_KEY, TEAMS_SINCE, named_team, team_in, wanted_team
from envctl.model.change import FieldDiff
from envctl.model.request import JsonText
from envctl.model.secret import Secret, Unfit
from envctl.model.value import MASKED, UNMANAGED, UNSAID, UNSET, Value, unmask_json
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.model.node import Node

MAX_ID_LENGTH = 200
WRITTEN_OUT = "(as written in the spec)"
"""What is shown of a password that stands in the spec as a text."""
_SAME_AS_NONE: tuple[tuple[str, Value], ...] = (("extra", {}), ("password", ""))
_ID = re.compile(r"[\w.-]+")
_TEXT_FIELDS = ("conn_type", "description", "host", "login", "schema", "password")
_ENTRY_FIELDS = ("conn_type", "host", "login", "password", "port", "extra")


def _take_conn_type(node: Node) -> Value:
    conn_type = take_text(node)
    if conn_type == "":
        raise complaint("must not be empty")
    return conn_type


def _take_uri(node: Node) -> Fields:
    uri = take_text(node)
    if uri is UNMANAGED:
        raise complaint("cannot be !unmanaged: it stands for several fields; mark those")
    try:
        return fields_of_uri(uri)
    except Unfit as error:
        raise complaint(str(error)) from None


ConnType = Annotated[Any, PlainValidator(_take_conn_type), WithJsonSchema({"type": "string", "minLength": 1})]
Port = Annotated[Any, PlainValidator(integer(0, MAX_PORT)), WithJsonSchema(integer_schema(0, MAX_PORT))]
Uri = Annotated[Any, PlainValidator(_take_uri), WithJsonSchema({"type": "string"})]


class ConnectionEntry(Entry):
    """A Connection: its fields, or all of them in one `uri`."""

    model_config = ConfigDict(
        title="Connection",
        json_schema_extra={"anyOf": [{"required": ["conn_type"]}, {"required": ["uri"]}]},
    )

    conn_type: ConnType = Field(default=UNSET, description="The type, such as postgres, aws or http.")
    description: Text = Field(default=UNSET, description="What people see beside it in Airflow.")
    host: Text = Field(default=UNSET, description="Host name or address.")
    login: Text = Field(default=UNSET, description="User name.")
    password: Text = Field(default=UNSET, description="A reference such as ${PG_PASSWORD}, never the text.")
    schema_: Text = Field(default=UNSET, alias="schema", description="Schema or database name.")
    port: Port = Field(default=UNSET, description=f"Port number, 0 to {MAX_PORT}.")
    extra: JsonObject = Field(default=UNSET, description="Everything else, as a mapping.")
    team: Text = TEAM_FIELD
    uri: Uri = Field(
        default=UNSET,
        description="All of the above but description, as postgres://user:${PW}@host:5432/schema.",
    )

    @model_validator(mode="after")
    def _uri_or_fields(self) -> Self:
        given = self.model_fields_set - {"uri", "description", "team", *Entry.model_fields}
        if self.uri is not UNSET and given:
            names = ", ".join(sorted(name.rstrip("_") for name in given))
            raise complaint(f"has both uri and {names}: write either the uri or the fields")
        if self.uri is UNSET and self.conn_type is UNSET:
            raise complaint("needs conn_type (or a uri)")
        return self


def _desired(_id: str, entry: ConnectionEntry) -> Fields:
    if entry.uri is UNSET:
        fields: Fields = {name: getattr(entry, name) for name in _ENTRY_FIELDS} | {"schema": entry.schema_}
    else:
        fields = entry.uri
    password = fields["password"]
    if isinstance(password, str) and password:
        # Written out in the spec it is no less a password: no report shows it.
        password = Secret(password, WRITTEN_OUT)
    fields = {**fields, "description": entry.description, "password": password}
    return {name: fields[name] for name in (*_TEXT_FIELDS, "port", "extra")} | wanted_team(entry.team)


def _read(item: Mapping[str, Any]) -> Fields:
    fields: Fields = {name: unmask_json(item[name]) for name in _TEXT_FIELDS}
    extra = item["extra"]
    # What has no address in Airflow 2 does not tell its extra, and has a mark there.
    told = unmask_json(canonical(extra)) if extra and isinstance(extra, str) else extra
    fields |= {"port": item["port"], "extra": told}
    return fields | team_in(item)


def _as_read(field: str, value: Value) -> Value:
    # An empty object, an empty text and no extra at all are the same to every hook; an empty password is
    # not even stored.
    return UNSET if (field, value) in _SAME_AS_NONE else value


def _obstacle(fields: Sequence[FieldDiff]) -> str | None:
    """Say that Airflow keeps the password it has: `set_password` passes over a null and an empty text."""
    taken_away = (
        FieldDiff(("password",), Verdict.DIFFERENT, there, none)
        for there in (MASKED, UNSAID)
        for none in (UNSET, "")
    )
    if not any(one in fields for one in taken_away):
        return None
    return (
        "the spec has no password, but Airflow's API cannot take away the one that is there:"
        " delete the connection in Airflow and apply again, or mark password !unmanaged"
    )


def _entity(conn_id: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    extra = fields["extra"]
    text = None if extra is None else JsonText(extra)
    own = {name: value for name, value in fields.items() if name != "team"}
    return {"connection_id": conn_id, **own, "extra": text, **named_team(fields)}


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
    endpoint=Endpoint(
        path="/connections",
        list_key="connections",
        id_key="connection_id",
        since=TEAMS_SINCE,
        old=OldApi(
            lacking=frozenset({"extra"}),
            unsaid=frozenset({"password"}),
            not_null=frozenset({"password"}),
            ascii_ids=True,
            form_id="conn_id",
        ),
    ),
    entry=ConnectionEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    as_read=_as_read,
    obstacle=_obstacle,
    check_id=_check_id,
    built_in=DEFAULT_CONNECTIONS,
    keys={"team": TEAM_KEY},
    required=frozenset({"conn_type"}),
    fillers={"conn_type": "generic"},
)
