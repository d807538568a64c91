"""An environment's `airflow:` into how to reach its instance: resolved, typed, and every mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.airflow.settings import InstanceSettings, Wire
from envctl.errors import Diagnostic, SpecError
from envctl.model.lookup import Lookup
from envctl.model.node import Mapping
from envctl.overrides import common_name
from envctl.spec.airflow_entry import AirflowPart
from envctl.spec.environment_form import AIRFLOW
from envctl.spec.outside import SECRET_PATHS, outside_nodes, with_outside
from envctl.spec.substitute import references_in, substitute_at, substitute_but
from envctl.spec.typed import typed
from envctl.stages.backend import backend_entry, backend_references
from envctl.stages.certificates import certificates
from envctl.stages.login import login_of
from envctl.stages.resolving import Everything, Sources

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.reference import Reference
    from envctl.secrets.logins import Logins
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree


def outside_of(settings: Settings, environment: str) -> Mapping:
    """Return the keys under an environment's `airflow:` that are set from outside, as nodes."""
    return outside_nodes(settings.airflow_overrides(environment), common_name(environment))


def reach(
    tree: Tree, spec: EnvironmentSpec, sources: Sources, found: list[Diagnostic]
) -> InstanceSettings | None:
    """Return how to reach an environment's instance, None when there are mistakes; those go to `found`.

    Where secrets are not looked up, what there is to return lacks what only they would tell.
    """
    airflow = spec.root.entries.get(AIRFLOW)
    if not isinstance(airflow, Mapping):
        return None  # the reader of the file has said so
    before = len(found)
    resolved = _resolved(sources, airflow, found)
    whole = replace(spec.root, entries={AIRFLOW: resolved})
    part = typed(AirflowPart, whole, "environment", found)
    if part is None:
        return None
    read = part.airflow
    files = certificates(tree, spec, read, found)
    if len(found) > before:
        return None
    return InstanceSettings(read.url, login_of(read.auth), files, read.headers)


def reach_first(
    tree: Tree, spec: EnvironmentSpec, sources: Sources, settings: Settings
) -> InstanceSettings | None:
    """Return how to reach an environment's instance before anything else of it is asked of secret stores.

    None when there are mistakes, which `reach` tells.
    """
    if sources.lookup is not Lookup.ALL:
        return None
    return _looked_up(tree, spec, sources, settings, [])


def wire(settings: Settings) -> Wire:
    """Return how patiently and how widely to talk."""
    return Wire(settings.connect_timeout, settings.read_timeout, settings.retries, settings.concurrency)


def instance_settings(
    tree: Tree, spec: EnvironmentSpec, settings: Settings, logins: Logins | None = None
) -> InstanceSettings:
    """Return how to reach an environment's instance, looked up now. Raises SpecError for what is wrong there.

    For an environment that was loaded without its secrets; `Loaded.instance` has it otherwise. No store is
    asked before all is known that can be seen on this machine.
    """
    found: list[Diagnostic] = []
    whole, sources = _way(tree, spec, settings, logins)
    instance = _looked_up(tree, whole, sources, settings, found)
    if instance is None:
        raise SpecError(tuple(found))
    return instance


def check_way(tree: Tree, spec: EnvironmentSpec, settings: Settings) -> tuple[Diagnostic, ...]:
    """Return what can be seen on this machine of the way to an environment's instance being mistaken.

    For an environment that was loaded without its secrets, as for `instance_settings`. Nothing is sent.
    """
    found: list[Diagnostic] = []
    whole, sources = _way(tree, spec, settings)
    _at_hand(tree, whole, sources, found)
    if spec.file.secrets_backend is not None:
        sources.fetch(backend_references(whole), at_hand=True)
        backend_entry(whole, sources, found)
    return tuple(found)


def _way(
    tree: Tree, spec: EnvironmentSpec, settings: Settings, logins: Logins | None = None
) -> tuple[EnvironmentSpec, Sources]:
    """Return an environment with what is set from outside, and the sources of all that its login needs."""
    whole = replace(spec, root=with_outside(spec.root, outside_of(settings, spec.name)))
    return whole, Sources(tree, whole, Lookup.ALL, settings, logins=logins)


def _looked_up(
    tree: Tree, spec: EnvironmentSpec, sources: Sources, settings: Settings, found: list[Diagnostic]
) -> InstanceSettings | None:
    """Look up what the login needs, and return how to reach the instance; see `instance_settings`."""
    instance = _at_hand(tree, spec, sources, found)
    if instance:
        sources.fetch(_references(spec))
        instance = reach(tree, spec, sources, found)
    return replace(instance, wire=wire(settings)) if instance else None


def _at_hand(
    tree: Tree, spec: EnvironmentSpec, sources: Sources, found: list[Diagnostic]
) -> InstanceSettings | None:
    """Return how to reach the instance as far as it can be seen on this machine; see `reach`."""
    sources.fetch(_references(spec), at_hand=True)
    return reach(tree, spec, sources, found)


def _references(spec: EnvironmentSpec) -> tuple[Reference, ...]:
    return tuple(reference for reference, _ in references_in(spec.root.entries[AIRFLOW]))


def _resolved(sources: Sources, airflow: Mapping, found: list[Diagnostic]) -> Node:
    """Resolve the references under `airflow:`: login secrets as secrets, all else as texts for all eyes."""
    public = None if sources.lookup is Lookup.NONE else Everything()
    secret = sources.resolver()
    resolved: Node = airflow
    for path in SECRET_PATHS:
        resolved = substitute_at(resolved, path, secret, found)
    return substitute_but(resolved, SECRET_PATHS, sources.resolver(public=public), found)
