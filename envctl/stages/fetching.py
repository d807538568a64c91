"""What references mean in secret stores: each looked up once, all stores side by side."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from envctl.crew import Crew
from envctl.errors import Diagnostic
from envctl.model.node import Mapping
from envctl.model.reference import Reference, Unresolved
from envctl.model.secret import Secret
from envctl.secrets.backend import Found, Missing, Surroundings
from envctl.secrets.backends import backends
from envctl.secrets.logins import Logins
from envctl.spec.environment_form import SECRETS
from envctl.spec.substitute import substitute
from envctl.spec.typed import typed
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator
    from collections.abc import Mapping as Named
    from pathlib import Path

    from pydantic import BaseModel

    from envctl.errors import Position
    from envctl.model.node import Node
    from envctl.secrets.backend import Backend, BackendKind, Survey
    from envctl.secrets.resolver import Resolver
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree

_NAMED = 3
"""How many references a warning names; `envctl secrets check` has them all."""
_STORE_SETTINGS = ("age_key", "age_key_file")


def surroundings(
    tree: Tree, name: str, folders: tuple[str, ...], settings: Settings, logins: Logins | None = None
) -> Surroundings:
    """Return where the stores of an environment are opened from; `folders` are its layers and its own.

    `logins` are those that were made for it before.
    """

    def read(path: Path, found: list[Diagnostic]) -> Node | None:
        data = tree.read(path, found)
        return read_yaml(data, tree.position_name(path), found) if data is not None else None

    return Surroundings(
        variables=os.environ,
        root=tree.root,
        folder=tree.root / name,
        layers=tuple(tree.root / folder for folder in folders),
        read_yaml=read,
        shown=tree.position_name,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        retries=settings.retries,
        concurrency=settings.concurrency,
        settings={key: getattr(settings, key) for key in _STORE_SETTINGS},
        logins=logins or Logins(),
    )


class Stores:
    """The secret stores of one environment, opened when a reference needs them.

    `plain` and `secret` resolve what stands below `secrets:` in its environment.yaml. `pins` says by the
    text of a reference which version of it is meant.
    """

    def __init__(
        self,
        spec: EnvironmentSpec,
        around: Surroundings,
        plain: Resolver,
        secret: Resolver,
        pins: Named[str, str],
    ) -> None:
        self._spec, self._around = spec, around
        self._plain, self._secret, self._pins = plain, secret, pins
        self._answers: dict[Reference, Found | Missing] = {}
        self.has_asked = False
        """Whether anything was asked of a store that is elsewhere."""
        self._lost: dict[str, Missing] = {}
        """Stores that gave nothing at all, by their key: they are not waited for a second time."""

    def fetch(self, references: Iterable[Reference], *, at_hand: bool = False) -> None:
        """Look up those that were not looked up yet, each once.

        With `at_hand` only those in stores that are in the spec tree.
        """
        by_kind: dict[str, dict[Reference, Reference]] = {}
        kinds = {scheme: kind for kind in backends() for scheme in kind.schemes}
        for reference in dict.fromkeys(references):
            kind = kinds.get(reference.scheme)
            if kind is None or reference in self._answers or kind.check(reference) is not None:
                continue
            if kind.is_at_hand or not at_hand:
                by_kind.setdefault(kind.key, {})[reference] = self._pinned(kind, reference)
        if not by_kind:
            return
        chosen = [kind for kind in backends() if kind.key in by_kind]
        self.has_asked |= not all(kind.is_at_hand for kind in chosen)
        crew = Crew(len(chosen), "store")
        try:
            answers = crew.map(lambda one: self._read(one, by_kind), chosen)
            for kind, told in zip(chosen, answers, strict=True):
                for reference, asked in by_kind[kind.key].items():
                    answer = told.get(asked) or Missing("its store does not say", None)
                    self._answers[reference] = answer
                    if isinstance(answer, Missing) and answer.whole:
                        self._lost[kind.key] = answer
        finally:
            crew.dismiss()

    def answer(self, reference: Reference) -> Found | Missing | None:
        """Return what was found, None for a reference that nobody asked for."""
        return self._answers.get(reference)

    def _pinned(self, kind: BackendKind, reference: Reference) -> Reference:
        version = self._pins.get(reference.text)
        if version is None:
            return reference
        return Reference(reference.scheme, kind.pinned(reference, version), reference.text)

    def _read(
        self, kind: BackendKind, by_kind: Named[str, Named[Reference, Reference]]
    ) -> Named[Reference, Found | Missing]:
        asked = tuple(by_kind[kind.key].values())
        if kind.key in self._lost:
            return dict.fromkeys(asked, self._lost[kind.key])
        try:
            store = self._opened(kind)
            # What another package's store gives is held against the protocol.
            told: dict[Reference, Any] = dict.fromkeys(asked, store)
            if not isinstance(store, Missing):
                told = dict(store.read(asked))
            return {one: answer for one, answer in told.items() if isinstance(answer, Found | Missing)}
        except Exception as error:  # noqa: BLE001 - a store's libraries may raise anything, with secrets in it
            why = f"secrets.{kind.key} fell over ({type(error).__name__})"
            return dict.fromkeys(asked, Missing(why, "please report it", whole=True))

    def _opened(self, kind: BackendKind) -> Backend | Missing:
        """Return a store, opened as the environment says."""
        entry = self.entry(kind)
        return entry if isinstance(entry, Missing) else kind.open(entry, self._around)

    def entry(self, kind: BackendKind) -> BaseModel | Missing:
        """Return what the environment says of a store, its references resolved."""
        found: list[Diagnostic] = []
        secrets = self._spec.root.entries.get(SECRETS)
        node = secrets.entries.get(kind.key) if isinstance(secrets, Mapping) else None
        node = (
            Mapping({}, {}, self._spec.root.position)
            if node is None
            else resolved(node, kind.secret_keys, self._plain, self._secret, found)
        )
        entry = typed(kind.entry, node, f"secrets.{kind.key}", found)
        if found or entry is None:
            first = found[0]
            return Missing(f"{first.message} ({first.position})", first.hint, whole=True)
        return entry


def resolved(
    node: Node, secret_keys: Container[str], plain: Resolver, secret: Resolver, found: list[Diagnostic]
) -> Node:
    """Resolve the references below a node, those at `secret_keys`, at any depth, as secrets."""
    if not isinstance(node, Mapping):
        return substitute(node, plain, found)
    entries = {
        key: substitute(child, secret, found)
        if key in secret_keys
        else resolved(child, secret_keys, plain, secret, found)
        for key, child in node.entries.items()
    }
    return Mapping(entries, node.keys, node.position, node.tag)


class Excuses:
    """What could not be looked up, and was let pass as not known."""

    def __init__(self) -> None:
        self._single: dict[tuple[Reference, str], tuple[Position, Missing]] = {}
        self._whole: dict[str, tuple[Missing, dict[Reference, Position]]] = {}

    def add(self, reference: Reference, position: Position, missing: Missing) -> None:
        """Take in one; what lies in the store itself is told once."""
        if missing.whole:
            self._whole.setdefault(missing.why, (missing, {}))[1].setdefault(reference, position)
        else:
            self._single.setdefault((reference, missing.why), (position, missing))

    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return all of them, each with the first place where the reference stands."""
        return tuple(
            Diagnostic(_unknown(list(references), missing), min(references.values()), missing.hint, "warning")
            for missing, references in self._all()
        )

    def errors(self, needed: Collection[str]) -> tuple[Diagnostic, ...]:
        """Return those of the references with these texts."""
        return tuple(
            Diagnostic(_unknown([one], missing), position, missing.hint)
            for missing, references in self._all()
            for one, position in references.items()
            if one.text in needed
        )

    def _all(self) -> Iterator[tuple[Missing, dict[Reference, Position]]]:
        """Yield each reason with the references that it is true of, and the first place of each."""
        yield from self._whole.values()
        for (reference, _), (position, missing) in self._single.items():
            yield missing, {reference: position}


