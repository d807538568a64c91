"""The `config:` of a spec as a deployment sets it: variables, a part of airflow.cfg, or Helm values.

Secrets stand nowhere in it: for those there is a comment that says which reference belongs there.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

import yaml

from envctl.model.secret import is_secret, show
from envctl.model.value import UNMANAGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from envctl.model.resource import Desired

Options = dict[str, dict[str, str]]
"""Texts of options by section and name."""


class Deployment(NamedTuple):
    """What is to be set, and the references of secrets that are to be set by other means."""

    options: Options
    secret: Options


def deployment(sections: Iterable[Desired]) -> Deployment:
    """Return what a spec wants of airflow.cfg."""
    found = Deployment({}, {})
    for one in sections:
        for name, value in one.fields.items():
            if is_secret(value):
                found.secret.setdefault(one.address.id, {})[name] = str(show(value))
            elif value is not UNMANAGED:
                found.options.setdefault(one.address.id, {})[name] = str(value)
    return found


def as_variables(found: Deployment) -> Iterator[str]:
    """Yield `AIRFLOW__CORE__PARALLELISM=64`: for `docker compose`, `set -a; . FILE`, and CI.

    Values are quoted as a shell reads them, where they need it.
    """
    for section, options in found.options.items():
        for name, value in options.items():
            yield f"{_variable(section, name)}={shlex.quote(value) if value else ''}"
    for section, options in found.secret.items():
        for name, reference in options.items():
            yield f"# {_variable(section, name)}: secret, {_one_line(reference)}"


def as_cfg(found: Deployment) -> Iterator[str]:
    """Yield the sections of an airflow.cfg."""
    for index, section in enumerate(dict.fromkeys((*found.options, *found.secret))):
        if index:
            yield ""
        yield f"[{section}]"
        for name, value in found.options.get(section, {}).items():
            yield f"{name} = {_cfg_value(value)}".rstrip()
        for name, reference in found.secret.get(section, {}).items():
            yield f"# {name}: secret, {_one_line(reference)}"


def as_helm(found: Deployment) -> Iterator[str]:
    """Yield values for Airflow's Helm chart, which writes them into an airflow.cfg, as templates."""
    options = {
        section: {name: _helm_value(value) for name, value in values.items()}
        for section, values in found.options.items()
    }
    yield from yaml.safe_dump({"config": options}, sort_keys=False, allow_unicode=True).splitlines()
    for section, values in found.secret.items():
        for name, reference in values.items():
            yield f"# config.{section}.{name}: secret, {_one_line(reference)}"


RENDERERS: Mapping[str, Callable[[Deployment], Iterator[str]]] = {
    "env": as_variables,
    "cfg": as_cfg,
    "helm": as_helm,
}
"""The forms, by what `envctl render --config` calls them."""


def _variable(section: str, name: str) -> str:
    """Return the name of the variable: see `_env_var_name` in airflow/configuration.py."""
    return f"AIRFLOW__{section.replace('.', '_').upper()}__{name.upper()}"


def _cfg_value(value: str) -> str:
    """Return a value as Python's configparser reads it back: `%` begins an interpolation there."""
    return value.replace("%", "%%").replace("\n", "\n    ")


def _helm_value(value: str) -> str:
    return _cfg_value(value).replace("{{", '{{ "{{" }}')


def _one_line(reference: str) -> str:
    return " ".join(reference.split())
