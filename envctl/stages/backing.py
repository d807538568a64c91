"""`secrets_backend:` of an environment into the Vault that its Airflow reads from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.depot.choice import choice_of
from envctl.depot.reading import Depot
from envctl.errors import BackendFailed, SpecError
from envctl.model.lookup import Lookup
from envctl.secrets.backend import Unusable
from envctl.secrets.vault.naming import DEFAULT_MOUNT
from envctl.stages.backend import PLACE, backend_entry, backend_references
from envctl.stages.fetching import surroundings
from envctl.stages.resolving import Sources

if TYPE_CHECKING:
    from envctl.depot.entry import BackendVault
    from envctl.errors import Diagnostic
    from envctl.secrets.vault.settings import VaultSettings
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree
    from envctl.stages.loading import Loaded


def depot_of(tree: Tree, loaded: Loaded, settings: Settings) -> Depot:
    """Return the Vault that an environment's Airflow reads from; nothing is asked of it yet.

    Raises SpecError for mistakes in how it is reached, BackendFailed where something is lacking for that.
    """
    # Not before it is needed: what speaks to Vault takes long to import.
    from envctl.depot.shelf import Shelf  # noqa: PLC0415
    from envctl.secrets.vault.connection import VaultConnection  # noqa: PLC0415

    spec = loaded.spec
    entry = _entry(tree, spec, settings)
    reach = _reach(tree, loaded, settings, entry)
    connection = loaded.logins.once(VaultConnection, reach.access)
    shelf = Shelf(connection, reach.mount or DEFAULT_MOUNT, int(entry.kv_version), reach.concurrency)
    return Depot(
        shelf=shelf,
        folders=entry.folders(),
        choice=choice_of(spec.file.secrets_backend),
        scopes={kind.section: spec.scope(kind) for kind in loaded.kinds},
        desired=loaded.desired,
        namespace=reach.namespace or "",
    )


def _entry(tree: Tree, spec: EnvironmentSpec, settings: Settings) -> BackendVault:
    """Return what stands there, its references resolved now."""
    found: list[Diagnostic] = []
    sources = Sources(tree, spec, Lookup.ALL, settings)
    sources.fetch(backend_references(spec))
    entry = backend_entry(spec, sources, found)
    if entry is None:
        raise SpecError(tuple(found))
    return entry


def _reach(tree: Tree, loaded: Loaded, settings: Settings, entry: BackendVault) -> VaultSettings:
    from envctl.secrets.vault.settings import settings_from  # noqa: PLC0415

    spec = loaded.spec
    try:
        return settings_from(entry, surroundings(tree, spec.name, spec.folders, settings, loaded.logins))
    except Unusable as error:
        missing = error.missing
        raise BackendFailed(f"{PLACE} of {spec.name}: {missing.why}", hint=missing.hint) from None
