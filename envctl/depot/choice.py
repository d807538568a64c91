"""Which objects are kept in Vault instead of in Airflow's database, and what that means for their kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from envctl.depot.entry import is_path
from envctl.errors import Diagnostic
from envctl.model.reserved import is_reserved
from envctl.spec.environment import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from envctl.depot.entry import BackendEntry
    from envctl.kinds.kind import Kind
    from envctl.model.policy import Scope
    from envctl.model.resource import Desired


class Choice(Struct, frozen=True):
    """The ids that are kept in Vault, by section; a section that is not there keeps none."""

    scopes: Mapping[str, Scope] = field(default_factory=dict)

    def keeps(self, kind: Kind, identifier: str) -> bool:
        """Tell whether an object is kept in Vault; envctl's own never are."""
        scope = self.scopes.get(kind.section)
        return scope is not None and identifier in scope and not is_reserved(identifier)

    def concealing(self, kind: Kind) -> Kind:
        """Return a kind that hides everything of the objects that are kept in Vault.

        So every leaf of theirs gets a fingerprint: whoever may read the ledger need not have a right to
        anything in Vault.
        """
        if kind.section not in self.scopes:
            return kind
        return replace(kind, hides=lambda one, path: self.keeps(kind, one) or kind.hides(one, path))


def choice_of(entry: BackendEntry | None) -> Choice:
    """Return what an environment keeps in Vault."""
    if entry is None or entry.write is None:
        return Choice()
    chosen = {"variables": entry.write.variables, "connections": entry.write.connections}
    return Choice({section: scope_of(one) for section, one in chosen.items() if one is not None})


def homeless(choice: Choice, kinds: Sequence[Kind], desired: Iterable[Desired]) -> Iterator[Diagnostic]:
    """Yield a mistake for each object that is to be kept in Vault, and whose id cannot be a path there."""
    by_name = {kind.name: kind for kind in kinds}
    for one in desired:
        if choice.keeps(by_name[one.address.kind], one.address.id) and not is_path(one.address.id):
            yield Diagnostic(
                f"{one.address.kind} {one.address.id!r} cannot be kept in Vault: a path there has no empty"
                " step, and none of dots",
                one.source,
                "give it another id, or exclude it under secrets_backend.write",
            )
