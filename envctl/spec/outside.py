"""What is set from outside of the files, laid over an environment's `airflow:`.

It is laid there before anything is checked, so that it can complete what the file lacks. Its
position is the name of the variable that sets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from envctl.errors import Position
from envctl.model.node import Mapping, Node, Scalar
from envctl.model.secret import Secret
from envctl.spec.auth_entry import SECRET_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Named

Outside: TypeAlias = "Callable[[str], Mapping]"
"""Gives the keys of `airflow:` that are set from outside for an environment, by its name."""

SECRET_PATHS = (*(("auth", key) for key in sorted(SECRET_KEYS)), ("headers",))
"""The places below `airflow:` at and below which references, and values from outside, are secrets."""
NOTHING = Mapping({}, {}, Position("", 0, 0))


def nothing_outside(_name: str) -> Mapping:
    """Return no keys at all."""
    return NOTHING


def outside_nodes(values: Named[str, object], variable: str, above: tuple[str, ...] = ()) -> Mapping:
    """Return settings from outside as nodes; a `${` in them stands for itself.

    `variable` is the name of the environment variables that set them, as far as they have it in common;
    `above` are the keys that lead there.
    """
    entries: dict[str, Node] = {}
    keys: dict[str, Position] = {}
    for key, value in values.items():
        name, path = f"{variable}__{key.upper()}", (*above, key)
        keys[key] = Position(name, 0, 0)
        entries[key] = (
            outside_nodes(value, name, path)
            if isinstance(value, dict)
            else _leaf(path, str(value), keys[key])
        )
    return Mapping(entries, keys, Position(variable, 0, 0))


def _leaf(path: tuple[str, ...], value: str, place: Position) -> Scalar:
    is_secret = any(path[: len(secret)] == secret for secret in SECRET_PATHS)
    text = Secret(value, place.file) if is_secret else value.replace("${", "$${")
    return Scalar(text, plain=False, position=place)


def with_outside(root: Mapping, outside: Mapping) -> Mapping:
    """Return an environment.yaml with what is set from outside laid over its `airflow:`.

    Another login method drops the login of the file.
    """
    if not outside.entries:
        return root
    below = root.entries.get("airflow", Mapping({}, {}, root.position))
    if not isinstance(below, Mapping):
        return root
    auth = outside.entries.get("auth")
    if isinstance(auth, Mapping) and "method" in auth.entries:
        below = replace(below, entries={key: one for key, one in below.entries.items() if key != "auth"})
    keys = {"airflow": root.position, **root.keys}
    return replace(root, entries={**root.entries, "airflow": _laid_over(below, outside)}, keys=keys)


def _laid_over(below: Node | None, over: Node) -> Node:
    """Lay a node over another; places in the file are kept where both have a mapping."""
    if not isinstance(below, Mapping) or not isinstance(over, Mapping):
        return over
    entries = {key: _laid_over(below.entries.get(key), node) for key, node in over.entries.items()}
    keys = {
        key: below.keys[key] if isinstance(node, Mapping) and key in below.entries else over.keys[key]
        for key, node in over.entries.items()
    }
    return replace(below, entries={**below.entries, **entries}, keys={**below.keys, **keys})
