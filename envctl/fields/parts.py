"""What the models of envctl's own files (`environment.yaml` and others) are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema

from envctl.fields.values import TEXT_SCHEMA, complaint, take_own_text, take_text_mapping, take_texts
from envctl.model.nearest import close
from envctl.model.node import Mapping, Node, Scalar, Sequence, describe
from envctl.model.secret import Secret
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.value import Value


def take_shown_text(node: Node) -> Value:
    """Return a text that may be shown, or the unavailable secret that stands for one not known here."""
    text = take_own_text(node)
    if isinstance(text, Secret) and text.available:
        raise complaint("must be a text that may be shown: it cannot come from a secret source")
    return text


def choice(*allowed: str) -> PlainValidator:
    """Return what takes one of these words, or the unavailable secret that stands for one not known here."""

    def take(node: Node) -> str | Secret:
        text: str | Secret = take_shown_text(node)
        if text not in allowed and not isinstance(text, Secret):
            near = close(text, allowed)
            hint = f"did you mean {near!r}?" if near else None
            raise complaint(f"must be one of {', '.join(allowed)}", hint)
        return text

    return PlainValidator(take)


def fitting(text: str | Secret, fits: Callable[[str], bool], wish: str) -> str | Secret:
    """Return a text, secret or not, that fits its place. Raises a complaint, which never shows it."""

    def judge(payload: str) -> Verdict:
        return Verdict.SAME if fits(payload) else Verdict.DIFFERENT

    if (text.judge(judge) if isinstance(text, Secret) else judge(text)) is Verdict.DIFFERENT:
        raise complaint(wish)
    return text


def _section(node: Any) -> Any:
    """Let pydantic go into a mapping of nodes."""
    if isinstance(node, Mapping):
        return node.entries
    if isinstance(node, Scalar | Sequence):
        raise complaint(f"must be a mapping, not {describe(node)}")
    return node


def _items(node: Any) -> Any:
    """Let pydantic go into a list of nodes."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Scalar | Mapping):
        raise complaint(f"must be a list, not {describe(node)}")
    return node


Section = BeforeValidator(_section)
Items = BeforeValidator(_items)
Texts = Annotated[
    Any, PlainValidator(take_texts), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
TextMapping = Annotated[
    Any,
    PlainValidator(take_text_mapping),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}),
]
ShownText = Annotated[Any, PlainValidator(take_shown_text), WithJsonSchema(TEXT_SCHEMA)]


class Part(BaseModel):
    """A mapping in one of these files; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, defer_build=True)
