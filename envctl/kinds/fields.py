"""The types of fields: each reads one node of a spec file, and has a JSON Schema for editors.

A field type takes the text as typed wherever the field is text, so `login: 007` stays `007`; a
number or a boolean must be one by the YAML 1.2 core rules, or come whole from a reference.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from envctl.model.node import UNMANAGED_TAG, Mapping, Node, Scalar, Sequence, describe
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT, UNMANAGED, Value

_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_MASKED_PASSWORD = re.compile(r"://[^/@\s]*:\*{3}@")
_BOOLEANS = {"true": True, "false": False}
_TEXTS = {"type": ["string", "number", "boolean"]}


def complaint(message: str) -> PydanticCustomError:
    """Return the error that pydantic collects; its text never holds the value."""
    return PydanticCustomError("envctl", "{message}", {"message": message})


def take_text(node: Node) -> Value:
    """Return a scalar's text, exactly as typed."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    if not isinstance(node, Scalar):
        raise complaint(f"must be text, not {describe(node)}")
    if node.is_null:
        raise complaint("is empty: write '' for an empty text, or !remove to take an inherited one out")
    return _refuse_mask(node.text)


def take_integer(node: Node) -> Value:
    """Return a whole number; a reference must resolve to one."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    if not isinstance(node, Scalar):
        raise complaint(f"must be a whole number, not {describe(node)}")
    if isinstance(node.text, Secret):
        try:
            return node.text.derive(_decimal)
        except ValueError as error:
            raise complaint(f"must be a whole number; {error}") from None
    value = node.core_value()
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if node.is_null:
        raise complaint("is empty: write a whole number, or !remove to take an inherited one out")
    try:
        return _decimal(node.text)
    except ValueError:
        raise complaint(f"must be a whole number, not {describe(node)} of another type") from None


def take_boolean(node: Node) -> Value:
    """Return true or false; YAML 1.1 words such as `yes` and `on` are texts here."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    value = node.core_value() if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        try:
            return value.derive(_BOOLEANS.__getitem__)
        except ValueError as error:
            raise complaint(f"must be true or false; {error}") from None
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise complaint("must be true or false")


def take_json(node: Node) -> Value:
    """Return a JSON document: scalars by the core rules, references inside as secrets or texts."""
    if isinstance(node, Mapping):
        return {key: _leaf(child) for key, child in node.entries.items()}
    if isinstance(node, Sequence):
        return [take_json(item) for item in node.items]
    if node.tag:
        raise complaint(f"{node.tag} can stand behind a key of a mapping, not for an item of a list")
    if isinstance(node.text, str) and node.text == MASK_TEXT:
        _refuse_mask(node.text)
    value = node.core_value()
    if isinstance(value, float) and not math.isfinite(value):
        raise complaint("is no number that JSON can hold; quote it if it is meant as text")
    return value


def take_object(node: Node) -> Value:
    """Return a JSON object."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    if not isinstance(node, Mapping):
        raise complaint(
            f"must be a mapping, not {describe(node)}: write its keys as YAML, not as a JSON text"
        )
    return take_json(node)


def take_document(node: Node) -> Value:
    """Return a Variable's value: a scalar's text exactly as typed, a list or mapping as JSON."""
    return take_text(node) if isinstance(node, Scalar) else take_json(node)


def _leaf(node: Node) -> Value:
    return UNMANAGED if node.tag == UNMANAGED_TAG else take_json(node)


def _decimal(text: Any) -> int:
    if not re.fullmatch(r"\s*[-+]?[0-9]{1,18}\s*", str(text)):
        raise ValueError("not a whole number")
    return int(text)


def _refuse_mask(text: str | Secret) -> str | Secret:
    if isinstance(text, str) and (text == MASK_TEXT or _MASKED_PASSWORD.search(text)):
        raise complaint(
            "is Airflow's mask '***', not a value: put a reference such as ${PG_PASSWORD} in its place"
        )
    return text


Text = Annotated[Any, PlainValidator(take_text), WithJsonSchema(_TEXTS)]
Integer = Annotated[
    Any, PlainValidator(take_integer), WithJsonSchema({"anyOf": [{"type": "integer"}, _REFERENCE]})
]
Boolean = Annotated[Any, PlainValidator(take_boolean), WithJsonSchema({"type": "boolean"})]
JsonObject = Annotated[Any, PlainValidator(take_object), WithJsonSchema({"type": "object"})]
Document = Annotated[
    Any,
    PlainValidator(take_document),
    WithJsonSchema({"type": ["string", "number", "boolean", "object", "array"]}),
]
