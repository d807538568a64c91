"""Teams: whose an object is, in an instance that several share (`[core] multi_team`, Airflow 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from envctl.model.value import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.value import Value

TEAM_KEY = "team_name"
"""What the API calls it."""
TEAMS_SINCE = {TEAM_KEY: (3, 2)}
"""Airflow 3.1 refuses the key, even with null."""
TEAM_FIELD: Any = Field(
    default=UNSET,
    description="The team whose tasks see it, in an instance with several; left alone when left out.",
)


def wanted_team(team: Value) -> dict[str, Value]:
    """Return the field of a spec that names a team; one that names none leaves the team as it is."""
    return {} if team is UNSET else {"team": team}


def team_in(item: Mapping[str, Any]) -> dict[str, Value]:
    """Return the field of an item that is answered by an Airflow which knows teams."""
    return {"team": item[TEAM_KEY]} if TEAM_KEY in item else {}


def named_team(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return what stands in a body."""
    return {TEAM_KEY: fields["team"]} if "team" in fields else {}
