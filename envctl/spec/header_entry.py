"""`airflow.headers` of an `environment.yaml`: headers of one's own that go with every request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from envctl.fields.parts import fitting
from envctl.fields.values import TEXT_SCHEMA, complaint, complaints, take_own_text
from envctl.model.node import Mapping, describe

if TYPE_CHECKING:
    from envctl.model.change import Path
    from envctl.model.node import Node
    from envctl.model.value import Value

AUTHORIZATION = "authorization"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
_OWN = frozenset(
    name.lower()
    for name in (
        "Accept-Encoding",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Expect",
        "Host",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "User-Agent",
    )
)
"""What the transport sets, by what it sends and how."""


def take_headers(node: Node) -> dict[str, Value]:
    """Return headers by their names. Raises every mistake at once, each with its place."""
    if not isinstance(node, Mapping):
        raise complaint(f"must be a mapping of names to values, not {describe(node)}")
    found: list[tuple[Path, str]] = []
    headers: dict[str, Value] = {}
    before: set[str] = set()
    for name, value in node.entries.items():
        try:
            headers[name] = _header(name, value, before)
        except PydanticCustomError as error:
            found.append(((name,), error.message()))
        before.add(name.lower())
    if found:
        raise complaints(found)
    return headers


def _header(name: str, value: Node, before: set[str]) -> Value:
    if not _NAME.fullmatch(name):
        raise complaint("is no name of a header: letters, digits and - make one")
    if name.lower() in _OWN:
        raise complaint("is set by envctl itself, and cannot be another")
    if name.lower() in before:
        raise complaint("is there twice: the case of a header's name does not matter")
    wish = "must be printable ASCII, without a space at either end"
    return fitting(take_own_text(value), lambda text: bool(_VALUE.fullmatch(text)), wish)


Headers = Annotated[
    Any,
    PlainValidator(take_headers),
    WithJsonSchema({"type": "object", "additionalProperties": TEXT_SCHEMA}),
]
