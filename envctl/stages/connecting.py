"""An environment's `airflow:` into how to reach its instance: resolved, typed, and every mistake in it."""

from __future__ import annotations

import os
import ssl
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.airflow.settings import InstanceSettings, Login, Wire
from envctl.errors import Diagnostic, SpecError
from envctl.model.lookup import Lookup
from envctl.model.node import Mapping, Node, at_path
from envctl.model.secret import Secret
from envctl.overrides import common_name
from envctl.spec.airflow_entry import AirflowPart
from envctl.spec.environment_form import AIRFLOW
from envctl.spec.outside import SECRET_KEYS, outside_nodes, with_outside
from envctl.spec.substitute import references_in, substitute
from envctl.spec.typed import typed
from envctl.stages.resolving import Everything, Sources

if TYPE_CHECKING:
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
    ca_file = _ca_file(tree, spec, read.ca_file, found)
    if len(found) > before:
        return None
    auth = read.auth
    return InstanceSettings(read.url, Login(auth.method, auth.username, auth.password, auth.token), ca_file)


def wire(settings: Settings) -> Wire:
    """Return how patiently and how widely to talk."""
    return Wire(settings.connect_timeout, settings.read_timeout, settings.retries, settings.concurrency)


def instance_settings(
    tree: Tree, spec: EnvironmentSpec, settings: Settings, logins: Logins | None = None
) -> InstanceSettings:
    """Return how to reach an environment's instance, looked up now. Raises SpecError for what is wrong there.

    For an environment that was loaded without its secrets; `Loaded.instance` has it otherwise.
    """
    found: list[Diagnostic] = []
    whole = replace(spec, root=with_outside(spec.root, outside_of(settings, spec.name)))
    sources = Sources(tree, whole, Lookup.ALL, settings, logins=logins)
    sources.fetch(reference for reference, _ in references_in(whole.root.entries[AIRFLOW]))
    instance = reach(tree, whole, sources, found)
    if instance is None:
        raise SpecError(tuple(found))
    return replace(instance, wire=wire(settings))


def _resolved(sources: Sources, airflow: Mapping, found: list[Diagnostic]) -> Node:
    """Resolve the references under `airflow:`: login secrets as secrets, all else as texts for all eyes."""
    auth = airflow.entries.get("auth")
    if isinstance(auth, Mapping):
        secret = sources.resolver()
        entries = {
            key: substitute(node, secret, found) if key in SECRET_KEYS else node
            for key, node in auth.entries.items()
        }
        airflow = replace(airflow, entries={**airflow.entries, "auth": replace(auth, entries=entries)})
    public = None if sources.lookup is Lookup.NONE else Everything()
    return substitute(airflow, sources.resolver(public=public), found)


def _ca_file(tree: Tree, spec: EnvironmentSpec, value: Any, found: list[Diagnostic]) -> Path | None:
    """Return the file of authorities, None when there is none or its name is not known here."""
    if value is None or isinstance(value, Secret):
        return None
    place = at_path(spec.root, (AIRFLOW, "ca_file"))
    path = tree.root / spec.name / value
    # Not Path.is_file: that raises for a name that is too long, or a folder which may not be entered.
    file = next((one for one in (path, Path(value)) if os.path.isfile(one)), None)  # noqa: PTH113
    if file is None:
        found.append(Diagnostic(f"airflow: ca_file {value}: no such file", place, f"looked for {path}"))
    elif not _holds_certificate(file):
        problem = f"airflow: ca_file {value} holds no certificate that can be read"
        found.append(Diagnostic(problem, place, "it is a PEM file: -----BEGIN CERTIFICATE-----"))
    return file


def _holds_certificate(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return False
    return True
