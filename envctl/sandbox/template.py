"""An empty database per installed Airflow, made once: a start copies it instead of migrating for seconds."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.errors import SandboxError
from envctl.sandbox import environment
from envctl.sandbox.guard import exclusive
from envctl.sandbox.progress import Progress, silent
from envctl.sandbox.recipe import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.sandbox.recipe import Recipe

_log = logging.getLogger(__name__)

DATABASE = "airflow.db"
_TEMPLATE = "template-2.db"
"""Named anew when what is written into it changes, so that an older one is not taken for it."""
_WORK = "migrating-"
_MOST_SECONDS = 300
_TAIL_LINES = 8


def ensure_template(version: str, recipe: Recipe, venv: Path, *, progress: Progress = silent) -> Path:
    """Give the file that holds the migrated, empty database of an installed Airflow; make it if need be.

    It lies beside the virtual environment and goes with it. Raises `SandboxError` if the migration fails.
    """
    template = venv.parent / _TEMPLATE
    if template.exists():  # it got its name when it was whole
        return template
    with exclusive(
        venv.parent / "template.lock",
        on_wait=lambda: progress("waiting for another envctl that prepares the database"),
    ):
        if not template.exists():
            progress(f"preparing an empty database for Airflow {version}, once")
            _make(recipe, venv, template)
    return template


def _make(recipe: Recipe, venv: Path, template: Path) -> None:
    """Migrate in a folder of its own, then move the result to its name."""
    for left_over in venv.parent.glob(f"{_WORK}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_WORK, dir=venv.parent, ignore_cleanup_errors=True) as work:
        home = Path(work) / "home"
        environment.prepare(home)
        settings = recipe.settings(Site(home=home, port=0, url="http://127.0.0.1", users=()))
        settings = {**settings, **recipe.database_settings}
        variables = environment.build(venv=venv, home=home, settings=settings)
        for command in recipe.database_commands:
            _airflow(venv, home, command, variables)
        whole = Path(work) / "whole.db"
        _copy_whole(home / DATABASE, whole)
        whole.replace(template)


def _airflow(venv: Path, home: Path, command: tuple[str, ...], variables: Mapping[str, str]) -> None:
    """Run one `airflow` command to its end."""
    try:
        done = subprocess.run(
            [str(venv / "bin" / "airflow"), *command],
            cwd=home,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_MOST_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"`airflow {' '.join(command)}` did not run to its end: {error}") from error
    for line in done.stdout.splitlines():
        _log.debug("airflow %s: %s", " ".join(command), line)
    if done.returncode != 0:
        tail = done.stdout.splitlines()[-_TAIL_LINES:]
        raise SandboxError(
            f"`airflow {' '.join(command)}` failed with {done.returncode}",
            hint="\n".join(["its last lines:", *tail]),
        )


def _copy_whole(source: Path, target: Path) -> None:
    """Copy a database with all that may still stand in its write-ahead log, into one file that needs none."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
