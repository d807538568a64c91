"""Live values that hold a secret of the spec are not passed on, whatever field they were found in.

A Variable that held `${PG_PASSWORD}` until yesterday and is plain text in the spec today still has the
password live; so may an extra key, or a text that somebody pasted it into. Where the spec no longer has
that secret anywhere, the ledger still knows which leaves were secret when they were applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.engine.leaves import covers
from envctl.model.change import render_path
from envctl.model.secret import Secret, secrets_in
from envctl.model.value import HIDDEN, UNSET, Masked, Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from envctl.model.address import Address
    from envctl.model.change import FieldDiff, Path
    from envctl.model.resource import Desired


FURTHER = "…"
"""The name of leaves that may not be named."""


def secrets_of(desired: Mapping[Address, Desired]) -> frozenset[Secret]:
    """Return every secret that the spec of an environment holds, the pieces of joined ones included."""
    return frozenset(
        piece
        for one in desired.values()
        for value in one.fields.values()
        for secret in secrets_in(value)
        for piece in (secret, *secret.parts)
        if isinstance(piece, Secret)
    )


def concealed(
    fields: Iterable[FieldDiff], secrets: frozenset[Secret], known: Collection[str] = ()
) -> tuple[FieldDiff, ...]:
    """Return leaves with every live value that may be a secret replaced by HIDDEN.

    That is what holds one of the `secrets`, and what can be read at a path which the ledger knows to be
    secret, or around it.
    """
    return tuple(replace(leaf, live=HIDDEN) if _is_told(leaf, secrets, known) else leaf for leaf in fields)


def all_concealed(fields: Iterable[FieldDiff]) -> tuple[FieldDiff, ...]:
    """Return leaves without any live value: of an object whose content only few may read.

    Keys that only the live side has are a part of its content: one `…` stands for all those at a place.
    """
    told: dict[Path, FieldDiff] = {}
    for leaf in fields:
        live = leaf.live if leaf.live is UNSET or leaf.live is None else HIDDEN
        further = leaf.desired is UNSET and len(leaf.path) > 1
        path = (*leaf.path[:-1], FURTHER) if further else leaf.path
        told[path] = replace(leaf, path=path, live=live)
    return tuple(told.values())


def stands_at(path: str, others: Iterable[str]) -> bool:
    """Tell whether a path is one of others, stands below or above one."""
    return any(covers(other, path) or covers(path, other) for other in others)


def holds(live: Value, secrets: frozenset[Secret]) -> bool:
    """Tell whether a live value, or what can still be read of a masked one, holds one of some secrets."""
    if isinstance(live, str):
        return any(secret.occurs_in(live) for secret in secrets)
    if isinstance(live, Masked):
        return any(holds(part, secrets) for part in live.visible)
    if isinstance(live, dict):
        return any(holds(item, secrets) or holds(key, secrets) for key, item in live.items())
    if isinstance(live, list):
        return any(holds(item, secrets) for item in live)
    return False


def _is_told(leaf: FieldDiff, secrets: frozenset[Secret], known: Collection[str]) -> bool:
    if leaf.live is UNSET or leaf.live is None:
        return False
    readable = not isinstance(leaf.live, Masked)
    return holds(leaf.live, secrets) or (readable and stands_at(render_path(leaf.path), known))
