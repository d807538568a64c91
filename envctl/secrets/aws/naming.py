"""References to AWS taken apart: `ID#FIELD@VERSION` of a secret, `NAME@VERSION` of a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from envctl.model.reference import Reference

SECRET, PARAMETER = "aws-secret", "aws-ssm"

_ID = re.compile(r"(arn:[\w-]+:secretsmanager:[\w-]+:[0-9]{12}:secret:)?[\w/+=.@!-]{1,520}", re.ASCII)
_NAME = re.compile(
    r"(?P<name>(?:arn:[\w-]+:ssm:[\w-]+:[0-9]{12}:parameter/)?[\w./-]{1,2048})"
    r"(?:@(?P<version>[1-9][0-9]{0,17}|(?![0-9])[\w.-]{1,100}))?",
    re.ASCII,
)
_FORM = "write ${aws-secret:ID#FIELD}, ${aws-secret:ID} or either with @VERSION behind"
_SSM_FORM = "write ${aws-ssm:NAME} or ${aws-ssm:NAME@VERSION}"
_SHORTEST_VERSION_ID, _LONGEST_VERSION_ID = 32, 64


class Thing(NamedTuple):
    """What is read at once: a secret or a parameter, in one version; None means the newest."""

    id: str
    version: str | None


class Wanted(NamedTuple):
    """What a reference asks for: a thing, all of its text or a field of the JSON object in there."""

    thing: Thing
    field: str | None


def wanted(reference: Reference) -> Wanted:
    """Return what a reference asks for. Raises ValueError that says how it has to be written."""
    if reference.scheme == PARAMETER:
        found = _NAME.fullmatch(reference.name)
        if not found:
            raise ValueError(f"has no name that a parameter can have: {_SSM_FORM}")
        return Wanted(Thing(found["name"], found["version"]), None)
    identity, hash_, rest = reference.name.partition("#")
    field: str | None = None
    if hash_:
        field, version = _without_version(rest)
        if not field:
            raise ValueError(f"does not say which field: {_FORM}")
    else:
        identity, version = _without_version(identity)
    if not _ID.fullmatch(identity) or (version and any(letter.isspace() for letter in version)):
        raise ValueError(f"has no ID or VERSION that can be: {_FORM}")
    return Wanted(Thing(identity, version), field)


def is_version_id(version: str) -> bool:
    """Tell whether the version of a secret is the id of one, and no staging label that may move."""
    return _SHORTEST_VERSION_ID <= len(version) <= _LONGEST_VERSION_ID


def pinned(reference: Reference, version: str) -> str:
    """Return the name of the reference to one version; a label, which may move, is replaced."""
    (identity, named), field = wanted(reference)
    if named and (named.isdecimal() if reference.scheme == PARAMETER else is_version_id(named)):
        return reference.name
    return f"{identity}{'' if field is None else f'#{field}'}@{version}"


def _without_version(text: str) -> tuple[str, str | None]:
    """Split off what stands behind the last `@`; nothing there means the newest version."""
    head, at, tail = text.rpartition("@")
    return (head, tail or None) if at else (text, None)
