"""Nodes through pydantic models: every mistake as a diagnostic with its place and the nearest name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from envctl.errors import Diagnostic
from envctl.model.node import Mapping, at_path, describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from envctl.model.node import Node

Model = TypeVar("Model", bound=BaseModel)


def typed(model: type[Model], node: Node, what: str, found: list[Diagnostic]) -> Model | None:
    """Return the node as the model's typed form, None when it has mistakes; those go to `found`.

    `what` names the thing in error texts, such as `variable batch_size`.
    """
    if not isinstance(node, Mapping):
        found.append(Diagnostic(f"{what}: must be a mapping, not {describe(node)}", node.position))
        return None
    try:
        return model.model_validate(node.entries)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=True)
        found.extend(_diagnostic(model, node, detail, what) for detail in details)
        return None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known name that is nearest to a wrong one, or with all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"


def _diagnostic(model: type[BaseModel], node: Mapping, detail: ErrorDetails, what: str) -> Diagnostic:
    path = detail["loc"]
    position = at_path(node, path)
    name = ".".join(str(step) for step in path)
    if detail["type"] == "extra_forbidden":
        return Diagnostic(
            f"{what}: unknown key {str(path[-1])!r}",
            position,
            nearest(str(path[-1]), _keys(_model_at(model, path))),
        )
    if detail["type"] == "missing":
        return Diagnostic(f"{what}: {path[-1]} is missing", position, f"add {path[-1]}:")
    message = _message(detail)
    return Diagnostic(f"{what}: {name} {message}" if name else f"{what}: {message}", position)


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "envctl":
        return detail["msg"]
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return "must be a mapping"
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel]:
    """Return the model of the mapping in which the last step of a path stands."""
    for step in path[:-1]:
        field = next(
            (field for name, field in model.model_fields.items() if step in (name, field.alias)), None
        )
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return model
        model = inner
    return model


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
