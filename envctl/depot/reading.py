"""What an instance has, put together from its database and from the Vault that goes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.depot.layout import layout_of
from envctl.depot.notes import Places, notes
from envctl.errors import BackendFailed, Diagnostic
from envctl.model.address import Address
from envctl.model.policy import Scope
from envctl.model.resource import Live
from envctl.model.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.depot.choice import Choice
    from envctl.depot.shelf import Found, Shelf
    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired, Reading


class Depot(Struct, frozen=True):
    """The Vault of one environment: where each kind stands there, by section, and what is kept there.

    `scopes` says by section what envctl owns. `desired` is what the spec has. `namespace` is Vault's, "" for
    none.
    """

    shelf: Shelf
    folders: Mapping[str, str]
    choice: Choice
    scopes: Mapping[str, Scope]
    desired: Mapping[Address, Desired]
    namespace: str = ""

    def folder(self, kind: Kind) -> str | None:
        """Return the folder in which Airflow looks for a kind, None when it does not."""
        return self.folders.get(kind.section) if layout_of(kind) else None

    def keeps(self, kind: Kind, identifier: str) -> bool:
        """Tell whether an object is kept in Vault."""
        return self.folder(kind) is not None and self.choice.keeps(kind, identifier)

    def store(self, kind: Kind, identifier: str, found: Found) -> Store:
        """Return where an object is kept."""
        path = self.shelf.place(f"{self.folder(kind)}/{identifier}")
        return Store(path, found.version, self.namespace)


def completed(reading: Reading, kinds: Sequence[Kind], depot: Depot) -> Reading:
    """Return what was read from the database with what stands in Vault. Raises BackendFailed."""
    parts = [_Section(kind, depot, reading) for kind in kinds if depot.folder(kind) is not None]
    live = {
        address: one for address, one in reading.live.items() if not any(address in p.copies for p in parts)
    }
    stores: dict[Address, Store] = {}
    for part in parts:
        live |= part.live
        stores |= part.stores
    places = Places(
        kept={address for part in parts for address in part.live},
        copies={address for part in parts for address in part.copies},
        shadowed={address: path for part in parts for address, path in part.shadowed.items()},
    )
    apart = frozenset(places.copies).difference(live, depot.desired)
    found = tuple(notes(places, depot.desired))
    return replace(reading, live=live, stores=stores, apart=apart, found=found)


def uncompleted(reading: Reading, why: BackendFailed) -> Reading:
    """Return what was read, where nothing is kept in Vault: only shadows may be there."""
    unknown = f"whether Airflow reads other values from Vault is not known: {why.message}"
    return replace(reading, found=(Diagnostic(unknown, None, why.hint, "warning"),))


class _Section:
    """What there is of one kind."""

    def __init__(self, kind: Kind, depot: Depot, reading: Reading) -> None:
        """Read it. Raises BackendFailed."""
        self._kind, self._depot = kind, depot
        self.copies = frozenset(
            address for address in reading.live if address.kind == kind.name and depot.keeps(kind, address.id)
        )
        self._wanted = [address for address in depot.desired if address.kind == kind.name]
        documents = self._documents()
        self.live = {
            address: self._live(address, found)
            for address, found in documents.items()
            if found.content is not None and depot.keeps(kind, address.id)
        }
        kept = {*self.live, *(one for one in self._wanted if depot.keeps(kind, one.id))}
        nothing = depot.shelf.nothing
        self.stores = {one: depot.store(kind, one.id, documents.get(one, nothing)) for one in kept}
        self.shadowed = {
            address: depot.shelf.place(f"{depot.folder(kind)}/{address.id}")
            for address in self._wanted
            if not depot.keeps(kind, address.id)
            and (found := documents.get(address)) is not None
            and self._is_read(found)
        }

    def _documents(self) -> dict[Address, Found]:
        """Return what concerns us of what is listed: what is kept there, and what else the spec has."""
        depot, kind = self._depot, self._kind
        folder, wanted = depot.folders[kind.section], {one.id for one in self._wanted}
        ids = [one for one in depot.shelf.names(folder) if depot.keeps(kind, one) or one in wanted]
        found = depot.shelf.read(f"{folder}/{one}" for one in ids)
        documents: dict[Address, Found] = {}
        for identifier in ids:
            path = f"{folder}/{identifier}"
            one = found[path]
            if one is not None:
                documents[Address(kind.name, identifier)] = one
            elif identifier in wanted or identifier in depot.scopes.get(kind.section, Scope()):
                raise BackendFailed(
                    f"the login may not read {depot.shelf.place(path)}, where Airflow reads"
                    f" {kind.name}/{identifier} from: its live state is not known",
                    hint=f"it needs a policy with:\n{depot.shelf.needed(folder)}",
                )
        return documents

    def _live(self, address: Address, found: Found) -> Live:
        layout = layout_of(self._kind)
        fields = layout.read(found.content or {}) if layout else {}
        return Live(address, fields, concealed=True)

    def _is_read(self, found: Found) -> bool:
        layout = layout_of(self._kind)
        return found.content is not None and layout is not None and layout.is_read(found.content)
