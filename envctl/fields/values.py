"""The types of fields: each reads one node of a spec file, and has a JSON Schema for editors.

A field type takes the text as typed wherever the field is text, so `login: 007` stays `007`; a
number or a boolean must be one by the YAML 1.2 core rules, or a text that spells one, since that is
what a reference resolves to.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from envctl.model.node import REMOVE, REPLACE, UNMANAGED_TAG, Mapping, Node, Scalar, Sequence, describe
from envctl.model.secret import Secret, Unfit
from envctl.model.value import MASK_TEXT, UNMANAGED, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import InitErrorDetails

    from envctl.model.change import Path

Step = TypeVar("Step", str, int)

_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_MASKED_PASSWORD = re.compile(r"://[^/@\s]*:\*{3}@")
_BOOLEANS = {"true": True, "false": False}
_MISPLACED = {
    REMOVE: "is in a list, where !remove has nothing to remove: lists are replaced as a whole",
    REPLACE: "is in a list, where !replace has nothing to replace: lists are replaced as a whole",
    UNMANAGED_TAG: "cannot be !unmanaged as an item of a list: make the whole list so",
}
TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}


def complaint(message: str, hint: str | None = None) -> PydanticCustomError:
    """Return the error that pydantic collects; its text never holds the value. The hint says what to do."""
    return PydanticCustomError("envctl", "{message}", {"message": message, "hint": hint})


def complaints(found: Iterable[tuple[Path, str]]) -> ValidationError:
    """Return several errors as one that pydantic takes apart again, each with its path below the field."""
    details: list[InitErrorDetails] = [
        {"type": complaint(message), "loc": path, "input": None} for path, message in found
    ]
    return ValidationError.from_exception_data("envctl", details)


def take_text(node: Node) -> Value:
    """Return a scalar's text, exactly as typed."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    return _text(node, "write '' for an empty text, or !remove to take an inherited one out")


def take_own_text(node: Node) -> Value:
    """Return a scalar's text where no layer lies below, so that nothing can be inherited or unmanaged."""
    return _text(node, "write '' for an empty text, or leave it out")


def _text(node: Node, way_out: str) -> Value:
    if not isinstance(node, Scalar):
        raise complaint(f"must be text, not {describe(node)}")
    if node.is_null:
        raise complaint(f"is empty: {way_out}")
    return _refuse_mask(node.text)


def integer(lowest: int, highest: int) -> Callable[[Node], Value]:
    """Return what takes a whole number within these bounds; a reference must resolve to one."""
    wish = f"must be a whole number from {lowest} to {highest}"

    def fitting(value: Value) -> int:
        number = whole_number(value)
        if not lowest <= number <= highest:
            raise ValueError(wish)
        return number

    def take(node: Node) -> Value:
        if node.tag == UNMANAGED_TAG:
            return UNMANAGED
        if not isinstance(node, Scalar):
            raise complaint(f"{wish}, not {describe(node)}")
        if node.is_null:
            raise complaint("is empty: write a whole number, or !remove to take an inherited one out")
        if isinstance(node.text, Secret):
            return _derived(node.text, fitting, wish)
        value = core_value(node)
        try:
            return fitting(value)
        except ValueError:
            raise complaint(wish) from None

    return take


def take_boolean(node: Node) -> Value:
    """Return true or false; YAML 1.1 words such as `yes` and `on` are texts here."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    value = core_value(node) if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        return _derived(value, _BOOLEANS.__getitem__, "must be true or false")
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise complaint("must be true or false")


def take_texts(node: Node) -> tuple[Value, ...]:
    """Return a list of texts of its own."""
    if not isinstance(node, Sequence):
        raise complaint(f"must be a list, not {describe(node)}")
    return tuple(_each_text(enumerate(node.items)).values())


def take_text_mapping(node: Node) -> dict[str, Value]:
    """Return a mapping of texts of its own."""
    if not isinstance(node, Mapping):
        raise complaint(f"must be a mapping, not {describe(node)}")
    return _each_text(node.entries.items())


def take_json(node: Node) -> Value:
    """Return a JSON document: scalars by the core rules, references inside as secrets or texts.

    Raises every mistake in it at once, each with its path.
    """
    found: list[tuple[Path, str]] = []
    value = _json(node, (), found)
    if found:
        raise complaints(found)
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
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    return take_text(node) if isinstance(node, Scalar) else take_json(node)


def core_value(node: Scalar) -> Value:
    """Return what the core rules read in a scalar; complain about what no JSON reader would take."""
    try:
        value = node.core_value()
    except ValueError:
        raise complaint("has more digits than Airflow can read (4,300)") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise complaint("is no number that JSON can hold; quote it if it is meant as text")
    return value


def whole_number(value: Value) -> int:
    """Return the whole number that a value is, or that its text spells. Raises ValueError."""
    if isinstance(value, bool) or not re.fullmatch(r"\s*[-+]?[0-9]{1,18}\s*", str(value)):
        raise ValueError("not a whole number")
    return int(value)


def _each_text(items: Iterable[tuple[Step, Node]]) -> dict[Step, Value]:
    """Return the text of each item. Raises every mistake at once, each with its place."""
    found: list[tuple[Path, str]] = []
    texts: dict[Step, Value] = {}
    for step, node in items:
        try:
            texts[step] = take_own_text(node)
        except PydanticCustomError as error:
            found.append(((step,), error.message()))
    if found:
        raise complaints(found)
    return texts


def _json(node: Node, path: Path, found: list[tuple[Path, str]]) -> Value:
    if node.tag == UNMANAGED_TAG and path and isinstance(path[-1], str):
        return UNMANAGED
    if node.tag:
        found.append((path, _MISPLACED[node.tag]))
        return None
    if isinstance(node, Mapping):
        return {key: _json(child, (*path, key), found) for key, child in node.entries.items()}
    if isinstance(node, Sequence):
        return [_json(item, (*path, index), found) for index, item in enumerate(node.items)]
    try:
        _refuse_mask(node.text)
        return core_value(node)
    except PydanticCustomError as error:
        found.append((path, error.message()))
        return None


def _derived(secret: Secret, change: Callable[[Value], Value], wish: str) -> Secret:
    try:
        return secret.derive(change)
    except Unfit as error:
        raise complaint(f"{wish}: {error}") from None


def _refuse_mask(text: str | Secret) -> str | Secret:
    if isinstance(text, str) and (text == MASK_TEXT or _MASKED_PASSWORD.search(text)):
        raise complaint(
            "is Airflow's mask '***', not a value: put a reference such as ${PG_PASSWORD} in its place"
        )
    return text


def integer_schema(lowest: int, highest: int) -> JsonSchemaValue:
    """Return the JSON Schema of a whole number within bounds, or of a reference to one."""
    return {"anyOf": [{"type": "integer", "minimum": lowest, "maximum": highest}, _REFERENCE]}


Text = Annotated[Any, PlainValidator(take_text), WithJsonSchema(TEXT_SCHEMA)]
OwnText = Annotated[Any, PlainValidator(take_own_text), WithJsonSchema(TEXT_SCHEMA)]
Boolean = Annotated[Any, PlainValidator(take_boolean), WithJsonSchema({"type": "boolean"})]
JsonObject = Annotated[Any, PlainValidator(take_object), WithJsonSchema({"type": "object"})]
