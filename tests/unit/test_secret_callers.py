"""Secrets are revealed in two modules; found by reading the package's syntax trees."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import envctl

PACKAGE = Path(envctl.__file__).parent
REVEALING = {"body.py", "clear.py"}
"""Where they are sent or encrypted, and where the person who asked for them by name is shown them."""
SHOWING = {"cli/clear_text.py", "cli/secret_output.py"}
"""The file in the person's editor, and `envctl secrets view --reveal`."""
DEFINING = "model/secret.py"


@cache
def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")
    }


def users_of(attribute: str) -> set[str]:
    return {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == attribute)
        or (isinstance(node, ast.Constant) and node.value == attribute)
    }


def importers_of(module: str) -> set[str]:
    return {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and node.module == module)
        or (isinstance(node, ast.Import) and any(one.name == module for one in node.names))
    }


def test_two_modules_reveal() -> None:
    assert users_of("reveal") == REVEALING


def test_two_modules_show_a_secret_to_a_person() -> None:
    assert importers_of("envctl.clear") == SHOWING
    assert users_of("in_clear") == set(), "it is imported by its name only, so that its users are found"


def test_nobody_reaches_for_the_payload() -> None:
    assert users_of("__payload") == {DEFINING}
    assert users_of("_Secret__payload") == set()


def test_what_is_asked_of_a_payload_is_asked_by_the_rooms_that_compare_and_type_it() -> None:
    rooms = {name.split("/")[0] for method in ("judge", "derive") for name in users_of(method)}
    assert rooms <= {"model", "fields", "kinds", "spec", "engine"}
