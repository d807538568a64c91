"""Which auth manager an instance has, as far as it tells without a login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.session import FORBIDDEN, UNAUTHORIZED
from envctl.airflow.transport import V1_ROOT

if TYPE_CHECKING:
    from envctl.airflow.session import Session

SIMPLE, FAB = "Simple", "FAB"
_DOCUMENT = "/auth/openapi.json"
"""Of the auth manager's own API, which is served beside Airflow's and names its manager in its title."""
_TITLE_GOES_ON = " auth manager"
_OF_FAB = "/auth/fab/v1/roles"
_LONGEST = 40


def auth_manager(session: Session) -> str | None:
    """Return its name, such as `Simple` or `FAB`, None when the instance does not tell. Raises InstanceError.

    Airflow 2 had FAB only.
    """
    if session.root == V1_ROOT:
        return FAB
    answer = session.anonymous(_DOCUMENT, prefix="")
    content = answer.json() if answer.ok else None
    info = content.get("info") if isinstance(content, dict) else None
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    name, known, _ = title.partition(_TITLE_GOES_ON)
    return name[:_LONGEST] if known else _by_its_routes(session)


def _by_its_routes(session: Session) -> str | None:
    answer = session.anonymous(_OF_FAB, prefix="")
    # Another manager may answer any path with the page of its login.
    asks_for_login = answer.status in (UNAUTHORIZED, FORBIDDEN)
    return FAB if asks_for_login and answer.json() is not None else None
