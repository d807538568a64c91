"""Fields whose order means nothing: lists that are compared, and sent, as sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from envctl.fields.values import complaint, complaints, take_texts
from envctl.model.node import UNMANAGED_TAG, Mapping, Node, describe
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, Value

if TYPE_CHECKING:
    from envctl.model.change import Path


def take_names(node: Node) -> Value:
    """Return the names in a list, sorted; for all to see, since they are no secrets."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    names = take_texts(node)
    if any(isinstance(name, Secret) for name in names):
        raise complaint("must be names that may be shown: none can come from a secret source")
    if "" in names:
        raise complaint("must not hold an empty name")
    return sorted(set(names))


def take_named_sets(node: Node) -> Value:
    """Return lists of names by a name each. Raises every mistake in them at once."""
    if node.tag == UNMANAGED_TAG:
        return UNMANAGED
    if not isinstance(node, Mapping):
        raise complaint(f"must be a mapping, not {describe(node)}")
    found: list[tuple[Path, str]] = []
    sets: dict[str, Value] = {}
    for key, child in node.entries.items():
        try:
            sets[key] = UNMANAGED if child.tag == UNMANAGED_TAG else take_names(child)
        except PydanticCustomError as error:
            found.append(((key,), error.message()))
        except ValidationError as error:
            found += [((key, *detail["loc"]), detail["msg"]) for detail in error.errors(include_input=False)]
    if found:
        raise complaints(found)
    return sets


_NAMES = {"type": "array", "items": {"type": "string"}}
Names = Annotated[Any, PlainValidator(take_names), WithJsonSchema(_NAMES)]
NamedSets = Annotated[
    Any,
    PlainValidator(take_named_sets),
    WithJsonSchema({"type": "object", "additionalProperties": _NAMES}),
]
