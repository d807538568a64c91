"""uv where there is one, since it takes seconds; else the Python's own venv and pip."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_SECONDS = 1800
_TAIL_LINES = 8
_LINE_LENGTH = 300
_NO_SUCH_VERSION = re.compile(
    r"there is no version of apache-airflow|No matching distribution found for apache-airflow", re.IGNORECASE
)
_LOGIN_IN_URL = re.compile(r"//[^/\s@]+@")
_LED_ASTRAY = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER", "PIP_PREFIX")
"""Variables that would put the packages elsewhere. Indexes, proxies, certificates are the user's to say."""


@dataclass(frozen=True)
class Installer:
    """A program that makes a virtual environment and fills it."""

    name: str
    uv: str | None

    def install(self, requirements: Sequence[str], venv: Path, constraints: Path) -> None:
        """Make the virtual environment `venv` from the running Python's base and install into it.

        The first of the requirements is Airflow itself.
        Raises `SandboxError` with the last lines that the installer wrote.
        """
        for command in self._commands(requirements, venv, constraints):
            _run(command, requirements[0], folder=venv.parent)

    def _commands(
        self, requirements: Sequence[str], venv: Path, constraints: Path
    ) -> tuple[tuple[str, ...], ...]:
        """Give the commands to run, in order."""
        base, inner = base_python(), str(venv / "bin" / "python")
        wanted = ("--constraint", str(constraints), *requirements)
        if self.uv is None:
            quiet = ("--disable-pip-version-check", "--no-input", "--quiet")
            return (
                (base, "-m", "venv", str(venv)),
                (inner, "-m", "pip", "install", *quiet, *wanted),
            )
        return (
            (self.uv, "venv", "--quiet", "--no-project", "--python", base, str(venv)),
            # Compiling now costs a few seconds once; otherwise the first start pays for it, more slowly.
            (self.uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", inner, *wanted),
        )


def find_installer() -> Installer:
    """Give uv if it is installed beside envctl or on PATH, else pip."""
    try:
        found = str(importlib.import_module("uv").find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv") or ""
    return Installer("uv", found) if found else Installer("pip", None)


def base_python() -> str:
    """Give the Python that envctl's own virtual environment was made from."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _run(command: Sequence[str], requirement: str, *, folder: Path) -> None:
    """Run one command, in a folder where no project of the user is found."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in _LED_ASTRAY and not name.startswith("AIRFLOW")
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_MOST_SECONDS,
        )
    except OSError as error:
        raise SandboxError(f"{command[0]} cannot be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"{command[0]} did not end in {_MOST_SECONDS // 60} minutes") from error
    if done.returncode != 0:
        raise _failure(requirement, done.stdout)


def _failure(requirement: str, output: str) -> SandboxError:
    """Make an error of what the installer wrote, without the login that an index address may hold."""
    text = _LOGIN_IN_URL.sub("//***@", output)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # pip lists every version there is in one line of some thousand characters.
    tail = [textwrap.shorten(line, _LINE_LENGTH, placeholder=" ...") for line in lines[-_TAIL_LINES:]]
    version = requirement.partition("==")[2]
    if _NO_SUCH_VERSION.search(" ".join(text.split())):
        message = f"there is no Airflow {version} for this Python on the package index"
    else:
        message = f"Airflow {version} could not be installed"
    return SandboxError(message, hint="\n".join(["the installer's last lines:", *tail]))
