"""Where the sandbox keeps its files: one cache folder, as the user's desktop rules say.

CACHE/airflow/3.3.2-py3.11/              an installed Airflow, kept
CACHE/airflow/3.3.2-py3.11-with-DIGEST/  one with further packages
CACHE/sandboxes/NAME/                    a running one, removed when it is stopped
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGEST_LETTERS = 10


def cache_folder() -> Path:
    """Give `$ENVCTL_CACHE_DIR`, else `$XDG_CACHE_HOME/envctl`, else `~/.cache/envctl`."""
    own = os.environ.get("ENVCTL_CACHE_DIR")
    if own:
        return Path(own).expanduser().absolute()
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG rules say that a relative path there is to be ignored.
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "envctl"


def python_series() -> str:
    """Give the running Python's series, such as `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def install_folder(version: str, packages: Sequence[str] = ()) -> Path:
    """Give the folder that holds (or will hold) that Airflow, for this Python series."""
    name = f"{version}-py{python_series()}"
    if packages:
        digest = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()
        name = f"{name}-with-{digest[:_DIGEST_LETTERS]}"
    return cache_folder() / "airflow" / name


def sandboxes_folder() -> Path:
    """Give the folder in which each running sandbox has a folder of its own name."""
    return cache_folder() / "sandboxes"
