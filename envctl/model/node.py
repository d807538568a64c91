"""What a YAML file says, with the place of each word: the tree that layers merge and kinds read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.errors import Position
    from envctl.model.secret import Secret

REMOVE = "!remove"
REPLACE = "!replace"
UNMANAGED_TAG = "!unmanaged"

# The core schema of YAML 1.2, section 10.3.2.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)

_SPECIAL_FLOAT = re.compile(r"^([-+]?)\.([a-zA-Z]+)$")


class Scalar(Struct, frozen=True):
    """One scalar: its text as typed, and whether it stood there plain (without quotes or a type tag)."""

    text: str | Secret
    plain: bool
    position: Position
    tag: str = ""

    @property
    def is_null(self) -> bool:
        """Whether YAML reads this as null."""
        return self.plain and self.text in _NULL

    def core_value(self) -> bool | int | float | str | Secret | None:
        """Return what the YAML 1.2 core schema reads here; anything but a plain scalar is its text.

        Raises ValueError for a whole number of more digits than Python, and so Airflow, reads.
        """
        text = self.text
        if not self.plain or not isinstance(text, str):
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if text[0] in "+-.0123456789":
            if _INTEGER.fullmatch(text):
                return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            if _FLOAT.fullmatch(text):
                return float(_SPECIAL_FLOAT.sub(r"\1\2", text))
        return text


class Sequence(Struct, frozen=True):
    """A YAML sequence."""

    items: tuple[Node, ...]
    position: Position
    tag: str = ""


class Mapping(Struct, frozen=True):
    """A YAML mapping: each value by its key's text, and the place of each key."""

    entries: dict[str, Node]
    keys: dict[str, Position]
    position: Position
    tag: str = ""


Node: TypeAlias = Scalar | Sequence | Mapping


def describe(node: Node) -> str:
    """Name a node's shape for an error text, without its content."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing (null)" if node.is_null else "a single value"


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all that is below it, in the order of the file."""
    yield node
    if isinstance(node, Mapping | Sequence):
        for child in node.entries.values() if isinstance(node, Mapping) else node.items:
            yield from walk(child)


def at_path(node: Node, path: tuple[str | int, ...], place: Position | None = None) -> Position:
    """Return the place of the deepest step of the path that exists below the node.

    `place` is where the node itself stands, when that is not where its content begins.
    """
    position = place or node.position
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            position = node.keys[step]
            node = node.entries[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            position = node.position
        else:
            break
    return position
