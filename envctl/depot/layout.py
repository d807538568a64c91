"""The documents that Airflow's VaultBackend reads, and the fields of the objects that they stand for.

A variable `{"value": "text"}` may have a description too, which Airflow passes over. A connection has a key
for each of its fields, `extra` as a JSON text; or one key, `conn_uri`, which goes before all others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from envctl.kinds.canonical import canonical
from envctl.kinds.connection_uri import fields_of_uri
from envctl.model.secret import Unfit
from envctl.model.value import UNMANAGED, UNSET, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired, Live

Document = dict[str, Any]

_TEXTS = ("conn_type", "description", "host", "login", "password", "schema")
_PORT = re.compile(r"[0-9]{1,5}")


class Layout(Struct, frozen=True):
    """How a kind stands in Vault.

    `read` gives the fields of a document; `is_read` tells whether Airflow takes it, or looks into its
    database in spite of it.
    """

    read: Callable[[Mapping[str, Any]], dict[str, Value]]
    is_read: Callable[[Mapping[str, Any]], bool]


def layout_of(kind: Kind) -> Layout | None:
    """Return how a kind stands in Vault, None for one that Airflow never looks for there."""
    return _LAYOUTS.get(kind.name)


def document_of(kind: Kind, desired: Desired, live: Live | None) -> dict[str, Value]:
    """Return the document that stands for an object: secrets and JSON texts in it as the REST API gets them.

    What the spec leaves alone is in it as it was read: a document is written as a whole.
    """
    had = live.fields if live is not None else {}
    fields = {
        name: had.get(name, UNSET) if value is UNMANAGED else value for name, value in desired.fields.items()
    }
    plain = {name: None if value is UNSET else value for name, value in fields.items()}
    body = kind.entity(desired.address.id, plain)
    return {name: value for name, value in body.items() if name != kind.endpoint.id_key and value is not None}


def _variable(document: Mapping[str, Any]) -> dict[str, Value]:
    # Airflow hands on whatever stands under `value`; what is no text there, no DAG reads as it is meant.
    value = _text(document, "value")
    return {
        "value": canonical(value) if isinstance(value, str) else value,
        "description": _text(document, "description"),
    }


def _connection(document: Mapping[str, Any]) -> dict[str, Value]:
    if uri := document.get("conn_uri"):
        try:
            return {**fields_of_uri(uri if isinstance(uri, str) else ""), "description": UNSET}
        except Unfit:
            return {}  # Airflow can make nothing of it either: it differs from any spec
    extra = document.get("extra")
    if isinstance(extra, str):
        extra = canonical(extra) if extra else UNSET
    port = document.get("port")
    if isinstance(port, str):
        port = int(port) if _PORT.fullmatch(port) else port or UNSET
    fields = {name: _text(document, name) for name in _TEXTS}
    return {**fields, "port": _or_unset(port), "extra": _or_unset(extra)}


def _text(document: Mapping[str, Any], name: str) -> Value:
    value = document.get(name)
    return value if isinstance(value, str) else UNSET


def _or_unset(value: Value) -> Value:
    return UNSET if value is None else value


_VARIABLE = Layout(_variable, lambda document: document.get("value") is not None)
_CONNECTION = Layout(_connection, lambda _document: True)
_LAYOUTS = {"variable": _VARIABLE, "connection": _CONNECTION}
