"""Leaves that a spec leaves alone inside a JSON value, made ready for a write.

Airflow stores a Variable's value, and a connection's `extra`, as one text: whoever writes one leaf
writes them all. So a leaf that is `!unmanaged` goes along as it was read. It is the one live value that
is ever sent, at the spec's explicit wish, and never when Airflow masked any part of it
(docs/adr/0004-unmanaged-leaves.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.change import Path, render_path
from envctl.model.value import UNMANAGED, UNSET, Value, holds_mask

if TYPE_CHECKING:
    from collections.abc import Mapping


class Blocked(Exception):
    """The object cannot be written without losing what the spec leaves alone; the text says why."""


def carried(desired: Mapping[str, Value], live: Mapping[str, Value]) -> dict[str, Value]:
    """Return the desired fields with every unmanaged leaf inside them as it is live.

    Whole unmanaged fields stay UNMANAGED: those are left out of the request. Raises Blocked.
    """
    return {
        name: value if value is UNMANAGED else _filled((name,), value, live.get(name, UNSET))
        for name, value in desired.items()
    }


def _filled(path: Path, desired: Value, live: Value) -> Value:
    if isinstance(desired, list):
        had = live if isinstance(live, list) else []
        return [
            _filled((*path, index), item, had[index] if index < len(had) else UNSET)
            for index, item in enumerate(desired)
        ]
    if not isinstance(desired, dict):
        return desired
    had_keys = live if isinstance(live, dict) else {}
    filled: dict[str, Value] = {}
    for key, value in desired.items():
        below = had_keys.get(key, UNSET)
        if value is not UNMANAGED:
            filled[key] = _filled((*path, key), value, below)
        elif holds_mask(below):
            raise Blocked(
                f"{render_path((*path, key))} is !unmanaged, but Airflow masks it, so that writing"
                f" its neighbours would lose it: make all of {path[0]} !unmanaged, or give the leaf a value"
            )
        elif below is not UNSET:
            filled[key] = below
    return filled
