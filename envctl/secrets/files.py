"""`${file:PATH}`: a file of the spec tree, or of a folder that the environment allows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.model.reference import Reference, Unresolved
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.errors import Position

MAX_BYTES = 1024 * 1024
_ALLOW = "move it into the tree, or allow its folder: secrets: {file: {allowed: [FOLDER]}}"


class FileSource:
    """Files below the root of the tree, and below the allowed folders.

    `base` is the folder that the files of positions are relative to. A relative path is looked up
    beside the file that names it, then at the root of the tree.
    """

    def __init__(self, root: Path, base: Path, allowed: Sequence[Path]) -> None:
        self._root = root.resolve()
        self._spellings = (self._root, Path(os.path.normpath(root.absolute())))
        self._base = base
        self._allowed = tuple(folder.resolve() for folder in allowed)

    def resolve(self, reference: Reference, position: Position) -> Secret:
        """Return the file's text, without the newline at its end."""
        path = self._find(reference, position)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise Unresolved(f"{reference}: the file is larger than {MAX_BYTES // 1024} KB")
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise Unresolved(f"{reference}: the file is not UTF-8 text") from None
        except OSError as error:
            raise Unresolved(f"{reference}: {error.strerror}") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise Unresolved(f"{reference}: the file is empty")
        return Secret(text, reference.text)

    def _find(self, reference: Reference, position: Position) -> Path:
        beside = (self._base / position.file).parent / reference.name
        candidates = {path: _real(path, reference) for path in (beside, self._root / reference.name)}
        inside = [real for real in candidates.values() if self._may_read(real)]
        for path in inside:
            # Not Path.is_file: that raises for a folder which may not be entered.
            if os.path.isfile(path):  # noqa: PTH113
                return path
        if any(self._leads_out(path, real) for path, real in candidates.items()):
            raise Unresolved(f"{reference}: a symbolic link that leaves the spec tree", _ALLOW)
        if not inside:
            raise Unresolved(f"{reference}: outside of the spec tree", _ALLOW)
        raise Unresolved(
            f"{reference}: no such file", f"looked for {' and '.join(str(path) for path in inside)}"
        )

    def _may_read(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in (self._root, *self._allowed))

    def _leads_out(self, path: Path, real: Path) -> bool:
        """Tell whether a path that is spelt as one in the tree ends outside, where nothing may be read."""
        spelt = Path(os.path.normpath(path.absolute()))
        return not self._may_read(real) and any(spelt.is_relative_to(root) for root in self._spellings)


def _real(path: Path, reference: Reference) -> Path:
    """Return where a path leads in the end, symbolic links (even those that go in circles) followed."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:
        raise Unresolved(f"{reference}: no path that a file can have") from None
