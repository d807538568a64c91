"""Nodes through pydantic models: every mistake as a diagnostic with its place and the nearest name."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from envctl.errors import Diagnostic
from envctl.model.change import render_path
from envctl.model.nearest import close, nearest
from envctl.model.node import Mapping, at_path, describe, walk

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from envctl.errors import Position
    from envctl.model.change import Path
    from envctl.model.node import Node

_UNKNOWN = "extra_forbidden"
_MISSING = "missing"
_BUILDING = Lock()
Model = TypeVar("Model", bound=BaseModel)


def typed(
    model: type[Model], node: Node, what: str, found: list[Diagnostic], place: Position | None = None
) -> Model | None:
    """Return the node as the model's typed form, None when it has mistakes; those go to `found`.

    `what` names the thing in error texts, such as `variable batch_size`; `place` is where it stands, when
    that is not where its content begins.
    """
    place = place or node.position
    if not isinstance(node, Mapping):
        found.append(Diagnostic(f"{what}: must be a mapping, not {describe(node)}", place))
        return None
    if not model.__pydantic_complete__:
        with _BUILDING:  # pydantic before 2.14 may not be asked by two threads to build one form
            model.model_rebuild()
    try:
        return model.model_validate(node.entries)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=True)
        mistyped = {_meant(model, detail["loc"]) for detail in details if detail["type"] == _UNKNOWN}
        found.extend(
            _diagnostic(model, node, detail, what, place)
            for detail in details
            if not (detail["type"] == _MISSING and detail["loc"] in mistyped)
        )
        return None


def report_tags(node: Node, file: str, found: list[Diagnostic]) -> bool:
    """Report the tags in one of envctl's own files, where no layer lies below; tell whether there are any."""
    tagged = [below for below in walk(node) if below.tag]
    hint = "it belongs into the other files"
    found += [Diagnostic(f"{below.tag} has no meaning in {file}", below.position, hint) for below in tagged]
    return bool(tagged)


@cache
def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys that a model knows."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _meant(model: type[BaseModel], path: Path) -> Path:
    """Return the path of the key that was meant by an unknown one, or its own."""
    near = close(str(path[-1]), keys_of(_model_at(model, path)))
    return (*path[:-1], near) if near else path


def _diagnostic(
    model: type[BaseModel], node: Mapping, detail: ErrorDetails, what: str, place: Position
) -> Diagnostic:
    path = detail["loc"]
    position = at_path(node, path, place)
    name = render_path(path)
    if detail["type"] == _UNKNOWN:
        return Diagnostic(
            f"{what}: unknown key {str(path[-1])!r}",
            position,
            nearest(str(path[-1]), keys_of(_model_at(model, path))),
        )
    if detail["type"] == _MISSING:
        return Diagnostic(f"{what}: {name} is missing", position, f"add {path[-1]}:")
    message = detail["msg"]
    hint = detail.get("ctx", {}).get("hint")
    return Diagnostic(f"{what}: {name} {message}" if name else f"{what}: {message}", position, hint)


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel]:
    """Return the model of the mapping in which the last step of a path stands."""
    for step in path[:-1]:
        if isinstance(step, int):
            continue  # the model of a list's items was found at the list
        field = next(
            (field for name, field in model.model_fields.items() if step in (name, field.alias)), None
        )
        inner = _item(field.annotation) if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return model
        model = inner
    return model


def _item(annotation: Any) -> Any:
    """Return the type of a field, or of the items of one that is a list."""
    inside = get_args(annotation)
    return _item(inside[0]) if inside else annotation
