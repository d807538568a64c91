"""One `environment.yaml` into its typed form, with every mistake in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from envctl.errors import Diagnostic, Position
from envctl.model.nearest import close, nearest
from envctl.model.node import Mapping, Scalar, describe
from envctl.model.reference import Unresolved
from envctl.model.secret import Secret
from envctl.spec.environment import EnvironmentFile, ScopeEntry, scope_of
from envctl.spec.outside import with_outside
from envctl.spec.substitute import substitute_at, substitute_but
from envctl.spec.tree import ENVIRONMENT_FILE
from envctl.spec.typed import report_tags, typed
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.model.node import Node
    from envctl.model.policy import Scope
    from envctl.model.reference import Reference
    from envctl.spec.tree import Tree

_AIRFLOW = "airflow"
_REFERABLE = ((_AIRFLOW,), ("secrets", "fingerprint_key"))
"""Where references may stand; whoever needs what stands there resolves them."""
_SHAPING = {"layers", "params", "public_env", "secrets", "manage"}
"""The keys on which it depends what the other files mean."""


class EnvironmentRead(NamedTuple):
    """An environment.yaml: typed, as it stands there, and by section which ids envctl owns."""

    file: EnvironmentFile
    root: Mapping
    scopes: dict[str, Scope]


def read_environment_file(
    tree: Tree, name: str, sections: Collection[str], outside: Mapping, found: list[Diagnostic]
) -> EnvironmentRead | None:
    """Return what an environment's file says; mistakes go to `found`.

    None when the mistakes make everything else guesswork. `sections` are the keys of the other files,
    `outside` is laid over its `airflow:`.
    """
    path = tree.root / name / ENVIRONMENT_FILE
    shown = tree.position_name(path)
    data = tree.read(path, found)
    if data is None:
        return None
    before = len(found)
    root = read_yaml(data, shown, found)
    if root is None and len(found) == before and outside.entries:
        root = Mapping({}, {}, Position(shown, 1, 1))
    if root is None:
        if len(found) == before:
            hint = "it needs at least airflow: {url: ...}"
            found.append(Diagnostic("is empty", Position(shown, 1, 1), hint))
        return None
    if not isinstance(root, Mapping):
        found.append(Diagnostic(f"environment: must be a mapping, not {describe(root)}", root.position))
        return None
    root = _without_sections(root, sections, found)
    wrong = {key for key, node in root.entries.items() if _misplaced(key, node, found)}
    sound = with_outside(_sound(root, wrong), outside)
    file = typed(EnvironmentFile, _in_form(sound, found), "environment", found) or _salvaged(sound)
    manage = sound.entries.get("manage")
    scopes = _scopes(manage, sections, found) if manage is not None else {}
    return None if file is None or wrong & _SHAPING else EnvironmentRead(file, sound, scopes)


def _scopes(manage: Node, sections: Collection[str], found: list[Diagnostic]) -> dict[str, Scope]:
    if not isinstance(manage, Mapping):
        found.append(Diagnostic(f"manage: must be a mapping, not {describe(manage)}", manage.position))
        return {}
    scopes: dict[str, Scope] = {}
    for section, node in manage.entries.items():
        if section not in sections:
            problem = f"manage: unknown section {section!r}"
            found.append(Diagnostic(problem, manage.keys[section], nearest(section, sections)))
            continue
        entry = typed(ScopeEntry, node, f"manage {section}", found)
        if entry is not None:
            scopes[section] = scope_of(entry)
    return scopes


def _without_sections(root: Mapping, sections: Collection[str], found: list[Diagnostic]) -> Mapping:
    entries = dict(root.entries)
    for section in [key for key in root.entries if key in sections]:
        del entries[section]
        problem = f"{section} cannot stand in {ENVIRONMENT_FILE}"
        hint = "put them into any other .yaml file of the folder"
        found.append(Diagnostic(problem, root.keys[section], hint))
    return replace(root, entries=entries)


def _misplaced(key: str, node: Node, found: list[Diagnostic]) -> bool:
    """Report tags, and references but where they may stand; tell whether there are any."""
    before = len(found)
    report_tags(node, ENVIRONMENT_FILE, found)
    substitute_but(node, _referable_below(key), _no_reference, found)
    return len(found) > before


def _referable_below(key: str) -> list[tuple[str, ...]]:
    return [path[1:] for path in _REFERABLE if path[0] == key]


def _no_reference(reference: Reference, position: Position) -> str:
    del position
    places = " and ".join(".".join(path) for path in _REFERABLE)
    raise Unresolved(
        f"{reference}: a reference cannot stand here",
        f"in {ENVIRONMENT_FILE} references stand under {places} only; '$${{' is a literal '${{'",
    )


def _in_form(root: Mapping, found: list[Diagnostic]) -> Node:
    """Return the file with its references as secrets not known; bad ones go to `found`."""
    node: Node = root
    for path in _REFERABLE:
        node = substitute_at(node, path, _unknown, found)
    return node


def _unknown(reference: Reference, position: Position) -> Secret:
    del position
    return Secret.unavailable(reference.text)


def _sound(root: Mapping, wrong: set[str]) -> Mapping:
    """Return the file without some of its keys, with `$${` read; the one it cannot lack has a stand-in."""
    entries = {
        key: substitute_but(node, _referable_below(key), _no_reference, [])
        for key, node in root.entries.items()
        if key not in wrong
    }
    if _AIRFLOW in wrong:
        nowhere = Scalar("http://nowhere", plain=True, position=root.position)
        entries[_AIRFLOW] = Mapping({"url": nowhere}, {"url": root.position}, root.position)
    return replace(root, entries=entries)


def _salvaged(root: Mapping) -> EnvironmentFile | None:
    """Return what is right in a file with mistakes, so that the other files can be checked all the same.

    None when a key that shapes them is wrong, or may be what a misspelt one was meant to be.
    """
    if any(key not in EnvironmentFile.model_fields and close(key, _SHAPING) for key in root.entries):
        return None
    return typed(EnvironmentFile, _sound(root, set(root.entries) - _SHAPING | {_AIRFLOW}), "", [])
