"""The rooms that work on any kind never name one: the words stand in `envctl.kinds` only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import envctl
from envctl.kinds import KINDS

PACKAGE = Path(envctl.__file__).parent
CORE = ("model", "fields", "spec", "secrets", "engine", "report", "airflow", "stages", "workflow")
WORDS = {
    word for kind in KINDS for word in (kind.name, kind.section, kind.endpoint.path, kind.entry.__name__)
}


ELSEWHERE = {"role", "user", "config", "connection"}
"""Words that mean something else too: in logins to stores, as the `config:` that is rendered, in HTTP."""
PLACES = ("secrets", "report", "spec/header_entry.py")


def files() -> list[Path]:
    return [path for name in CORE for path in sorted((PACKAGE / name).rglob("*.py"))]


def named(tree: ast.Module) -> set[str]:
    """Return the kinds that code names, as a literal or by an import; docstrings and comments may."""
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in WORDS}
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("envctl.kinds")
        for alias in node.names
    }
    return words | {name for name in imported if name in {kind.name.upper() for kind in KINDS}}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_kind_is_named(path: Path) -> None:
    other = ELSEWHERE if path.relative_to(PACKAGE).as_posix().startswith(PLACES) else set()
    assert named(ast.parse(path.read_text())) - other == set()


def test_the_search_finds_what_it_looks_for() -> None:
    tree = ast.parse((PACKAGE / "kinds" / "variable.py").read_text())
    assert named(tree) == {"variable", "variables", "/variables"}
