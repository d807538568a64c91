"""Live values that hold a secret of the spec are not passed on, whatever field they were found in.

A Variable that held `${PG_PASSWORD}` until yesterday and is plain text in the spec today still has the
password live; so may an extra key, or a text that somebody pasted it into.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.model.address import Address
    from envctl.model.change import FieldDiff
    from envctl.model.resource import Desired


def secrets_of(desired: Mapping[Address, Desired]) -> frozenset[Secret]:
    """Return every secret that the spec of an environment holds, the pieces of joined ones included."""
    return frozenset(
        secret for one in desired.values() for value in one.fields.values() for secret in _in(value)
    )


def concealed(fields: Iterable[FieldDiff], secrets: frozenset[Secret]) -> tuple[FieldDiff, ...]:
    """Return leaves with every live value that holds one of the secrets replaced by HIDDEN."""
    if not secrets:
        return tuple(fields)
    return tuple(replace(leaf, live=HIDDEN) if _holds(leaf.live, secrets) else leaf for leaf in fields)


def _in(value: Value) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
        yield from (part for part in value.parts if isinstance(part, Secret))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _in(item)


def _holds(live: Value, secrets: frozenset[Secret]) -> bool:
    if isinstance(live, str):
        return any(secret.occurs_in(live) for secret in secrets)
    if isinstance(live, dict):
        return any(_holds(item, secrets) or _holds(key, secrets) for key, item in live.items())
    if isinstance(live, list):
        return any(_holds(item, secrets) for item in live)
    return False
