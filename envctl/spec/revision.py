"""Which commit a spec tree is at, asked of git; outside of git, or without it, nothing is known."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from envctl.model.plan import Revision

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 10
_UNKNOWN = Revision(None, dirty=False)


def revision_of(root: Path) -> Revision:
    """Return the commit of the tree and whether files below `root` differ from it."""
    command = [
        "git",
        "--no-optional-locks",
        "status",
        "--porcelain=v2",
        "--branch",
        "--untracked-files=normal",
        "--",
        ".",
    ]
    try:
        answer = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=_SECONDS, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return _UNKNOWN
    lines = answer.stdout.splitlines()
    commit = next((line.split()[2] for line in lines if line.startswith("# branch.oid ")), "(initial)")
    dirty = any(not line.startswith("#") for line in lines)
    return Revision(None if commit.startswith("(") else commit, dirty=dirty)
