"""Lists of API v1, made as full as those of v2 are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.airflow.answer import NOT_FOUND
from envctl.airflow.calls import place_of
from envctl.airflow.outcomes import SERVER_ERROR
from envctl.airflow.pages import read_all
from envctl.errors import RequestFailed, WrongServer
from envctl.model.request import ApiCall
from envctl.model.value import UNSAID

if TYPE_CHECKING:
    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Endpoint


def read_old(session: Session, endpoint: Endpoint, crew: Crew, expected: int) -> dict[str, dict[str, Any]]:
    """Return every item of a list by its id, with what the list leaves out and marks for what is never told.

    That takes a request for each object of a list that leaves something out; objects that are deleted in
    between are not there. Of one that has no address what the list leaves out is not told either. Raises
    InstanceErrors.
    """
    old = endpoint.old
    try:
        listed = read_all(session, endpoint, crew, lambda item: item, expected)
    except RequestFailed as error:
        if error.status == SERVER_ERROR and old.trouble:
            raise RequestFailed(error.message, status=error.status, hint=old.trouble) from None
        raise
    if old.lacking:
        untold = dict.fromkeys(old.lacking, UNSAID)

        def rest(identifier: str) -> dict[str, Any] | None:
            return _whole(session, endpoint, identifier) if old.reaches(identifier) else untold

        found = crew.map(rest, listed)
        listed = {
            identifier: {**listed[identifier], **item}
            for identifier, item in zip(listed, found, strict=True)
            if item is not None
        }
    unsaid = dict.fromkeys(old.unsaid, UNSAID)
    return {identifier: {**item, **unsaid} for identifier, item in listed.items()}


def _whole(session: Session, endpoint: Endpoint, identifier: str) -> dict[str, Any] | None:
    """Return one object, None when it is gone by now."""
    call = ApiCall("GET", place_of(endpoint, identifier), base=endpoint.base)
    try:
        item = session.request(call, f"read {endpoint.list_key}")
    except RequestFailed as error:
        if error.status == NOT_FOUND:
            return None
        raise
    if isinstance(item, dict) and item.get(endpoint.id_key) == identifier:
        return item
    raise WrongServer(
        f"{session.place} answers GET {call.path} with JSON that is no such object", hint="check airflow.url"
    )
