"""Roles of the FAB auth manager: which permissions they have, action by action on each resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from envctl.fields.sets import NamedSets
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.kinds.old_api import OldApi
from envctl.model.value import UNMANAGED, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

FAB = "/auth/fab/v1"
"""Where the FAB auth manager keeps its part of the API."""
MAX_NAME_LENGTH = 64
"""The column of its database."""
BUILT_IN = frozenset({"Admin", "Op", "User", "Viewer", "Public"})


class RoleEntry(Entry):
    """A role of the FAB auth manager."""

    model_config = ConfigDict(title="Role")

    permissions: NamedSets = Field(
        description="The actions on each resource, such as DAGs: [can_read, can_edit]; all that the role has."
    )


def _desired(_name: str, entry: RoleEntry) -> Fields:
    return {"permissions": _without_empty(entry.permissions)}


def _without_empty(permissions: Value) -> Value:
    """Return permissions without resources on which nothing is allowed: Airflow keeps none of those."""
    if permissions is UNMANAGED:
        return permissions
    return {resource: actions for resource, actions in permissions.items() if actions != []}


def _read(item: Mapping[str, Any]) -> Fields:
    found: dict[str, list[str]] = {}
    for one in item["actions"]:
        found.setdefault(one["resource"]["name"], []).append(one["action"]["name"])
    return {"permissions": {resource: sorted(set(actions)) for resource, actions in sorted(found.items())}}


def _entity(name: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    pairs = [
        {"action": {"name": action}, "resource": {"name": resource}}
        for resource, actions in (fields["permissions"] or {}).items()
        for action in actions
    ]
    return {"name": name, "actions": pairs}


def _check_id(name: str) -> str | None:
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        return f"a role's name has 1 to {MAX_NAME_LENGTH} characters, this one has {len(name)}"
    if "/" in name:
        return "the auth manager's API has no address for a name with a '/'"
    return None


ROLE = Kind(
    name="role",
    section="roles",
    level=Level.SUPPORT,
    endpoint=Endpoint(
        path="/roles", list_key="roles", id_key="name", base=FAB, bulk=False, old=OldApi(adds_only=True)
    ),
    entry=RoleEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=_check_id,
    built_in=BUILT_IN,
    keys={"permissions": "actions"},
    required=frozenset({"permissions"}),
    fillers={"permissions": {}},
)
