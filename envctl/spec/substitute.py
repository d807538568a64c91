"""References in a tree of nodes, replaced by what they resolve to. Only scalars are looked at."""

from __future__ import annotations

from operator import is_not
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec.structs import replace

from envctl.errors import Diagnostic
from envctl.model.node import Mapping, Node, Scalar, Sequence
from envctl.model.reference import BadReference, Reference, Unresolved, parse_template
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envctl.errors import Position

Path: TypeAlias = "tuple[str, ...]"
"""The keys that lead to a node."""


class Resolve(Protocol):
    """Gives what a reference stands for: a Secret, or a text when its source is no secret one.

    Raises Unresolved when there is nothing to give.
    """

    def __call__(self, reference: Reference, position: Position) -> str | Secret:
        """Resolve one reference; see the class."""
        ...


def substitute(node: Node, resolve: Resolve, found: list[Diagnostic]) -> Node:
    """Return the node with every reference resolved; what cannot be goes to `found`, all of it.

    An unresolved reference leaves an unavailable secret, so that the rest can still be checked. A node
    without references is returned as it is: most are, and a large spec stands in memory once.
    """
    if isinstance(node, Mapping):
        return _mapping(node, resolve, found)
    if isinstance(node, Sequence):
        items = tuple(substitute(item, resolve, found) for item in node.items)
        return replace(node, items=items) if any(map(is_not, items, node.items)) else node
    if node.tag or isinstance(node.text, Secret) or "${" not in node.text:
        return node
    return _scalar(node, node.text, resolve, found)


def substitute_at(node: Node, path: Path, resolve: Resolve, found: list[Diagnostic]) -> Node:
    """Return the node with the references at and below a path resolved, all else as it is."""
    if not path:
        return substitute(node, resolve, found)
    if not isinstance(node, Mapping) or path[0] not in node.entries:
        return node
    changed = substitute_at(node.entries[path[0]], path[1:], resolve, found)
    return replace(node, entries={**node.entries, path[0]: changed})


def substitute_but(node: Node, spared: Collection[Path], resolve: Resolve, found: list[Diagnostic]) -> Node:
    """Return the node with every reference resolved but those at and below the spared paths."""
    if () in spared:
        return node
    if not spared or not isinstance(node, Mapping):
        return substitute(node, resolve, found)
    heads = {path[0]: node.keys[path[0]] for path in spared if path[0] in node.entries}
    others = {key: child for key, child in node.entries.items() if key not in heads}
    rest = _mapping(replace(node, entries=others), resolve, found)
    kept = {
        head: substitute_but(
            node.entries[head], [path[1:] for path in spared if path[0] == head], resolve, found
        )
        for head in heads
    }
    return replace(rest, entries={**rest.entries, **kept}, keys={**rest.keys, **heads})


def _mapping(node: Mapping, resolve: Resolve, found: list[Diagnostic]) -> Mapping:
    values = [substitute(child, resolve, found) for child in node.entries.values()]
    if not any(map(is_not, values, node.entries.values())) and not any("${" in key for key in node.entries):
        return node
    entries: dict[str, Node] = {}
    keys: dict[str, Position] = {}
    for key, value in zip(node.entries, values, strict=True):
        text = _literal(key)
        if text is None:
            problem = f"a reference in the key {key!r}"
            hint = "references stand in values only; '$${' is a literal '${'"
            found.append(Diagnostic(problem, node.keys[key], hint))
            continue
        entries[text] = value
        keys[text] = node.keys[key]
    return Mapping(entries, keys, node.position, node.tag)


def _literal(key: str) -> str | None:
    """Return a key as it is meant, None when there is a reference in it."""
    if "${" not in key:
        return key
    try:
        pieces = parse_template(key)
    except BadReference:
        return None
    return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], str) else None


def _scalar(node: Scalar, text: str, resolve: Resolve, found: list[Diagnostic]) -> Scalar:
    try:
        template = parse_template(text)
    except BadReference as error:
        found.append(Diagnostic(str(error), node.position))
        return replace(node, text=Secret.unavailable(text), plain=False)
    parts: list[str | Secret] = []
    for piece in template:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        try:
            parts.append(resolve(piece, node.position))
        except Unresolved as error:
            found.append(Diagnostic(str(error), node.position, error.hint))
            parts.append(Secret.unavailable(piece.text))
    if any(isinstance(part, Secret) for part in parts):
        return replace(node, text=Secret.join(tuple(parts)), plain=False)
    return replace(node, text="".join(str(part) for part in parts), plain=False)


def references_in(node: Node) -> Iterator[tuple[Reference, Position]]:
    """Yield every reference in a node with its place; texts that hold a bad one are passed over."""
    if isinstance(node, Mapping):
        for child in node.entries.values():
            yield from references_in(child)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from references_in(item)
    elif not node.tag and isinstance(node.text, str) and "${" in node.text:
        try:
            pieces = parse_template(node.text)
        except BadReference:
            return
        yield from ((piece, node.position) for piece in pieces if isinstance(piece, Reference))
