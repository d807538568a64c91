"""An environment's files into what can be compared and connected to: the offline half of the story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from envctl.depot.choice import choice_of, homeless
from envctl.depot.entry import BackendEntry
from envctl.model.lookup import Lookup
from envctl.model.node import Mapping
from envctl.overrides import misdirected
from envctl.secrets.backends import store_entries
from envctl.secrets.logins import Logins
from envctl.spec.desired import desired_objects
from envctl.spec.reader import SpecReader
from envctl.spec.substitute import substitute
from envctl.spec.tree_file import DEFAULT_OWNER, owner_of
from envctl.stages.backend import backend_entry
from envctl.stages.connecting import outside_of, reach, wire
from envctl.stages.fetching import Excuses
from envctl.stages.resolving import Sources, fingerprint_key, references_of, store_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Mapping as Named

    from envctl.airflow.settings import InstanceSettings
    from envctl.errors import Diagnostic
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.resource import Desired
    from envctl.model.secret import Secret
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree


class Loaded(Struct, frozen=True):
    """One environment, its references resolved: what it wants, and of which kinds it speaks at all.

    A kind is in play when a file has its section, even an empty one: an omitted section is no wish.
    `instance` says how to reach Airflow; it is None when secrets, and so the login, were not looked up.
    `fingerprint_key` keys the fingerprints of its secrets, None when the environment names no key; without
    secrets it is unavailable. `owner` is the name under which the tree's objects are applied. `excuses` are
    the references that a secret store did not give, `logins` the connections to stores that there are.
    `before` is how it was before it was brought to what an instance shows and has.
    """

    spec: EnvironmentSpec
    kinds: tuple[Kind, ...]
    desired: dict[Address, Desired]
    diagnostics: tuple[Diagnostic, ...]
    instance: InstanceSettings | None = None
    owner: str = DEFAULT_OWNER
    fingerprint_key: Secret | None = None
    excuses: Excuses = field(default_factory=Excuses)
    logins: Logins = field(default_factory=Logins)
    before: Loaded | None = None

    @property
    def as_written(self) -> Loaded:
        """What the files say, whatever the instance has."""
        return self.before or self

    def fingerprint_keys(self, settings: Settings) -> tuple[Secret, ...]:
        """Return the keys of fingerprints: the process's, which makes new ones, then the environment's."""
        return tuple(key for key in (settings.fingerprint_key, self.fingerprint_key) if key)


class Draft(Struct, frozen=True):
    """One environment as its files have it, and where its references are looked up."""

    spec: EnvironmentSpec
    sources: Sources
    owner: str
    found: tuple[Diagnostic, ...]

    @property
    def has_mistakes(self) -> bool:
        """Whether its files have mistakes already, before anything in them is resolved."""
        return any(one.is_error for one in self.found)

    def fetch(self, kinds: Iterable[Kind]) -> None:
        """Look up what stands in secret stores: all at once, and before anything needs it."""
        self.sources.fetch(references_of(self.spec, kinds))


def reader_for(tree: Tree, kinds: Sequence[Kind], settings: Settings) -> SpecReader:
    """Return the reader of a tree that lays over each environment what the settings have for it."""
    return SpecReader(tree, kinds, lambda name: outside_of(settings, name), store_entries(), BackendEntry)


def load(
    tree: Tree,
    reader: SpecReader,
    name: str,
    kinds: Sequence[Kind],
    *,
    settings: Settings,
    lookup: Lookup = Lookup.LOCAL,
) -> Loaded | tuple[Diagnostic, ...]:
    """Return an environment ready to be compared, or every mistake in it.

    `settings` are those of the reader; mistakes in what they set from outside are found too.
    """
    drawn = draft(tree, reader, name, settings=settings, lookup=lookup)
    if not isinstance(drawn, Draft):
        return drawn
    drawn.fetch(kinds)
    return finish(tree, drawn, kinds, settings)


def draft(
    tree: Tree,
    reader: SpecReader,
    name: str,
    *,
    settings: Settings,
    lookup: Lookup = Lookup.LOCAL,
    pins: Named[str, str] | None = None,
) -> Draft | tuple[Diagnostic, ...]:
    """Return an environment with its references as they are, or every mistake when there is no telling more.

    `pins` says by the text of a reference which version of it is meant.
    """
    spec = reader.environment(name)
    found = misdirected(settings.environments, tree.environments())
    owner = owner_of(tree, found)
    everything = tuple(dict.fromkeys((*reader.found, *found)))
    if spec is None:
        return everything
    sources = Sources(tree, spec, lookup, settings, pins)
    return Draft(spec, sources, owner, tuple(dict.fromkeys((*everything, *sources.found))))


def finish(
    tree: Tree, drawn: Draft, kinds: Sequence[Kind], settings: Settings
) -> Loaded | tuple[Diagnostic, ...]:
    """Return an environment with its references resolved, or every mistake in it.

    What a secret store does not give is a warning, and not known.
    """
    spec, sources = drawn.spec, drawn.sources
    found: list[Diagnostic] = []
    excuses = Excuses()
    instance = reach(tree, spec, sources, found)
    key = fingerprint_key(spec, sources, found, excuses)
    sections = substitute(spec.sections, sources.resolver(excuses=excuses), found)
    desired: dict[Address, Desired] = {}
    if isinstance(sections, Mapping):
        desired = desired_objects(spec, sections, kinds, found)
    if sources.lookup is Lookup.LOCAL:
        for node in store_nodes(spec).values():
            substitute(node, sources.local(), found)
    if spec.file.secrets_backend is not None and sources.lookup is not Lookup.NONE:
        backend_entry(spec, sources, found)
    choice = choice_of(spec.file.secrets_backend)
    found += homeless(choice, kinds, desired.values())
    everything = tuple(dict.fromkeys((*drawn.found, *found, *excuses.warnings())))
    if any(one.is_error for one in everything):
        return everything
    in_play = tuple(map(choice.concealing, spec.in_play(kinds)))
    reachable = instance and sources.lookup is not Lookup.NONE
    known = replace(instance, wire=wire(settings)) if instance and reachable else None
    return Loaded(spec, in_play, desired, everything, known, drawn.owner, key, excuses, sources.logins)
