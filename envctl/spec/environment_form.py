"""The form of an `environment.yaml`: its model, and where references may stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from envctl.model.nearest import close
from envctl.model.node import Mapping, Scalar
from envctl.model.reference import Unresolved
from envctl.model.secret import Secret
from envctl.spec.environment import EnvironmentFile, environment_model
from envctl.spec.substitute import substitute_at, substitute_but
from envctl.spec.tree import ENVIRONMENT_FILE
from envctl.spec.typed import report_tags, typed

if TYPE_CHECKING:
    from collections.abc import Mapping as Named

    from pydantic import BaseModel

    from envctl.errors import Diagnostic, Position
    from envctl.model.node import Node
    from envctl.model.reference import Reference

Paths: TypeAlias = "tuple[tuple[str, ...], ...]"

AIRFLOW, SECRETS, BACKEND = "airflow", "secrets", "secrets_backend"
BACKEND_VAULT = "vault"
FINGERPRINT_KEY = "fingerprint_key"
SHAPING = frozenset({"layers", "params", "public_env", SECRETS, "manage"})
"""The keys on which it depends what the other files mean."""


class EnvironmentForm:
    """What an environment.yaml may hold, where the given stores can be configured below `secrets:`."""

    def __init__(self, stores: Named[str, type[BaseModel]], backend: type[BaseModel] | None = None) -> None:
        """`backend` is the typed form of `secrets_backend:`."""
        self._model = environment_model(stores, backend)
        self._referable: Paths = (
            (AIRFLOW,),
            (SECRETS, FINGERPRINT_KEY),
            *((SECRETS, key) for key in sorted(stores)),
            *(((BACKEND, BACKEND_VAULT),) if backend is not None else ()),
        )

    def typed(self, root: Mapping, found: list[Diagnostic]) -> EnvironmentFile | None:
        """Return the file in its typed form, its references as secrets not known.

        Where there are mistakes, which go to `found`, what is right is returned, so that the other files can
        be checked all the same; None when a key that shapes them is wrong, or may be what a misspelt one
        was meant to be.
        """
        node: Node = root
        for path in self._referable:
            node = substitute_at(node, path, _unknown, found)
        return typed(self._model, node, "environment", found) or self._salvaged(root)

    def misplaced(self, key: str, node: Node, found: list[Diagnostic]) -> bool:
        """Report tags, and references but where they may stand; tell whether there are any."""
        before = len(found)
        report_tags(node, ENVIRONMENT_FILE, found)
        substitute_but(node, self._below(key), self._no_reference, found)
        return len(found) > before

    def sound(self, root: Mapping, wrong: set[str]) -> Mapping:
        """Return the file without some of its keys, `$${` read; the one it cannot lack has a stand-in."""
        entries = {
            key: substitute_but(node, self._below(key), self._no_reference, [])
            for key, node in root.entries.items()
            if key not in wrong
        }
        if AIRFLOW in wrong:
            nowhere = Scalar("http://nowhere", plain=True, position=root.position)
            entries[AIRFLOW] = Mapping({"url": nowhere}, {"url": root.position}, root.position)
        return Mapping(entries, root.keys, root.position, root.tag)

    def _salvaged(self, root: Mapping) -> EnvironmentFile | None:
        if any(key not in self._model.model_fields and close(key, SHAPING) for key in root.entries):
            return None
        return typed(self._model, self.sound(root, set(root.entries) - SHAPING | {AIRFLOW}), "", [])

    def _below(self, key: str) -> list[tuple[str, ...]]:
        return [path[1:] for path in self._referable if path[0] == key]

    def _no_reference(self, reference: Reference, position: Position) -> str:
        del position
        *places, last = (".".join(path) for path in self._referable)
        raise Unresolved(
            f"{reference}: a reference cannot stand here",
            f"in {ENVIRONMENT_FILE} references stand under {', '.join(places)} and {last} only;"
            " '$${' is a literal '${'",
        )


def _unknown(reference: Reference, position: Position) -> Secret:
    del position
    return Secret.unavailable(reference.text)
