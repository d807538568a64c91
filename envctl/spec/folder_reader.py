"""The spec files of one folder, side by side, into its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.errors import Diagnostic, Position
from envctl.model.nearest import nearest
from envctl.model.node import REMOVE, UNMANAGED_TAG, Mapping, Node, Scalar, describe
from envctl.spec.tree import ENVIRONMENT_FILE
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping as Named

    from envctl.kinds.kind import Kind
    from envctl.spec.tree import Tree

NOWHERE = Position("", 0, 0)


def read_folder(tree: Tree, name: str, kinds: Named[str, Kind], found: list[Diagnostic]) -> Mapping:
    """Return the sections of all files of a folder, each a mapping of entries in their long form.

    `kinds` are known by their section. Mistakes go to `found`.
    """
    sections = Mapping({}, {}, NOWHERE)
    for path in tree.files(name, found):
        if path.name == ENVIRONMENT_FILE:
            continue
        data = tree.read(path, found)
        root = read_yaml(data, tree.position_name(path), found) if data is not None else None
        if root is None:
            continue
        if not isinstance(root, Mapping) or root.tag:
            problem = f"must be a mapping of sections, not {root.tag or describe(root)}"
            found.append(Diagnostic(problem, root.position, f"known sections are {', '.join(sorted(kinds))}"))
            continue
        for section, node in root.entries.items():
            if section in kinds:
                _join_section(sections, kinds[section], node, root.keys[section], found)
            else:
                hint = nearest(section, kinds)
                found.append(Diagnostic(f"unknown section {section!r}", root.keys[section], hint))
    return sections


def _join_section(
    sections: Mapping, kind: Kind, node: Node, place: Position, found: list[Diagnostic]
) -> None:
    """Put one file's section beside what other files have of it."""
    section = kind.section
    joined = sections.entries.get(section)
    if joined is not None and REMOVE in (node.tag, joined.tag):
        first = sections.keys[section]
        problem = f"{section} is removed in one file of this folder and written in another, at {first}"
        found.append(Diagnostic(problem, place, "keep one of them"))
    elif node.tag == REMOVE:
        sections.entries[section], sections.keys[section] = node, place
    elif not isinstance(node, Mapping) or node.tag == UNMANAGED_TAG:
        problem = f"{section} must be a mapping, not {node.tag or describe(node)}"
        found.append(Diagnostic(problem, place, f"write '{section}: {{}}' for none at all"))
    else:
        beside = joined if isinstance(joined, Mapping) else Mapping({}, {}, node.position)
        # Whichever file says !replace, it is the layers below that are replaced, not the other file.
        sections.entries[section] = replace(beside, tag=beside.tag or node.tag)
        sections.keys.setdefault(section, place)
        _join_entries(kind, beside, node, found)


def _join_entries(kind: Kind, joined: Mapping, node: Mapping, found: list[Diagnostic]) -> None:
    for identifier, entry in node.entries.items():
        place = node.keys[identifier]
        if identifier in joined.entries:
            problem = f"{kind.name}/{identifier} is declared twice, first at {joined.keys[identifier]}"
            found.append(Diagnostic(problem, place, "keep one of them"))
            continue
        joined.entries[identifier] = _expanded(kind, entry)
        joined.keys[identifier] = place


def _expanded(kind: Kind, entry: Node) -> Node:
    """Return the long form of an entry that stands as a plain value behind its key."""
    if kind.shorthand is None or isinstance(entry, Mapping) or entry.tag == REMOVE:
        return entry
    if isinstance(entry, Scalar) and entry.is_null and entry.tag != UNMANAGED_TAG:
        return entry
    whole, value = "", entry
    if entry.tag and entry.tag != UNMANAGED_TAG:
        whole, value = entry.tag, replace(entry, tag="")
    return Mapping({kind.shorthand: value}, {kind.shorthand: entry.position}, entry.position, whole)
