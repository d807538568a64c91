"""Folders into the merged, still unresolved spec of an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Diagnostic, Position
from envctl.model.node import UNMANAGED_TAG, Mapping, Node, Scalar, describe
from envctl.model.policy import Scope
from envctl.spec.environment import EnvironmentFile, ScopeEntry, scope_of
from envctl.spec.layers import overlay
from envctl.spec.tree import ENVIRONMENT_FILE, Tree
from envctl.spec.typed import nearest, typed
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence as Ordered

    from envctl.kinds.kind import Kind

_NOWHERE = Position("", 0, 0)


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """One environment as its files have it, references unresolved.

    `sections` holds the merged sections, each a mapping of entries; a section that no file has is
    not in it. `scopes` says by section which ids envctl owns.
    """

    name: str
    file: EnvironmentFile
    airflow: Mapping
    sections: Mapping
    scopes: dict[str, Scope]

    def scope(self, kind: Kind) -> Scope:
        """Return which ids of a kind envctl owns here."""
        return self.scopes.get(kind.section, Scope())


class SpecReader:
    """Reads environments of one tree; each folder is read once, however many build on it.

    `found` collects every mistake, each once.
    """

    def __init__(self, tree: Tree, kinds: Ordered[Kind]) -> None:
        self._tree = tree
        self._kinds = {kind.section: kind for kind in kinds}
        self._folders: dict[str, Mapping] = {}
        self._files: dict[str, tuple[EnvironmentFile, Mapping] | None] = {}
        self.found: list[Diagnostic] = []

    def environment(self, name: str) -> EnvironmentSpec | None:
        """Return an environment, None when its own file has mistakes."""
        read = self._environment_file(name)
        if read is None:
            return None
        file, root = read
        sections = Mapping({}, {}, _NOWHERE)
        for folder in self._folder_order(name, ()):
            sections = overlay(sections, self._folder(folder), self.found)
        airflow = root.entries["airflow"]
        manage = root.entries.get("manage")
        return EnvironmentSpec(
            name=name,
            file=file,
            airflow=airflow if isinstance(airflow, Mapping) else Mapping({}, {}, airflow.position),
            sections=sections,
            scopes=self._scopes(manage) if manage is not None else {},
        )

    def _environment_file(self, name: str) -> tuple[EnvironmentFile, Mapping] | None:
        if name not in self._files:
            self._files[name] = self._read_environment_file(name)
        return self._files[name]

    def _read_environment_file(self, name: str) -> tuple[EnvironmentFile, Mapping] | None:
        path = self._tree.root / name / ENVIRONMENT_FILE
        shown = self._tree.position_name(path)
        data = self._tree.read(path, self.found)
        if data is None:
            return None
        before = len(self.found)
        root = read_yaml(data, shown, self.found)
        if root is None:
            if len(self.found) == before:
                self.found.append(
                    Diagnostic("is empty", Position(shown, 1, 1), "it needs at least airflow: {url: ...}")
                )
            return None
        if isinstance(root, Mapping):
            self._refuse_sections(root)
        file = typed(EnvironmentFile, root, "environment", self.found)
        return (file, root) if file is not None and isinstance(root, Mapping) else None

    def _refuse_sections(self, root: Mapping) -> None:
        for section in [name for name in root.entries if name in self._kinds]:
            self.found.append(
                Diagnostic(
                    f"{section} cannot stand in {ENVIRONMENT_FILE}",
                    root.keys[section],
                    "put them into any other .yaml file of the folder",
                )
            )
            del root.entries[section]

    def _folder_order(self, name: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """Return the folders to lay upon each other, lowest first, each once, `name` last."""
        read = self._environment_file(name) if (self._tree.root / name / ENVIRONMENT_FILE).is_file() else None
        if read is None:
            return (name,)
        file, root = read
        node = root.entries.get("layers")
        order: list[str] = []
        for index, layer in enumerate(file.layers):
            place = (
                node.items[index].position if node is not None and hasattr(node, "items") else root.position
            )
            if layer in (*above, name):
                cycle = " -> ".join((*above, name, layer))
                self.found.append(Diagnostic(f"layers in a circle: {cycle}", place, "take one of them out"))
            elif not self._tree.has_folder(layer):
                others = [folder for folder in self._tree.folders() if folder != name]
                self.found.append(Diagnostic(f"unknown layer {layer!r}", place, nearest(layer, others)))
            else:
                order += [
                    folder for folder in self._folder_order(layer, (*above, name)) if folder not in order
                ]
        return (*order, name)

    def _folder(self, name: str) -> Mapping:
        if name not in self._folders:
            self._folders[name] = self._read_folder(name)
        return self._folders[name]

    def _read_folder(self, name: str) -> Mapping:
        """Return the sections of all files of a folder, side by side."""
        sections = Mapping({}, {}, _NOWHERE)
        for path in self._tree.files(name, self.found):
            if path.name == ENVIRONMENT_FILE:
                continue
            data = self._tree.read(path, self.found)
            root = read_yaml(data, self._tree.position_name(path), self.found) if data is not None else None
            if root is None:
                continue
            if not isinstance(root, Mapping):
                self.found.append(
                    Diagnostic(
                        f"must be a mapping of sections, not {describe(root)}", root.position, self._known()
                    )
                )
                continue
            for section, node in root.entries.items():
                self._join_section(sections, section, node, root.keys[section])
        return sections

    def _join_section(self, sections: Mapping, section: str, node: Node, place: Position) -> None:
        if section not in self._kinds:
            self.found.append(
                Diagnostic(f"unknown section {section!r}", place, nearest(section, self._kinds))
            )
            return
        if not isinstance(node, Mapping):
            why = (
                "is empty"
                if isinstance(node, Scalar) and node.is_null
                else f"must be a mapping, not {describe(node)}"
            )
            self.found.append(
                Diagnostic(f"{section} {why}", place, f"write '{section}: {{}}' for none at all")
            )
            return
        kind = self._kinds[section]
        joined = sections.entries.setdefault(section, Mapping({}, {}, node.position, node.tag))
        sections.keys.setdefault(section, place)
        if not isinstance(joined, Mapping):  # pragma: no cover - sections are only ever made here
            return
        for identifier, entry in node.entries.items():
            key_place = node.keys[identifier]
            if identifier in joined.entries:
                first = joined.keys[identifier]
                self.found.append(
                    Diagnostic(
                        f"{kind.name}/{identifier} is declared twice, first at {first}",
                        key_place,
                        "keep one of them",
                    )
                )
                continue
            joined.entries[identifier] = _expanded(kind, entry)
            joined.keys[identifier] = key_place

    def _known(self) -> str:
        return f"known sections are {', '.join(sorted(self._kinds))}"

    def _scopes(self, manage: Node) -> dict[str, Scope]:
        if not isinstance(manage, Mapping):
            self.found.append(
                Diagnostic(f"manage: must be a mapping, not {describe(manage)}", manage.position)
            )
            return {}
        scopes: dict[str, Scope] = {}
        for section, node in manage.entries.items():
            if section not in self._kinds:
                self.found.append(
                    Diagnostic(
                        f"manage: unknown section {section!r}",
                        manage.keys[section],
                        nearest(section, self._kinds),
                    )
                )
                continue
            entry = typed(ScopeEntry, node, f"manage {section}", self.found)
            if entry is not None:
                scopes[section] = scope_of(entry)
        return scopes


def _expanded(kind: Kind, entry: Node) -> Node:
    """Return the long form of an entry that stands as a plain value behind its key."""
    if kind.shorthand is None or isinstance(entry, Mapping) or (entry.tag and entry.tag != UNMANAGED_TAG):
        return entry
    if isinstance(entry, Scalar) and entry.is_null and entry.tag != UNMANAGED_TAG:
        return entry
    return Mapping({kind.shorthand: entry}, {kind.shorthand: entry.position}, entry.position)
