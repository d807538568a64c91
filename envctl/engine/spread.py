"""What the spec says of objects that only the instance can make, brought to the objects that are there.

A DAG comes from a file, a user logs in, an option of airflow.cfg is Airflow's own: an entry of the spec that
speaks of none of them is a mistake in it, unless it was right once. An entry may speak of many, by a glob.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.kinds.kind import Power
from envctl.model.address import Address
from envctl.model.nearest import close
from envctl.model.policy import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired, Live

_WILD = frozenset("*?[")
_CLASS = re.compile(r"\[!?\]?[^\]]*\]")


class Unknown(Struct, frozen=True):
    """An entry, or with `field` a key of it, of which the instance has nothing.

    `fixed` tells of what Airflow itself has, or has not, in every instance: it cannot have been there once.
    """

    address: Address
    field: str | None
    message: str
    hint: str
    fixed: bool = False


class Spread(Struct, frozen=True):
    """The wishes for objects, one each; `vanished` were applied once and are no longer there."""

    desired: dict[Address, Desired]
    vanished: tuple[Address, ...]
    unknown: tuple[Unknown, ...]


def spread(
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    past: Past,
    scopes: Mapping[str, Scope],
) -> Spread:
    """Return what is wanted of each object; kinds of which envctl makes the objects stay as they are.

    `scopes` say by section which ids are envctl's to manage here. A glob speaks of no other, and of none that
    another owner's ledger holds.
    """
    bound = {kind.name: kind for kind in kinds if kind.power < Power.ALL}
    found = {address: one for address, one in desired.items() if address.kind not in bound}
    vanished: list[Address] = []
    unknown: list[Unknown] = []
    for kind in bound.values():
        there = {address.id: one for address, one in live.items() if address.kind == kind.name}
        wanted = {address.id: one for address, one in desired.items() if address.kind == kind.name}
        globs = {glob: one for glob, one in wanted.items() if kind.selects and is_glob(glob)}
        for identifier, one in wanted.items():
            if identifier in globs:
                continue
            if identifier in there:
                found[one.address] = one
                unknown += _unknown_fields(kind, one, there[identifier])
            elif one.address in past.entries:
                vanished.append(one.address)
            else:
                unknown.append(_unknown(kind, one.address, there))
        scope = scopes.get(kind.section, Scope())
        for identifier in there:
            address = Address(kind.name, identifier)
            spoken_of = identifier not in wanted and identifier in scope and not past.owner_of(address)
            glob = best_glob(globs, identifier) if spoken_of else None
            if glob is not None:
                found[address] = replace(globs[glob], address=address)
    return Spread(found, tuple(vanished), tuple(unknown))


def is_glob(identifier: str) -> bool:
    """Tell whether an id in the spec stands for every object that matches it."""
    return not _WILD.isdisjoint(identifier)


def best_glob(globs: Iterable[str], identifier: str) -> str | None:
    """Return the glob that says most of an id: the one with the most letters, of equal ones the last.

    A class such as `[abc]` counts as no letter.
    """
    fitting = [glob for glob in globs if fnmatchcase(identifier, glob)]
    return max(reversed(fitting), key=_letters, default=None)


def _letters(glob: str) -> int:
    return sum(1 for letter in _CLASS.sub("", glob) if letter not in _WILD)


def _unknown(kind: Kind, address: Address, there: Mapping[str, Live]) -> Unknown:
    near = close(address.id, there)
    hint = f"did you mean {near!r}?" if near else f"it has {len(there)} {kind.section}"
    if kind.selects:
        hint += f"; for one that is still to come write a glob, such as '{address.id}*'"
    message = f"{kind.name} {address.id!r}: the instance has none of this name"
    return Unknown(address, None, message, hint, fixed=kind.closed)


def _unknown_fields(kind: Kind, wanted: Desired, live: Live) -> Iterator[Unknown]:
    if not kind.closed:
        return
    for name in wanted.fields:
        if name not in live.fields:
            near = close(name, live.fields)
            what = f"{kind.name} {wanted.address.id!r}: the instance knows no {name!r} there"
            hint = f"did you mean {near!r}?" if near else "take it out"
            yield Unknown(wanted.address, name, what, hint, fixed=True)
