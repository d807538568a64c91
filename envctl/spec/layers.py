"""Layers: one tree of sections laid over another, mapping by mapping.

Lists and scalars are replaced; `!remove` takes an inherited key out, `!replace` ends the deep merge.
"""

from __future__ import annotations

from dataclasses import replace

from envctl.errors import Diagnostic
from envctl.model.node import REMOVE, REPLACE, Mapping, Node


def overlay(base: Mapping, over: Mapping, found: list[Diagnostic]) -> Mapping:
    """Return `base` with `over` laid upon it; a `!remove` that removes nothing is a warning."""
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
    return Mapping(entries, keys, over.position, base.tag)


def _merged(below: Node | None, node: Node, found: list[Diagnostic]) -> Node:
    if isinstance(node, Mapping):
        if node.tag == REPLACE or not isinstance(below, Mapping):
            return _settled(node, found)
        return overlay(below, node, found)
    return replace(node, tag="") if node.tag == REPLACE else node


def _settled(node: Mapping, found: list[Diagnostic]) -> Mapping:
    """Return a mapping that has nothing below it, with the tags of merging worked off inside."""
    empty = Mapping({}, {}, node.position)
    return overlay(empty, replace(node, tag=""), found)
