"""Spec trees as git working copies: what envctl is run in."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from bench.world import World, write_spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENVIRONMENT = "bench"
_HEAD = """\
description: An environment of the benchmark
airflow:
  url: {url}
  auth: {{method: password, username: admin, password: "${{AIRFLOW_PASSWORD}}"}}
"""


def make_tree(folder: Path, world: World, urls: Sequence[str]) -> Path:
    """Make a spec tree with an environment of the same world for each URL, and commit it.

    One environment is called `bench`, several `bench-01` and so on. Gives the folder to run envctl in.
    """
    names = [ENVIRONMENT] if len(urls) == 1 else [f"{ENVIRONMENT}-{n:02}" for n in range(1, len(urls) + 1)]
    for name, url in zip(names, urls, strict=True):
        place = folder / "environments" / name
        write_spec(world, place)
        (place / "environment.yaml").write_text(_HEAD.format(url=url), encoding="utf-8")
    if git := shutil.which("git"):
        _commit(git, folder)
    return folder


def spec_files(folder: Path) -> tuple[str, ...]:
    """Give the spec files of a tree."""
    return tuple(str(path) for path in sorted(folder.rglob("*.yaml")))


def _commit(git: str, folder: Path) -> None:
    """Make a repository of a folder, by nobody's settings."""
    variables = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for words in (
        ("init", "--quiet", "."),
        ("add", "."),
        (*author, "commit", "--quiet", "--no-gpg-sign", "--message", "spec"),
    ):
        subprocess.run([git, *words], cwd=folder, env=variables, check=True, capture_output=True)
