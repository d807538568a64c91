"""The small environment in which everything of a sandbox runs.

It is built up, not cut down: whatever the caller has set for another Airflow, for a proxy or as a secret
stays out because nothing lets it in.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PASSED_ON = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
)
"""What a Python program may need in order to run at all on this machine."""


def build(*, venv: Path, home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Give the whole environment for a program of the sandbox.

    `home` is both its AIRFLOW_HOME and its HOME: nothing is read from or left in the user's own. `settings`
    (the `AIRFLOW__*` variables and what the caller wants besides) win over all but that.
    """
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    defaults = {
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(venv / "bin"), os.environ.get("PATH", os.defpath)]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
        # What Airflow and its parts look at before they report home.
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        "SCARF_NO_ANALYTICS": "true",
    }
    fixed = {"AIRFLOW_HOME": str(home), "HOME": str(home), "TMPDIR": str(home / "tmp")}
    return defaults | kept | dict(settings) | fixed


def prepare(home: Path) -> None:
    """Make the folders that the environment names."""
    for folder in (home, home / "tmp", home / "dags"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
