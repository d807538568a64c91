"""What was read from AWS, and the fields in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from envctl.model.discreet import Discreet
from envctl.model.nearest import close
from envctl.model.secret import Secret
from envctl.secrets.backend import Found, Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.model.reference import Reference
    from envctl.secrets.aws.naming import Thing, Wanted


class Document(Discreet, frozen=True):
    """The text of a secret or a parameter, None where it holds bytes; and the version that it is of."""

    shown: ClassVar[tuple[str, ...]] = ("version",)

    text: str | None
    version: str


class Shelf(Protocol):
    """A service from which things are read. Safe to use from several threads."""

    def batches(self, things: Iterable[Thing]) -> list[tuple[Thing, ...]]:
        """Return what can be read at once."""
        ...

    def batch(self, things: tuple[Thing, ...]) -> Mapping[Thing, Document | Missing]:
        """Return what was read at once; what is not in there has to be read one by one."""
        ...

    def single(self, thing: Thing) -> Document | Missing:
        """Return what was read, or just why there is nothing."""
        ...


def chunks(things: Iterable[Thing], size: int) -> list[tuple[Thing, ...]]:
    """Return things in groups of a certain size, the last one smaller."""
    everything = list(things)
    return [tuple(everything[start : start + size]) for start in range(0, len(everything), size)]


def answer(reference: Reference, one: Wanted, document: Document | Missing) -> Found | Missing:
    """Return what a reference stands for, of what was read."""
    if isinstance(document, Missing):
        return document
    text = _text(one, document)
    if isinstance(text, Missing):
        return text
    return Found(Secret(text, reference.text, versions=((reference.text, document.version),)))


def _text(one: Wanted, document: Document) -> str | Missing:
    name = one.thing.id
    if document.text is None:
        return Missing(f"{name} holds bytes, not a text", "store it as a text (SecretString)")
    if one.field is None:
        return document.text
    fields = _fields(document.text)
    if fields is None:
        return Missing(
            f"{name} holds no JSON object, and so has no fields", "leave #FIELD out, or store an object there"
        )
    if one.field not in fields:
        near = close(one.field, fields)
        hint = f"did you mean {near!r}?" if near else "add it there, or mend the reference"
        return Missing(f"there is no field {one.field!r} in {name}", hint)
    value = fields[one.field]
    if not isinstance(value, str):
        return Missing(f"the field {one.field!r} of {name} is no text", "write it as a text")
    return value


def _fields(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # which hold the text
        return None
    return found if isinstance(found, dict) else None
