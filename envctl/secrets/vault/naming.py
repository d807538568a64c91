"""References to Vault taken apart: `PATH#FIELD` and `PATH#FIELD@VERSION`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from envctl.model.reference import Reference

DEFAULT_MOUNT = "secret"
"""The KV store of a new Vault, and of Airflow's VaultBackend when nothing else is said."""
_NAME = re.compile(r"(?P<path>[^#]+)#(?P<field>.+?)(?:@(?P<version>[1-9][0-9]{0,9}))?")
_FORM = "write ${vault:PATH#FIELD} or ${vault:PATH#FIELD@VERSION}"


class Wanted(NamedTuple):
    """What a reference asks for."""

    path: str
    field: str
    version: int | None


def wanted(reference: Reference) -> Wanted:
    """Return what a reference asks for. Raises ValueError that says how it has to be written."""
    found = _NAME.fullmatch(reference.name)
    if not found:
        raise ValueError(f"does not say which field: {_FORM}")
    path = found["path"].strip("/")
    if any(step in ("", ".", "..") for step in path.split("/")):
        raise ValueError(f"has no path that can be: {_FORM}")
    return Wanted(path, found["field"], int(found["version"]) if found["version"] else None)


def pinned(reference: Reference, version: str) -> str:
    """Return the name of the reference to one version; one that names a version already is as it is."""
    return reference.name if wanted(reference).version else f"{reference.name}@{version}"
