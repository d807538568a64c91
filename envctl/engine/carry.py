"""Leaves that a spec leaves alone inside a JSON value, made ready for a write.

Airflow stores a Variable's value, and a connection's `extra`, as one text: whoever writes one leaf
writes them all. So a leaf that is `!unmanaged` goes along as it was read. It is the one live value that
is ever sent, at the spec's explicit wish, and never when Airflow masked any part of it
(docs/adr/0004-unmanaged-leaves.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.change import Path, render_path
from envctl.model.value import UNMANAGED, UNSET, Masked, Value, holds_mask

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
    if desired is UNMANAGED:
        return _as_live(path, live)
    if isinstance(desired, list):
        return [_filled((*path, at), item, _below(live, at)) for at, item in enumerate(desired)]
    if not isinstance(desired, dict):
        return desired
    filled = {key: _filled((*path, key), item, _below(live, key)) for key, item in desired.items()}
    return {key: item for key, item in filled.items() if item is not UNSET}


def _as_live(path: Path, live: Value) -> Value:
    if holds_mask(live):
        raise Blocked(
            f"{render_path(path)} is !unmanaged, but Airflow masks it, so that writing its neighbours"
            f" would lose it: make all of {path[0]} !unmanaged, or give the leaf a value"
        )
    return live


def _below(live: Value, step: str | int) -> Value:
    """Return what stands at a step below a live value: below a mask there is nothing but mask."""
    if isinstance(live, Masked):
        return live
    if isinstance(live, dict):
        return live.get(step, UNSET)
    return live[step] if isinstance(live, list) and isinstance(step, int) and step < len(live) else UNSET
