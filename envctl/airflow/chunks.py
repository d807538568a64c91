"""How many objects share one request: as many as are quick to answer and small to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from envctl.model.secret import show
from envctl.model.value import UNMANAGED, UNSET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.change import Change

MOST_OBJECTS = 500
MOST_BYTES = 2 * 1024 * 1024
"""Below the body limits that proxies come with, except for single objects that are larger."""


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
    """Estimate the bytes of an object in a body; secrets count as their references."""
    if change.desired is None:
        return len(change.address.id)
    values = [
        value for value in change.desired.fields.values() if value is not UNSET and value is not UNMANAGED
    ]
    return sum(len(value) if isinstance(value, str) else len(json.dumps(show(value))) for value in values)
