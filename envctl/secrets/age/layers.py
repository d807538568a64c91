"""The encrypted files of an environment's layers, laid upon each other: the last one that has a name wins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from envctl.errors import Diagnostic
from envctl.model.nearest import close
from envctl.secrets.age.file import understood
from envctl.secrets.backend import Missing, Survey

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.model.reference import Reference
    from envctl.secrets.age.file import EncryptedFile, Sealed
    from envctl.secrets.backend import Surroundings

FILE = "secrets.enc.yaml"


class Stack(NamedTuple):
    """The files of an environment, lowest first; `found` has what is wrong with those left out."""

    files: tuple[EncryptedFile, ...]
    found: tuple[Diagnostic, ...]

    def find(self, name: str) -> tuple[Sealed, EncryptedFile] | None:
        """Return what the last file that has the name says, and that file."""
        return next(((one.secrets[name], one) for one in reversed(self.files) if name in one.secrets), None)

    def names(self) -> set[str]:
        """Return all names."""
        return {name for one in self.files for name in one.secrets}


def stacked(around: Surroundings) -> Stack:
    """Return the files of an environment's layers."""
    found: list[Diagnostic] = []
    files = [understood_at(folder / FILE, around, found) for folder in around.layers]
    return Stack(tuple(one for one in files if one is not None), tuple(found))


def understood_at(path: Path, around: Surroundings, found: list[Diagnostic]) -> EncryptedFile | None:
    """Return one file, None when there is none, or with a mistake in `found`."""
    if not os.path.lexists(path):
        return None
    before = len(found)
    node = around.read_yaml(path, found)
    return understood(node, around.shown(path), found) if len(found) == before else None


def survey(around: Surroundings) -> Survey:
    """Return what the files say without a key: whether they are sound, and which names they have."""
    stack = stacked(around)

    stale = [
        _stale(one, len(file.recipients))
        for file in stack.files
        for one in file.secrets.values()
        if one.keys != len(file.recipients)
    ]

    def complaint(reference: Reference) -> Missing | None:
        # Of a file that could not be read nobody knows which names it has.
        return unknown(reference, stack, around) if not stack.found else None

    return Survey((*stack.found, *stale), complaint)


def _stale(sealed: Sealed, listed: int) -> Diagnostic:
    return Diagnostic(
        f"{sealed.name} is encrypted for another number of keys ({sealed.keys}) than are listed ({listed})",
        sealed.position,
        f"envctl secrets recipients {sealed.folder} encrypts everything for those that are listed",
        "warning",
    )


def unknown(reference: Reference, stack: Stack, around: Surroundings) -> Missing | None:
    """Return why a reference means nothing, None when there is something of its name."""
    if stack.find(reference.name):
        return None
    own = around.folder.name
    add = f"add it: envctl secrets encrypt {own} {reference.name}"
    if not stack.files:
        folders = ", ".join(folder.name for folder in around.layers)
        return Missing(f"there is no {FILE} in {folders}", add)
    near = close(reference.name, stack.names())
    where = " or ".join(one.shown for one in stack.files)
    return Missing(f"there is no {reference.name!r} in {where}", f"did you mean {near!r}?" if near else add)
