"""Where the sandbox keeps its files: one cache folder, as the user's desktop rules say.

CACHE/airflow/3.3.2-py3.11/    an installed Airflow, kept
CACHE/sandboxes/NAME/          a running one, removed when it is stopped
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


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


def install_folder(version: str) -> Path:
    """Give the folder that holds (or will hold) that Airflow for this Python series."""
    return cache_folder() / "airflow" / f"{version}-py{python_series()}"


def sandboxes_folder() -> Path:
    """Give the folder in which each running sandbox has a folder of its own name."""
    return cache_folder() / "sandboxes"