def _unknown(references: list[Reference], missing: Missing) -> str:
    shown = ", ".join(str(one) for one in references[:_NAMED])
    more = f" and {len(references) - _NAMED} more" if references[_NAMED:] else ""
    return f"{shown}{more} {'is' if len(references) == 1 else 'are'} not known: {missing.why}"


class StoreSource:
    """References to one kind of store; see `envctl.secrets.resolver.Source`.

    Without `stores` they are checked as far as their form and the `survey` tell, and not known; nor are
    those that were not fetched, though how their store is to be reached must be right. With `excuses`
    whatever cannot be looked up is put there, and not known either.
    """

    def __init__(
        self, kind: BackendKind, survey: Survey | None, stores: Stores | None, excuses: Excuses | None
    ) -> None:
        self._kind, self._survey, self._stores, self._excuses = kind, survey, stores, excuses

    def resolve(self, reference: Reference, position: Position) -> Secret:
        """Return the secret. Raises Unresolved for one that cannot be had and is not excused."""
        if complaint := self._kind.check(reference):
            raise Unresolved(f"{reference} {complaint}")
        if self._survey and (mistake := self._survey.complaint(reference)):
            raise Unresolved(f"{reference}: {mistake.why}", mistake.hint)
        if self._stores is None:
            return Secret.unavailable(reference.text)
        answer = self._stores.answer(reference)
        if answer is None and self._excuses is None:
            entry = self._stores.entry(self._kind)
            answer = entry if isinstance(entry, Missing) else None
        if isinstance(answer, Found):
            return answer.secret
        if answer is None:
            return Secret.unavailable(reference.text)
        if self._excuses is None:
            raise Unresolved(f"{reference}: {answer.why}", answer.hint)
        self._excuses.add(reference, position, answer)
        return Secret.unavailable(reference.text)
