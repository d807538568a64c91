"""Users of the FAB auth manager: which roles they have. They come by logging in; passwords are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from envctl.fields.sets import Names
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level, Power
from envctl.kinds.role import FAB
from envctl.model.value import UNMANAGED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.value import Value

MAX_NAME_LENGTH = 512
"""The column of the auth manager's database."""
CARRIED = ("email", "first_name", "last_name")
"""What the API demands in every body of a user, whatever is to be changed."""


class UserEntry(Entry):
    """A user of the FAB auth manager, who is there already."""

    model_config = ConfigDict(title="User")

    roles: Names = Field(description="The names of the roles, all that the user has.")


def _desired(_name: str, entry: UserEntry) -> Fields:
    return {"roles": entry.roles, **dict.fromkeys(CARRIED, UNMANAGED)}


def _read(item: Mapping[str, Any]) -> Fields:
    roles = sorted(role["name"] for role in item["roles"])
    return {"roles": roles, **{name: item[name] for name in CARRIED}}


def _entity(name: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    roles = [{"name": role} for role in fields["roles"] or ()]
    return {"username": name, "roles": roles, **{field: fields[field] for field in CARRIED}}


def _check_id(name: str) -> str | None:
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        return f"a user's name has 1 to {MAX_NAME_LENGTH} characters, this one has {len(name)}"
    if "/" in name:
        return "the auth manager's API has no address for a name with a '/'"
    return None


USER = Kind(
    name="user",
    section="users",
    level=Level.SWITCH,
    endpoint=Endpoint(path="/users", list_key="users", id_key="username", base=FAB, bulk=False),
    entry=UserEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=_check_id,
    power=Power.UPDATE,
    required=frozenset({"roles"}),
    fillers={"roles": []},
    carries=frozenset(CARRIED),
)
