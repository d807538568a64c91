"""`ENVCTL_ENVIRONMENTS__NAME__AIRFLOW__KEY`: what is set from outside for one environment.

Each value is the text that was set: a password such as `1e5` arrives as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from envctl.errors import Diagnostic, Position, SettingsError
from envctl.model.nearest import close

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ENVIRONMENTS = "ENVCTL_ENVIRONMENTS"
AIRFLOW = "airflow"
_STEP = "__"
_SHORTEST = 3
_SURROGATE = re.compile("[\ud800-\udfff]")
Overrides = dict[str, Any]


def overrides_in(variables: Mapping[str, str]) -> Overrides:
    """Return what variables set: environment, `airflow`, keys (all in lower case), and the text.

    Raises SettingsError for a name that leads nowhere.
    """
    tree: Overrides = {}
    for name, value in variables.items():
        if not name.startswith(ENVIRONMENTS):
            continue
        if _SURROGATE.search(value):
            raise SettingsError(f"{name} is not UTF-8 text")
        _put(tree, name, value)
    return tree


def misdirected(tree: Overrides, environments: Sequence[str]) -> list[Diagnostic]:
    """Return a mistake for each variable that sets what no environment has: it is meant for one of them."""
    known = {folded(name): name for name in environments}
    return [one for path in _paths(tree) if (one := _misdirection(path, known))]


def _misdirection(path: tuple[str, ...], known: Mapping[str, str]) -> Diagnostic | None:
    environment, key, *rest = path
    place = Position(_variable(*path), 0, 0)
    if environment not in known:
        near = close(environment, known)
        others = f"there are: {', '.join(known.values())}"
        hint = f"did you mean {_variable(near, key, *rest)}?" if near else others
        return Diagnostic(f"there is no environment {environment!r}", place, hint)
    if key != AIRFLOW:
        meant = _variable(environment, AIRFLOW, *rest)
        hint = f"did you mean {meant}?" if close(key, [AIRFLOW]) else f"names look like {meant}"
        return Diagnostic("only what stands under airflow: can be set from outside", place, hint)
    return None


def common_name(environment: str) -> str:
    """Return what the names of all variables begin with that set keys under an environment's `airflow:`."""
    return _variable(folded(environment), AIRFLOW)


def folded(environment: str) -> str:
    """Return an environment's name as variables spell it: without regard to case, `-` and `.` as `_`."""
    return re.sub(r"[^a-z0-9]", "_", environment.lower())


def _put(tree: Overrides, name: str, value: str) -> None:
    head, *path = name.split(_STEP)
    if head != ENVIRONMENTS or len(path) < _SHORTEST:
        example = f"write {_variable('name', AIRFLOW, 'url')}"
        raise SettingsError(f"{name} names no key of an environment", hint=example)
    environment, *above, last = (step.lower() for step in path)
    for step in (folded(environment), *above):
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise SettingsError(f"{name} cannot be set: a part of its name is set as a text")
    if isinstance(tree.get(last), dict):
        raise SettingsError(f"{name} cannot be set as a text: there are keys below it")
    tree[last] = value


def _paths(tree: Overrides, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for step, value in tree.items():
        if isinstance(value, dict):
            yield from _paths(value, (*above, step))
        else:
            yield (*above, step)


def _variable(*path: str) -> str:
    return _STEP.join((ENVIRONMENTS, *path)).upper()
