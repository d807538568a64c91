"""Secrets are revealed in one module; found by reading the package's syntax trees."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import envctl

PACKAGE = Path(envctl.__file__).parent
REVEALING = "body.py"
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


def test_one_module_reveals() -> None:
    assert users_of("reveal") == {REVEALING}


def test_nobody_reaches_for_the_payload() -> None:
    assert users_of("__payload") == {DEFINING}
    assert users_of("_Secret__payload") == set()


def test_what_is_asked_of_a_payload_is_asked_by_the_rooms_that_compare_and_type_it() -> None:
    rooms = {name.split("/")[0] for method in ("judge", "derive") for name in users_of(method)}
    assert rooms <= {"model", "fields", "kinds", "spec", "engine"}
