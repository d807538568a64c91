"""Gives each reference to the source it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from envctl.model.nearest import nearest
from envctl.model.reference import Reference, Unresolved, shortened
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Position


class Source(Protocol):
    """One place where references are looked up."""

    def resolve(self, reference: Reference, position: Position) -> str | Secret:
        """Return what the reference stands for. Raises Unresolved, which names it and says why."""
        ...


class Resolver:
    """Resolves the references of one environment."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def __call__(self, reference: Reference, position: Position) -> str | Secret:
        """Return what the reference stands for. Raises Unresolved."""
        source = self._sources.get(reference.scheme)
        if source is None:
            known = nearest(reference.scheme, self._sources)
            raise Unresolved(f"{shortened(reference.text)}: unknown source {reference.scheme!r}; {known}")
        value = source.resolve(reference, position)
        if value == MASK_TEXT or (isinstance(value, Secret) and value.is_text(MASK_TEXT)):
            raise Unresolved(
                f"{reference} holds Airflow's mask '***', not a value", "put the real value there"
            )
        return value


class Withheld:
    """Stands for a secret source when secrets are not asked for: nothing is looked up."""

    def resolve(self, reference: Reference, position: Position) -> Secret:
        """Return a secret that cannot be verified."""
        del position
        return Secret.unavailable(reference.text)
