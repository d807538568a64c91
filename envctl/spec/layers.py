"""Layers: one tree of sections laid over another, mapping by mapping.

Lists and scalars are replaced; `!remove` takes an inherited key out, `!replace` ends the deep merge.
What is `!unmanaged` is replaced too, and replaces: it is no mapping to merge with, whatever it holds.
"""

from __future__ import annotations

from msgspec.structs import replace

from envctl.errors import Diagnostic
from envctl.model.node import REMOVE, REPLACE, UNMANAGED_TAG, Mapping, Node, Sequence


def overlay(base: Mapping, over: Mapping, found: list[Diagnostic]) -> Mapping:
    """Return `base` with `over` laid upon it; a `!remove` that removes nothing is a warning."""
    if not base.entries and _is_plain(over):
        return over
    entries = dict(base.entries)
    keys = dict(base.keys)
    for key, node in over.entries.items():
        if node.tag == REMOVE:
            if key not in entries:
                found.append(
                    Diagnostic(
                        f"!remove of {key!r}, which no layer below has",
                        over.keys[key],
                        "drop the line",
                        "warning",
                    )
                )
            entries.pop(key, None)
            keys.pop(key, None)
            continue
        entries[key] = _merged(entries.get(key), node, found)
        keys[key] = over.keys[key]
    return Mapping(entries, keys, over.position)


def _is_plain(node: Node) -> bool:
    """Tell whether a node means the same wherever it is laid: nothing in it says how to merge."""
    if node.tag:
        return False
    if isinstance(node, Mapping):
        return all(map(_is_plain, node.entries.values()))
    return not isinstance(node, Sequence) or all(map(_is_plain, node.items))


def _merged(below: Node | None, node: Node, found: list[Diagnostic]) -> Node:
    if node.tag == UNMANAGED_TAG:
        return node
    if not isinstance(node, Mapping):
        return replace(node, tag="") if node.tag == REPLACE else node
    if node.tag == REPLACE or not isinstance(below, Mapping) or below.tag == UNMANAGED_TAG:
        return overlay(Mapping({}, {}, node.position), node, found)
    return overlay(below, node, found)
