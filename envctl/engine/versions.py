"""The versions that secrets have in the stores they come from: applied once, and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.model.change import SourceVersion
from envctl.model.secret import secrets_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.change import Change
    from envctl.model.ledger import Entry
    from envctl.model.value import Value


def versions_of(fields: Mapping[str, Value]) -> dict[str, str]:
    """Return the version of each reference in desired fields whose store keeps any, by its text."""
    return dict(one for value in fields.values() for secret in secrets_in(value) for one in secret.versions)


def with_versions(change: Change, entry: Entry | None) -> Change:
    """Return a change that knows the versions of its secrets, those that were applied too."""
    if change.desired is None:
        return change
    applied = entry.versions if entry is not None else {}
    now = versions_of(change.desired.fields)
    found = (SourceVersion(reference, applied.get(reference), now[reference]) for reference in sorted(now))
    return replace(change, versions=tuple(found))
