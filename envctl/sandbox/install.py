"""Airflow in a virtual environment of its own, installed once per version and kept.

A virtual environment cannot be moved, so it is made where it stays. What tells a whole one from one that was
interrupted is a file written last.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from typing import TYPE_CHECKING

from envctl.sandbox.constraints import Pins, pins_for
from envctl.sandbox.guard import exclusive
from envctl.sandbox.installer import Installer, find_installer
from envctl.sandbox.places import install_folder
from envctl.sandbox.progress import Progress, silent
from envctl.sandbox.versions import recipe_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)

_MARKER = "installed.json"


def ensure_installed(version: str, packages: Sequence[str] = (), *, progress: Progress = silent) -> Path:
    """Give the virtual environment that holds this Airflow; install it first if need be.

    `packages` are what it has besides, such as `NAME==VERSION`; such an Airflow is one of its own. It takes
    seconds with uv, minutes with pip. Raises `UsageError` for what is no version, `SandboxError` if the
    installer fails.
    """
    recipe_for(version)
    folder = install_folder(version, packages)
    if is_complete(folder):
        return folder / "venv"
    with exclusive(
        folder.with_name(f"{folder.name}.lock"),
        on_wait=lambda: progress(f"waiting for another envctl that installs Airflow {version}"),
    ):
        if not is_complete(folder):
            _install(version, packages, folder, progress)
    return folder / "venv"


def is_complete(folder: Path) -> bool:
    """Tell whether an install folder holds a whole Airflow whose Python is still there."""
    venv = folder / "venv"
    return all(
        path.exists() for path in (folder / _MARKER, venv / "bin" / "python", venv / "bin" / "airflow")
    )


def _install(version: str, packages: Sequence[str], folder: Path, progress: Progress) -> None:
    """Make the folder anew: installation, then the marker."""
    if folder.exists():
        _log.debug("%s is not whole: made anew", folder)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    installer = find_installer()
    pins = pins_for(version, packages).without(packages)
    more = f" and {', '.join(packages)}" if packages else ""
    progress(
        f"installing Airflow {version}{more} with {installer.name}, {_minutes(installer)} ({pins.origin})"
    )
    began = time.monotonic()
    try:
        wanted = (f"apache-airflow=={version}", *packages)
        installer.install(wanted, folder / "venv", _write_pins(folder, pins))
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    seconds = round(time.monotonic() - began, 1)
    facts: dict[str, str | float] = {
        "version": version,
        "installer": installer.name,
        "pins": pins.origin,
        "seconds": seconds,
    }
    _write_marker(folder, facts)
    progress(f"installed in {seconds} s")


def _minutes(installer: Installer) -> str:
    """Say how long to expect."""
    return "about a minute at most" if installer.name == "uv" else "some minutes"


def _write_pins(folder: Path, pins: Pins) -> Path:
    """Write the constraints where the installer reads them; they stay, to tell what was asked for."""
    file = folder / "constraints.txt"
    file.write_text("".join(f"{line}\n" for line in pins.lines), encoding="utf-8")
    return file


def _write_marker(folder: Path, facts: dict[str, str | float]) -> None:
    """Say that the folder is whole: in one step, or not at all."""
    part = folder / f"{_MARKER}.part"
    part.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / _MARKER)
