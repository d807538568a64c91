"""Two values of a field held against each other, leaf by leaf, with three possible answers."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from envctl.model.change import FieldDiff, Path
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, UNSET, Masked, Value
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    AsRead = Callable[[str, Value], Value]

_NOTHING: tuple[Value, ...] = (None, "", {})
"""What Airflow may answer for a field that was never set; hooks cannot tell them apart."""
_PLAIN = (str, int, bool, type(None))


def compare_fields(
    desired: Mapping[str, Value], live: Mapping[str, Value], as_read: AsRead
) -> tuple[FieldDiff, ...]:
    """Return the leaves that differ or cannot be verified, in the order of the fields.

    `as_read` gives a desired field the form in which Airflow answers it.
    """
    found: list[FieldDiff] = []
    for name, value in desired.items():
        if value is UNMANAGED:
            continue
        had = live.get(name, UNSET)
        # Nearly all fields of a large instance are as they are wanted; for those there is nothing to build.
        if value is UNSET:
            if had is None or had is UNSET:
                continue
        elif not isinstance(value, Secret) and _is_identical(as_read(name, value), had):
            continue
        found.extend(_leaves((name,), value, had, partial(as_read, name)))
    return tuple(found)


def _is_identical(wanted: Value, live: Value) -> bool:
    """Tell whether a value is certainly the same: JSON without secrets or masks, equal type by type."""
    form = type(wanted)
    if form is not type(live):
        return False
    if form is dict:
        same_keys = wanted.keys() == live.keys()
        return same_keys and all(map(_is_identical, wanted.values(), map(live.get, wanted)))
    if form is list:
        return len(wanted) == len(live) and all(map(_is_identical, wanted, live))
    if form is float:
        return repr(wanted) == repr(live)
    return form in _PLAIN and bool(wanted == live)


def _leaves(
    path: Path, desired: Value, live: Value, as_read: Callable[[Value], Value] = lambda value: value
) -> Iterator[FieldDiff]:
    shown = desired
    if not isinstance(desired, Secret):
        desired = as_read(desired)
    if isinstance(desired, dict) and isinstance(live, dict):
        yield from _mapping_leaves(path, desired, live)
    elif _walks_side_by_side(desired, live):
        for index, (wanted, had) in enumerate(zip(desired, live, strict=True)):
            yield from _leaves((*path, index), wanted, had)
    elif isinstance(desired, dict) and live is UNSET and desired:
        yield from _mapping_leaves(path, desired, {})
    else:
        verdict = judge(desired, live, as_read)
        if verdict is not Verdict.SAME:
            yield FieldDiff(path, verdict, live, shown)


def _mapping_leaves(
    path: Path, desired: Mapping[str, Value], live: Mapping[str, Value]
) -> Iterator[FieldDiff]:
    for key in desired:
        if desired[key] is not UNMANAGED:
            yield from _leaves((*path, key), desired[key], live.get(key, UNSET))
    for key in live:
        if key not in desired:
            yield FieldDiff((*path, key), Verdict.DIFFERENT, live[key], UNSET)


def _walks_side_by_side(desired: Value, live: Value) -> bool:
    """Tell whether two lists are compared item by item: when both have as many, and more than scalars."""
    return (
        isinstance(desired, list)
        and isinstance(live, list)
        and len(desired) == len(live)
        and any(isinstance(item, dict | list | Secret | Masked) for item in (*desired, *live))
    )


def judge(desired: Value, live: Value, as_read: Callable[[Value], Value] = lambda value: value) -> Verdict:
    """Return the verdict on one leaf (or on two values of different shape)."""
    if isinstance(desired, Secret):
        return desired.judge(lambda payload: _judge_secret(as_read(payload), live))
    if isinstance(live, Masked):
        return _judge_masked(desired, live)
    if desired is UNSET:
        return Verdict.SAME if live is UNSET or live in _NOTHING else Verdict.DIFFERENT
    return Verdict.SAME if _equal(desired, live) else Verdict.DIFFERENT


def _judge_secret(payload: Value, live: Value) -> Verdict:
    """Compare what a secret holds; a secret text may itself be a JSON document."""
    if isinstance(payload, dict | list):
        verdicts = {leaf.verdict for leaf in _leaves((), payload, live)}
        for verdict in (Verdict.DIFFERENT, Verdict.UNVERIFIABLE):
            if verdict in verdicts:
                return verdict
        return Verdict.SAME
    return judge(payload, live)


def _judge_masked(desired: Value, live: Masked) -> Verdict:
    """Compare with a masked leaf: what can still be read of it may show that it differs."""
    if desired is UNSET:
        return Verdict.UNVERIFIABLE if live.maybe else Verdict.DIFFERENT
    if not isinstance(desired, str):
        # Below a secret-looking key, and deeper than five levels, Airflow masks whatever there is.
        return Verdict.UNVERIFIABLE if live.whole else Verdict.DIFFERENT
    if live.is_text(desired):
        return Verdict.SAME
    return Verdict.UNVERIFIABLE if live.could_be(desired) else Verdict.DIFFERENT


def _equal(desired: Value, live: Value) -> bool:
    """Compare two JSON values as JSON does: 1, 1.0 and true are three values, the order of keys is none."""
    if isinstance(desired, dict | list | float):
        # As texts: so are 1 and 1.0 inside of them told apart, and not-a-number is itself.
        return type(desired) is type(live) and _dumped(desired) == _dumped(live)
    return type(desired) is type(live) and bool(desired == live)


def _dumped(value: Value) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
