"""Objects as the spec wants them and as an instance answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct, field

from envctl.model.discreet import Discreet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Diagnostic, InstanceError, Position
    from envctl.model.address import Address
    from envctl.model.store import Store
    from envctl.model.value import Value


class Desired(Discreet, frozen=True):
    """One object of the spec: every field of its kind, UNSET where the spec says nothing.

    `protected` is the spec's word on whether envctl may delete it once it is no longer there.
    """

    shown: ClassVar[tuple[str, ...]] = ("address", "source")

    address: Address
    fields: Mapping[str, Value]
    source: Position
    protected: bool = False


class Live(Discreet, frozen=True):
    """One object as the instance answers it: every field of its kind that can be read.

    `concealed` tells that nothing of it may be shown, since not everybody who sees a plan may read it.
    """

    shown: ClassVar[tuple[str, ...]] = ("address",)

    address: Address
    fields: Mapping[str, Value]
    concealed: bool = False


class Reading(Struct, frozen=True):
    """What an instance answered: the objects of people, and envctl's own (its ledgers and lock).

    `stores` says of those that are kept, or to be kept, outside of its database where that is. `apart` are
    objects that the spec does not have, and that stand where none of their name is kept. `found` are
    warnings. `unread` says of kinds by their name why nothing is known of their objects. `old` tells that it
    came over API v1, which tells less. `version` is that of the instance.
    """

    live: dict[Address, Live]
    own: dict[Address, Live]
    stores: Mapping[Address, Store] = field(default_factory=dict)
    apart: frozenset[Address] = frozenset()
    found: tuple[Diagnostic, ...] = ()
    unread: Mapping[str, InstanceError] = field(default_factory=dict)
    old: bool = False
    version: tuple[int, int] | None = None
