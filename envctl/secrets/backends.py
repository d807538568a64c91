"""The secret stores that envctl knows: its own, and those that other packages bring."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from envctl.errors import SettingsError
from envctl.secrets.age import AGE
from envctl.secrets.aws import AWS
from envctl.secrets.backend import BackendKind
from envctl.secrets.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

BACKENDS: tuple[BackendKind, ...] = (VAULT, AWS, AGE)
GROUP = "envctl.secrets"
"""The group of entry points under which a package names a `BackendKind` of its own."""
_TAKEN = {"env", "param", "file", "fingerprint_key"}


@cache
def backends() -> tuple[BackendKind, ...]:
    """Return every store. Raises SettingsError for a package whose store cannot be used."""
    known = list(BACKENDS)
    for point in entry_points(group=GROUP):
        kind = _loaded(point.name, point.load)
        taken = _TAKEN.union(*((one.key, *one.schemes) for one in known))
        if twice := sorted(taken.intersection((kind.key, *kind.schemes))):
            raise _unusable(point.name, f"it claims {', '.join(twice)}, which others have")
        known.append(kind)
    return tuple(known)


def store_entries() -> Mapping[str, type[BaseModel]]:
    """Return the typed form of what configures each store, by its key below `secrets:`."""
    return {kind.key: kind.entry for kind in backends()}


def _loaded(name: str, load: object) -> BackendKind:
    try:
        kind = load() if callable(load) else None
    except Exception as error:  # noqa: BLE001 - another package's code
        raise _unusable(name, f"it cannot be imported ({type(error).__name__})") from None
    if not isinstance(kind, BackendKind):
        raise _unusable(name, "it is no envctl.secrets.backend.BackendKind")
    return kind


def _unusable(name: str, why: str) -> SettingsError:
    return SettingsError(
        f"the secret store {name!r}, which an installed package brings, cannot be used: {why}",
        hint=f"uninstall or mend the package with the entry point {name!r} in the group {GROUP}",
    )
