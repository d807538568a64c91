"""Objects as the spec wants them and as an instance answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Position
    from envctl.model.address import Address
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
    """One object as the instance answers it: every field of its kind that can be read."""

    address: Address
    fields: Mapping[str, Value] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an instance answered: the objects of people, and envctl's own (its ledgers and lock)."""

    live: dict[Address, Live]
    own: dict[Address, Live]
