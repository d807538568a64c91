"""Where and with what a run was made. No host name, no user, no path."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench import airflowctl
from envctl.sandbox import DEFAULT_VERSION

if TYPE_CHECKING:
    from bench.lab import Lab

_GIB = 1 << 30
_ROOT = Path(__file__).resolve().parents[1]


def facts(lab: Lab) -> tuple[str, ...]:
    """Give the facts that stand on top of the page, a line each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    versions = {
        "envctl": f"{version('envctl')}{_commit()}",
        "Airflow": f"{DEFAULT_VERSION} (SQLite, one API worker)",
        "airflowctl": airflowctl.version(lab.peer),
        "urllib3": version("urllib3"),
        "PyYAML": version("PyYAML"),
    }
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    return (
        f"Machine: {_cores()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}",
        "Versions: " + ", ".join(f"{name} {text}" for name, text in versions.items()),
        f"Date: {datetime.now(UTC):%Y-%m-%d}",
    )


def _cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _commit() -> str:
    """Name the commit, and whether the code of envctl differs from it; nothing outside of git."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", "envctl")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f" at {commit}{' with changes' if changed else ''}"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
