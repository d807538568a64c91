"""The folders of a spec tree: which are environments, which are layers, and which files they hold."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.errors import Diagnostic, Position, UsageError
from envctl.model.nearest import nearest
from envctl.spec.limits import MAX_FILE_BYTES

ENVIRONMENT_FILE = "environment.yaml"
TREE_FILE = "envctl.yaml"
ENCRYPTED_FILE = "secrets.enc.yaml"
_ENCRYPTED = ".enc.yaml"
_SUFFIXES = (".yaml", ".yml")

if TYPE_CHECKING:
    from collections.abc import Container


class Tree(Struct, frozen=True):
    """The folder that holds the environments and layers. `shown` is its name in positions."""

    root: Path
    shown: str

    def environments(self) -> tuple[str, ...]:
        """Return the names of all environments, sorted."""
        return tuple(sorted(path.parent.name for path in self.root.glob(f"*/{ENVIRONMENT_FILE}")))

    def has_folder(self, name: str) -> bool:
        """Tell whether a layer or environment of that name exists, as a folder right below the root."""
        return bool(name) and "/" not in name and not name.startswith(".") and (self.root / name).is_dir()

    def folders(self) -> tuple[str, ...]:
        """Return the names of all layers and environments."""
        return tuple(sorted(p.name for p in self.root.iterdir() if p.is_dir() and not p.name.startswith(".")))

    def position_name(self, path: Path) -> str:
        """Return a file's name as positions show it, relative to where the person stands."""
        return f"{self.shown}/{path.relative_to(self.root).as_posix()}"

    def files(self, folder: str, found: list[Diagnostic]) -> tuple[Path, ...]:
        """Return the spec files of a folder and the folders below it, sorted.

        Hidden ones are passed over, and encrypted ones: those are for the secret store that they are.
        """
        files: list[Path] = []
        for path in sorted((self.root / folder).rglob("*")):
            parts = path.relative_to(self.root).parts
            if any(part.startswith(".") for part in parts):
                continue
            place = Position(self.position_name(path), 1, 1)
            if path.is_symlink() and path.is_dir():
                problem = "a symbolic link to a folder, which is not followed"
                found.append(Diagnostic(problem, place, "name that folder under layers:"))
            elif path.name == ENVIRONMENT_FILE and path.parent != self.root / folder:
                problem = f"an {ENVIRONMENT_FILE} below another environment or layer"
                found.append(Diagnostic(problem, place, f"environments stand right in {self.shown}/"))
            elif path.name.endswith(_ENCRYPTED):
                if path != self.root / folder / ENCRYPTED_FILE:
                    hint = f"the encrypted file of a folder is {self.shown}/{folder}/{ENCRYPTED_FILE}"
                    found.append(Diagnostic("not read: it is encrypted", place, hint, "warning"))
            elif path.suffix == ".yml":
                found.append(Diagnostic("not read: spec files end in .yaml", place, "rename it", "warning"))
            elif path.suffix == ".yaml" and not path.is_dir():
                files.append(path)
        return tuple(files)

    def read(self, path: Path, found: list[Diagnostic]) -> bytes | None:
        """Return a file's content, None (with a diagnostic) when it may not or cannot be read."""
        try:
            problem, hint = self._forbidden(path)
            if not problem:
                return path.read_bytes()
        except OSError as error:
            problem, hint = f"cannot be read: {error.strerror}", None
        found.append(Diagnostic(problem, Position(self.position_name(path), 1, 1), hint))
        return None

    def _forbidden(self, path: Path) -> tuple[str, str | None]:
        """Return what forbids to read a file, and what to do about it; nothing when nothing does."""
        # Not Path.resolve: before Python 3.13 that raises for links which go in circles.
        if not Path(os.path.realpath(path)).is_relative_to(self.root.resolve()):
            return "a symbolic link that leaves the spec tree", "put a copy into the tree"
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "no regular file", None
        if status.st_size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024 // 1024
            return f"{status.st_size // 1024 // 1024} MB: a spec file may have {limit} MB", "split it"
        return "", None


def unused(tree: Tree, used: Container[str]) -> list[Diagnostic]:
    """Return a warning for each spec file right in the root, and for each folder of them that is not `used`.

    `used` are the folders that were read for all environments.
    """
    found: list[Diagnostic] = []
    for path in sorted(tree.root.iterdir()):
        place = Position(tree.position_name(path), 1, 1)
        if path.name.startswith(".") or path.name == TREE_FILE or path.name in used:
            continue
        if path.suffix in _SUFFIXES and not path.is_dir():
            hint = "move it into the folder of an environment or layer"
            found.append(Diagnostic("not read: it stands in no environment or layer", place, hint, "warning"))
        elif path.is_dir() and any(path.rglob("*.yaml")):
            problem = f"not read: no environment lists {path.name!r} under layers:"
            found.append(Diagnostic(problem, place._replace(line=0), None, "warning"))
    return found


def open_tree(root: Path) -> Tree:
    """Return the tree below `root`. Raises UsageError when there is no such folder."""
    if not root.is_dir():
        raise UsageError(
            f"no folder {root}",
            hint="name the folder that holds the environments with --root or ENVCTL_ROOT",
        )
    try:
        shown = root.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        shown = root.as_posix()
    return Tree(root, shown.rstrip("/") or ".")


def choose(tree: Tree, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the environments asked for, all of them when none is named.

    Raises UsageError for a name that is none, and when there is no environment at all.
    """
    known = tree.environments()
    if not known:
        raise UsageError(
            f"no environment in {tree.shown}: no folder there has an {ENVIRONMENT_FILE}",
            hint="--root or ENVCTL_ROOT names the folder that holds the environments",
        )
    for name in names:
        if name not in known:
            raise UsageError(f"no environment {name!r} in {tree.shown}", hint=nearest(name, known))
    return tuple(dict.fromkeys(names)) or known
