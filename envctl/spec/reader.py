"""Folders into the merged, still unresolved spec of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.errors import Diagnostic
from envctl.model.nearest import nearest
from envctl.model.node import Mapping, at_path
from envctl.model.policy import Scope
from envctl.spec.environment_form import EnvironmentForm
from envctl.spec.environment_reader import read_environment_file
from envctl.spec.folder_reader import NOWHERE, read_folder
from envctl.spec.layers import overlay
from envctl.spec.outside import nothing_outside
from envctl.spec.tree import ENVIRONMENT_FILE, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Mapping as Named

    from pydantic import BaseModel

    from envctl.kinds.kind import Kind
    from envctl.spec.environment import EnvironmentFile
    from envctl.spec.environment_reader import EnvironmentRead
    from envctl.spec.outside import Outside

Found = list[Diagnostic]


class EnvironmentSpec(Struct, frozen=True):
    """One environment as its files, and what is set from outside, have it; references unresolved.

    `root` is the environment.yaml; `sections` holds the merged sections, each a mapping of entries; a
    section that no file has is not in it. `scopes` says by section which ids envctl owns. `folders` are the
    names of the layers that it builds on and its own, lowest first.
    """

    name: str
    file: EnvironmentFile
    root: Mapping
    sections: Mapping
    scopes: dict[str, Scope]
    folders: tuple[str, ...] = ()

    def in_play(self, kinds: Iterable[Kind]) -> Iterator[Kind]:
        """Yield the kinds that it speaks of at all: an omitted section is no wish, an empty one is."""
        return (kind for kind in kinds if kind.section in self.sections.entries)

    def scope(self, kind: Kind) -> Scope:
        """Return which ids of a kind envctl owns here."""
        return self.scopes.get(kind.section, Scope())


class SpecReader:
    """Reads environments of one tree; each file is read once, however many build on it.

    `outside` gives what is set from outside under `airflow:`, by the environment's name; `stores` the typed
    form of what configures a secret store, by its key below `secrets:`; `backend` that of
    `secrets_backend:`.
    `found` has every mistake in the files of the environment that was read last, each once.
    """

    def __init__(
        self,
        tree: Tree,
        kinds: Sequence[Kind],
        outside: Outside = nothing_outside,
        stores: Named[str, type[BaseModel]] | None = None,
        backend: type[BaseModel] | None = None,
    ) -> None:
        self._tree = tree
        self._form = EnvironmentForm(stores or {}, backend)
        self._outside = outside
        self._kinds = {kind.section: kind for kind in kinds}
        self._folders: dict[str, tuple[Mapping, Found]] = {}
        self._files: dict[str, tuple[EnvironmentRead | None, Found]] = {}
        self.found: Found = []

    def environment(self, name: str) -> EnvironmentSpec | None:
        """Return an environment, None when its own file has mistakes that make the rest guesswork."""
        found: Found = []
        spec = self._spec(name, found)
        self.found = list(dict.fromkeys(found))
        return spec

    @property
    def folders(self) -> frozenset[str]:
        """Return the names of the folders that were read, for whichever environment."""
        return frozenset(self._folders)

    def _spec(self, name: str, found: Found) -> EnvironmentSpec | None:
        read = self._environment_file(name, found)
        if read is None:
            self._folder(name, found)  # for the mistakes in it
            return None
        sections = Mapping({}, {}, NOWHERE)
        folders = self._folder_order(name, (), found)
        for folder in folders:
            sections = overlay(sections, self._folder(folder, found), found)
        return EnvironmentSpec(
            name=name,
            file=read.file,
            root=read.root,
            sections=sections,
            scopes=read.scopes,
            folders=folders,
        )

    def _environment_file(self, name: str, found: Found) -> EnvironmentRead | None:
        if name not in self._files:
            own: Found = []
            read = read_environment_file(self._tree, name, self._form, self._kinds, self._outside(name), own)
            self._files[name] = (read, own)
        read, own = self._files[name]
        found += own
        return read

    def _folder(self, name: str, found: Found) -> Mapping:
        if name not in self._folders:
            own: Found = []
            self._folders[name] = (read_folder(self._tree, name, self._kinds, own), own)
        sections, own = self._folders[name]
        found += own
        return sections

    def _folder_order(self, name: str, above: tuple[str, ...], found: Found) -> tuple[str, ...]:
        """Return the folders to lay upon each other, lowest first, each once, `name` last."""
        if not (self._tree.root / name / ENVIRONMENT_FILE).is_file():
            return (name,)
        read = self._environment_file(name, found)
        order: list[str] = []
        for index, layer in enumerate(read.file.layers if read else ()):
            if layer in (*above, name):
                found.append(self._circle((*above, name, layer)))
            elif not self._tree.has_folder(layer):
                place = at_path(read.root, ("layers", index)) if read else None
                others = [folder for folder in self._tree.folders() if folder != name]
                found.append(Diagnostic(f"unknown layer {layer!r}", place, nearest(layer, others)))
            else:
                below = self._folder_order(layer, (*above, name), found)
                order += [folder for folder in below if folder not in order]
        return (*order, name)

    def _circle(self, way: tuple[str, ...]) -> Diagnostic:
        """Return the finding of a circle of layers: the same one from wherever it was come upon."""
        circle = way[way.index(way[-1]) : -1]
        start = circle.index(min(circle))
        first, *rest = (*circle[start:], *circle[:start])
        read = self._environment_file(first, [])
        layer = (*rest, first)[0]
        place = at_path(read.root, ("layers", read.file.layers.index(layer))) if read else None
        problem = f"layers in a circle: {' -> '.join((first, *rest, first))}"
        return Diagnostic(problem, place, "take one of them out")
