"""How many objects share one request: as many as the server answers in about a second, and small to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.change import Change
    from envctl.model.value import Value

FEWEST, FIRST, MOST_OBJECTS = 50, 500, 2_000
MOST_BYTES = 2 * 1024 * 1024
"""Below the body limits that proxies come with, except for single objects that are larger."""

_SMALL = 8
_QUICK, _SLOW = 0.5, 5.0
"""Seconds. A request that takes longer than a proxy has patience for, mostly half a minute, is in doubt."""


class Portion:
    """How many objects the next request has room for, by how long those before it took."""

    def __init__(self) -> None:
        self.objects = FIRST

    def answered(self, objects: int, seconds: float) -> None:
        """Take note that a request for so many objects took so long."""
        if seconds < _QUICK and objects >= self.objects:
            self.objects = min(self.objects * 2, MOST_OBJECTS)
        self.took(seconds)

    def took(self, seconds: float) -> None:
        """Take note that a request took so long, however it ended: it may have been too much."""
        if seconds > _SLOW:
            self.objects = max(self.objects // 2, FEWEST)


def chunks(changes: Sequence[Change], portion: Portion) -> Iterator[tuple[Change, ...]]:
    """Divide changes into groups, each for one request; a group is as large as the portion is by then."""
    group: list[Change] = []
    size = 0
    for change in changes:
        weight = _weight(change)
        if group and (len(group) >= portion.objects or size + weight > MOST_BYTES):
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
