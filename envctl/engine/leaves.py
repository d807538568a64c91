"""Objects taken apart into leaves, each with its path: what digests and fingerprints are made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct, field

from envctl.model.change import Path, render_path
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT, UNMANAGED, UNSAID, UNSET, Masked, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Leaves(Struct, frozen=True):
    """The leaves of one object, by their path as text.

    `readable` holds canonical JSON texts, `secrets` the secret leaves of a desired object, `masked` the
    paths of what is masked in a live one, `unmanaged` those that the spec leaves alone. `glimpses` is what
    can still be read of what is masked in part, as a text that is no JSON. `unsaid` are the paths where there
    may be something or nothing.
    """

    readable: Mapping[str, str]
    secrets: Mapping[str, Secret]
    masked: frozenset[str]
    unmanaged: frozenset[str]
    glimpses: Mapping[str, str] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()


def leaves_of(fields: Mapping[str, Value], as_read: Callable[[str, Value], Value] | None = None) -> Leaves:
    """Take the fields of an object apart.

    `as_read` gives desired fields the form in which Airflow answers them. Fields that are empty in a way
    that Airflow cannot tell from unset have no leaf.
    """
    readable: dict[str, str] = {}
    secrets: dict[str, Secret] = {}
    masked: set[str] = set()
    unmanaged: set[str] = set()
    glimpses: dict[str, str] = {}
    unsaid: set[str] = set()
    for name, given in fields.items():
        value = given if as_read is None or isinstance(given, Secret) else as_read(name, given)
        for path, leaf in _walk((name,), value):
            text = render_path(path)
            if isinstance(leaf, Secret):
                secrets[text] = leaf
            elif leaf == UNSAID:
                unsaid.add(text)
            elif isinstance(leaf, Masked):
                masked.add(text)
                glimpses[text] = MASK_TEXT.join(leaf.visible)
            elif leaf is UNMANAGED:
                unmanaged.add(text)
            elif leaf is not UNSET:
                readable[text] = json.dumps(leaf, sort_keys=True)
    return Leaves(readable, secrets, frozenset(masked), frozenset(unmanaged), glimpses, frozenset(unsaid))


def covers(path: str, below: str) -> bool:
    """Tell whether a path is another one, or stands above it."""
    return below == path or (below.startswith(path) and below[len(path)] in ".[")


def covered(paths: frozenset[str], below: str) -> bool:
    """Tell whether one of some paths is another one, or stands above it."""
    return bool(paths) and any(covers(path, below) for path in paths)


def _walk(path: Path, value: Value) -> Iterator[tuple[Path, Value]]:
    if len(path) == 1 and (value is None or value in ("", {})):
        return
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _walk((*path, key), item)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _walk((*path, index), item)
    else:
        yield path, value
