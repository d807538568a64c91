"""How many objects share one request: as many as are quick to answer and small to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.change import Change
    from envctl.model.value import Value

MOST_OBJECTS = 500
MOST_BYTES = 2 * 1024 * 1024
"""Below the body limits that proxies come with, except for single objects that are larger."""

_SMALL = 8


def chunks(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Divide changes into groups, each for one request."""
    group: list[Change] = []
    size = 0
    for change in changes:
        weight = _weight(change)
        if group and (len(group) == MOST_OBJECTS or size + weight > MOST_BYTES):
            yield tuple(group)
            group, size = [], 0
        group.append(change)
        size += weight
    if group:
        yield tuple(group)


def _weight(change: Change) -> int:
    """Estimate the bytes of an object in a body."""
    if change.desired is None:
        return len(change.address.id)
    return sum(map(_size, change.desired.fields.values()))


def _size(value: Value) -> int:
    if isinstance(value, Secret):
        return value.size()
    if isinstance(value, dict):
        return sum(len(key) + _size(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else _SMALL
