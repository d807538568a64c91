"""Objects as the spec wants them and as an instance answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Diagnostic, InstanceError, Position
    from envctl.model.address import Address
    from envctl.model.store import Store
    from envctl.model.value import Value


@dataclass(frozen=True, slots=True)
class Desired:
    """One object of the spec: every field of its kind, UNSET where the spec says nothing.

    `protected` is the spec's word on whether envctl may delete it once it is no longer there.
    """

    address: Address
    fields: Mapping[str, Value] = field(repr=False)
    source: Position
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """One object as the instance answers it: every field of its kind that can be read.

    `concealed` tells that nothing of it may be shown, since not everybody who sees a plan may read it.
    """

    address: Address
    fields: Mapping[str, Value] = field(repr=False)
    concealed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
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
