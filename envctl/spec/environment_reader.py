"""One `environment.yaml` into its typed form, with every mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from envctl.errors import Diagnostic, Position
from envctl.model.nearest import nearest
from envctl.model.node import Mapping, describe
from envctl.spec.environment import ScopeEntry, scope_of
from envctl.spec.environment_form import SHAPING
from envctl.spec.outside import with_outside
from envctl.spec.tree import ENVIRONMENT_FILE
from envctl.spec.typed import typed
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.model.node import Node
    from envctl.model.policy import Scope
    from envctl.spec.environment import EnvironmentFile
    from envctl.spec.environment_form import EnvironmentForm
    from envctl.spec.tree import Tree


class EnvironmentRead(NamedTuple):
    """An environment.yaml: typed, as it stands there, and by section which ids envctl owns."""

    file: EnvironmentFile
    root: Mapping
    scopes: dict[str, Scope]


def read_environment_file(
    tree: Tree,
    name: str,
    form: EnvironmentForm,
    sections: Collection[str],
    outside: Mapping,
    found: list[Diagnostic],
) -> EnvironmentRead | None:
    """Return what an environment's file says; mistakes go to `found`.

    None when the mistakes make everything else guesswork. `form` is what the file may hold, `sections` are
    the keys of the other files, `outside` is laid over its `airflow:`.
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
    wrong = {key for key, node in root.entries.items() if form.misplaced(key, node, found)}
    sound = with_outside(form.sound(root, wrong), outside)
    file = form.typed(sound, found)
    manage = sound.entries.get("manage")
    scopes = _scopes(manage, sections, found) if manage is not None else {}
    return None if file is None or wrong & SHAPING else EnvironmentRead(file, sound, scopes)


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
