"""An environment's `secrets_backend:` in its typed form: resolved, and every mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.depot.entry import BackendVault
from envctl.model.node import Mapping
from envctl.secrets.vault.entry import SECRET_KEYS
from envctl.spec.environment_form import BACKEND, BACKEND_VAULT, SECRETS
from envctl.spec.substitute import references_in
from envctl.spec.typed import typed
from envctl.stages.fetching import resolved
from envctl.stages.resolving import Everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.errors import Diagnostic
    from envctl.model.node import Node
    from envctl.model.reference import Reference
    from envctl.spec.reader import EnvironmentSpec
    from envctl.stages.resolving import Sources

PLACE = f"{BACKEND}.{BACKEND_VAULT}"
_SHARED = ("url", "namespace", "ca_file", "auth")
"""What is as for `${vault:...}` when it is left out."""


def backend_node(spec: EnvironmentSpec) -> Node:
    """Return what stands there, with what `secrets.vault` has of it when it is left out."""
    own = _below(spec.root, BACKEND, BACKEND_VAULT)
    shared = _below(spec.root, SECRETS, BACKEND_VAULT)
    entries = {key: node for key, node in shared.entries.items() if key in _SHARED}
    keys = {key: shared.keys[key] for key in entries}
    return replace(own, entries={**entries, **own.entries}, keys={**keys, **own.keys})


def backend_references(spec: EnvironmentSpec) -> Iterator[Reference]:
    """Yield the references that stand there; none where there is no backend."""
    if spec.file.secrets_backend is not None:
        yield from (reference for reference, _ in references_in(backend_node(spec)))


def backend_entry(spec: EnvironmentSpec, sources: Sources, found: list[Diagnostic]) -> BackendVault | None:
    """Return what stands there, its references resolved; None when there are mistakes, which go to `found`.

    What stands in secret stores and was not fetched is not known.
    """
    before = len(found)
    node = resolved(
        backend_node(spec), SECRET_KEYS, sources.resolver(public=Everything()), sources.resolver(), found
    )
    entry = typed(BackendVault, node, PLACE, found)
    return entry if len(found) == before else None


def _below(root: Mapping, *path: str) -> Mapping:
    node = root
    for step in path:
        below = node.entries.get(step)
        node = below if isinstance(below, Mapping) else Mapping({}, {}, node.position)
    return node
