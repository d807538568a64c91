"""An environment's files into what can be compared and connected to: the offline half of the story."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.airflow.settings import InstanceSettings, Login, Wire
from envctl.errors import Diagnostic, Position, SpecError
from envctl.model.node import Mapping, Node, Scalar
from envctl.model.secret import Secret
from envctl.secrets.environment import EnvironmentSource
from envctl.secrets.files import FileSource
from envctl.secrets.params import ParamSource
from envctl.secrets.resolver import Resolver, Source, Withheld
from envctl.settings import PREFIX, Settings
from envctl.spec.desired import desired_objects
from envctl.spec.environment import Airflow
from envctl.spec.layers import overlay
from envctl.spec.substitute import substitute
from envctl.spec.typed import typed

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.resource import Desired
    from envctl.spec.reader import EnvironmentSpec, SpecReader
    from envctl.spec.tree import Tree

_SECRET_KEYS = {"password", "token"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """One environment, its references resolved: what it wants, and of which kinds it speaks at all.

    A kind is in play when a file has its section, even an empty one: an omitted section is no wish.
    """

    spec: EnvironmentSpec
    kinds: tuple[Kind, ...]
    desired: dict[Address, Desired]
    diagnostics: tuple[Diagnostic, ...]


class _Everything:
    """A list of public names that has them all."""

    def __contains__(self, _name: object) -> bool:
        return True


def resolver_for(
    tree: Tree, spec: EnvironmentSpec, *, secrets: bool = True, public: Container[str] | None = None
) -> Resolver:
    """Return the resolver of an environment's references; without `secrets` none is looked up.

    `public` names the environment variables that are no secrets, those of `public_env` when left out.
    """
    public = spec.file.public_env if public is None else public
    files: Source = FileSource(
        tree.root, _base(tree), [tree.root / str(one) for one in spec.file.secrets.file.allowed]
    )
    return Resolver(
        {
            "env": EnvironmentSource(os.environ, public, withhold=not secrets),
            "param": ParamSource(spec.file.params),
            "file": files if secrets else Withheld(),
        }
    )


def load(
    tree: Tree, reader: SpecReader, name: str, kinds: Sequence[Kind], *, secrets: bool = True
) -> Loaded | tuple[Diagnostic, ...]:
    """Return an environment ready to be compared, or every mistake in it."""
    spec = reader.environment(name)
    found: list[Diagnostic] = []
    if spec is None:
        return tuple(reader.found)
    sections = substitute(spec.sections, resolver_for(tree, spec, secrets=secrets), found)
    desired: dict[Address, Desired] = {}
    if isinstance(sections, Mapping):
        desired = desired_objects(spec, sections, kinds, found)
    everything = tuple(dict.fromkeys((*reader.found, *found)))
    if any(one.severity == "error" for one in everything):
        return everything
    in_play = tuple(kind for kind in kinds if kind.section in spec.sections.entries)
    return Loaded(spec, in_play, desired, everything)


def instance_settings(tree: Tree, spec: EnvironmentSpec, settings: Settings) -> InstanceSettings:
    """Return how to reach an environment's instance. Raises SpecError for what is wrong or unset there."""
    found: list[Diagnostic] = []
    overridden = _with_overrides(spec, settings.airflow_overrides(spec.name), found)
    resolved = _resolved(tree, spec, overridden, found)
    airflow = typed(Airflow, resolved, "airflow", found) if not found else None
    if airflow is None:
        raise SpecError(tuple(found))
    auth = airflow.auth
    return InstanceSettings(
        url=airflow.url,
        login=Login(auth.method, auth.username, auth.password, auth.token),
        ca_file=_ca_file(tree, airflow.ca_file, spec),
        wire=Wire(settings.connect_timeout, settings.read_timeout, settings.retries, settings.concurrency),
    )


def _resolved(tree: Tree, spec: EnvironmentSpec, airflow: Mapping, found: list[Diagnostic]) -> Node:
    """Resolve the references under `airflow:`: login secrets as secrets, all else as texts for all eyes."""
    auth = airflow.entries.get("auth")
    if isinstance(auth, Mapping):
        secret = resolver_for(tree, spec)
        entries = {
            key: substitute(node, secret, found) if key in _SECRET_KEYS else node
            for key, node in auth.entries.items()
        }
        airflow = replace(airflow, entries={**airflow.entries, "auth": replace(auth, entries=entries)})
    return substitute(airflow, resolver_for(tree, spec, public=_Everything()), found)


def _with_overrides(spec: EnvironmentSpec, overrides: dict[str, Any], found: list[Diagnostic]) -> Mapping:
    """Lay what is set from outside over the file's `airflow:`; another method drops the login there."""
    if not overrides:
        return spec.airflow
    outside = _outside(overrides, f"{PREFIX}ENVIRONMENTS__{spec.name.upper()}__AIRFLOW")
    below = spec.airflow
    auth = outside.entries.get("auth")
    if isinstance(auth, Mapping) and "method" in auth.entries and "auth" in below.entries:
        entries = {key: node for key, node in below.entries.items() if key != "auth"}
        below = Mapping(entries, below.keys, below.position)
    return overlay(below, outside, found)


def _outside(values: dict[str, Any], name: str) -> Mapping:
    """Return settings from outside as nodes; a `${` in them stands for itself."""
    entries: dict[str, Node] = {}
    keys: dict[str, Position] = {}
    for key, value in values.items():
        place = Position(f"{name}__{key.upper()}", 0, 0)
        keys[key] = place
        if isinstance(value, dict):
            entries[key] = _outside(value, place.file)
        else:
            text: str | Secret = Secret(str(value), place.file) if key in _SECRET_KEYS else str(value)
            entries[key] = Scalar(text, plain=False, position=place)
    return Mapping(entries, keys, Position(name, 0, 0))


def _ca_file(tree: Tree, value: Any, spec: EnvironmentSpec) -> Path | None:
    if value is None:
        return None
    place = spec.airflow.keys.get("ca_file", spec.airflow.position)
    path = tree.root / spec.name / str(value)
    found = next((one for one in (path, Path(str(value))) if one.is_file()), None)
    if found is None:
        raise SpecError((Diagnostic(f"airflow: ca_file {value}: no such file", place, f"looked for {path}"),))
    try:
        ssl.create_default_context(cafile=found)
    except OSError:
        what = f"airflow: ca_file {value} holds no certificate that can be read"
        raise SpecError((Diagnostic(what, place, "it is a PEM file: -----BEGIN CERTIFICATE-----"),)) from None
    return found


def _base(tree: Tree) -> Path:
    """Return the folder that the file names in positions are relative to."""
    return tree.root if tree.shown == "." else Path("/") if tree.shown.startswith("/") else Path.cwd()
