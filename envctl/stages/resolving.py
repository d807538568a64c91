"""Where the references of an environment are looked up: which sources there are, and what they may give."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.model.address import Address
from envctl.model.lookup import Lookup
from envctl.model.node import Mapping
from envctl.model.secret import Secret
from envctl.secrets.backends import backends
from envctl.secrets.environment import EnvironmentSource
from envctl.secrets.files import FileSource
from envctl.secrets.logins import Logins
from envctl.secrets.params import ParamSource
from envctl.secrets.resolver import Resolver, Source, Withheld
from envctl.spec.environment import SecretsPart
from envctl.spec.environment_form import AIRFLOW, FINGERPRINT_KEY, SECRETS
from envctl.spec.substitute import references_in, substitute_at
from envctl.spec.typed import typed
from envctl.stages.fetching import Excuses, Stores, StoreSource, surroundings

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from collections.abc import Mapping as Named

    from envctl.errors import Diagnostic
    from envctl.kinds.kind import Kind
    from envctl.model.node import Node
    from envctl.model.reference import Reference
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree


class Everything:
    """A list of public names that has them all."""

    def __contains__(self, _name: object) -> bool:
        return True


class Sources:
    """The sources of one environment's references; what stands in secret stores is asked for once.

    `pins` says by the text of a reference which version of it is meant. `logins` are those that were made for
    the environment before.
    """

    def __init__(
        self,
        tree: Tree,
        spec: EnvironmentSpec,
        lookup: Lookup,
        settings: Settings,
        pins: Named[str, str] | None = None,
        logins: Logins | None = None,
    ) -> None:
        self.lookup = lookup
        self._spec = spec
        self._files = FileSource(
            tree.root, _base(tree), [tree.root / str(one) for one in spec.file.secrets.file.allowed]
        )
        self.logins = logins or Logins()
        around = surroundings(tree, spec.name, spec.folders, settings, self.logins)
        self._surveys = {kind.key: kind.survey(around) for kind in backends() if kind.survey}
        self.found = tuple(one for survey in self._surveys.values() for one in survey.found)
        """The mistakes in files of the tree that are stores."""
        self.stores: Stores | None = None
        if lookup is Lookup.ALL:
            # The login and the fingerprint key are always the newest, whatever a saved plan shows of others.
            always = {reference.text for reference in references_of(spec, ())}
            later = {text: version for text, version in (pins or {}).items() if text not in always}
            self.stores = Stores(spec, around, self.local(Everything()), self.local(), later)

    def fetch(self, references: Iterable[Reference], *, at_hand: bool = False) -> None:
        """Look up what stands in secret stores, as far as secrets are looked up there; see `Stores.fetch`."""
        if self.stores is not None:
            self.stores.fetch(references, at_hand=at_hand)

    @property
    def has_asked(self) -> bool:
        """Whether anything was asked of a secret store that is not in the spec tree."""
        return self.stores is not None and self.stores.has_asked

    def resolver(self, *, public: Container[str] | None = None, excuses: Excuses | None = None) -> Resolver:
        """Return what resolves references.

        `public` names the environment variables that are no secrets, those of `public_env` when left out.
        With `excuses` what a store cannot give is put there and not known; otherwise it is a mistake.
        """
        stores = {
            scheme: StoreSource(kind, self._surveys.get(kind.key), self.stores, excuses)
            for kind in backends()
            for scheme in kind.schemes
        }
        return Resolver({**self._local(public), **stores})

    def local(self, public: Container[str] | None = None) -> Resolver:
        """Return what resolves references to what is on this machine; a store is configured by no store."""
        return Resolver(self._local(public))

    def _local(self, public: Container[str] | None) -> dict[str, Source]:
        """Return the sources that are on this machine."""
        none = self.lookup is Lookup.NONE
        public = self._spec.file.public_env if public is None else public
        return {
            "env": EnvironmentSource(os.environ, public, withhold=none),
            "param": ParamSource(self._spec.file.params),
            "file": Withheld() if none else self._files,
        }


def references_of(
    spec: EnvironmentSpec, kinds: Iterable[Kind], only: Container[Address] | None = None
) -> Iterator[Reference]:
    """Yield the references of an environment that are looked up for it to be compared and connected to.

    With `only`, of the objects just those with these addresses.
    """
    secrets = spec.root.entries.get(SECRETS)
    key = secrets.entries.get(FINGERPRINT_KEY) if isinstance(secrets, Mapping) else None
    nodes = [spec.root.entries.get(AIRFLOW), key]
    for kind in kinds:
        section = spec.sections.entries.get(kind.section)
        if isinstance(section, Mapping):
            nodes += [
                node
                for identifier, node in section.entries.items()
                if only is None or Address(kind.name, identifier) in only
            ]
    for node in nodes:
        if node is not None:
            yield from (reference for reference, _ in references_in(node))


def store_nodes(spec: EnvironmentSpec) -> dict[str, Node]:
    """Return what configures each secret store in an environment.yaml, by its path there."""
    secrets = spec.root.entries.get(SECRETS)
    if not isinstance(secrets, Mapping):
        return {}
    return {
        f"{SECRETS}.{kind.key}": secrets.entries[kind.key]
        for kind in backends()
        if kind.key in secrets.entries
    }


def fingerprint_key(
    spec: EnvironmentSpec, sources: Sources, found: list[Diagnostic], excuses: Excuses
) -> Secret | None:
    """Return what keys the fingerprints of an environment's secrets, None when it has no key of its own.

    Mistakes go to `found`. One that is not looked up, or cannot be, is unavailable.
    """
    node = spec.root.entries.get(SECRETS)
    if not isinstance(node, Mapping) or FINGERPRINT_KEY not in node.entries:
        return None
    alone = replace(node, entries={FINGERPRINT_KEY: node.entries[FINGERPRINT_KEY]})
    resolved = substitute_at(alone, (FINGERPRINT_KEY,), sources.resolver(excuses=excuses), found)
    part = typed(SecretsPart, replace(spec.root, entries={SECRETS: resolved}), "environment", found)
    key = part.secrets.fingerprint_key if part else None
    # Written out in the file, or from a public source, it is no less a secret.
    return Secret(key, f"{SECRETS}.{FINGERPRINT_KEY}") if isinstance(key, str) else key


def _base(tree: Tree) -> Path:
    """Return the folder that the file names in positions are relative to."""
    return tree.root if tree.shown == "." else Path("/") if tree.shown.startswith("/") else Path.cwd()
