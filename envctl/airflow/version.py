"""Which Airflow answers at an address, if it is one."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from envctl.airflow.answers import refusal
from envctl.airflow.patience import PASSING
from envctl.airflow.session import FORBIDDEN, REDIRECTS, UNAUTHORIZED
from envctl.errors import WrongServer

if TYPE_CHECKING:
    from envctl.airflow.session import Session
    from envctl.airflow.transport import Answer

_ADDRESS_HINT = "check airflow.url: it is the address of the instance without /api/v2"


class Greeting(NamedTuple):
    """What an Airflow says of itself: its version, such as `3.3.2`, and the time by its clock."""

    version: str
    time: datetime


def greeted(session: Session) -> Greeting:
    """Return which Airflow 3 answers; the time is ours when its answer has no Date.

    Raises WrongServer for an Airflow 2, which is named as such, for a web page and for anything else;
    RequestFailed for a server in trouble, Unreachable when nothing answers.
    """
    answer = session.anonymous("/version")
    version = _version_in(answer)
    if version:
        return Greeting(version, _time_in(answer))
    if answer.status in REDIRECTS:
        raise session.redirected(answer)
    if answer.status in PASSING:
        raise session.failed(answer, refusal(answer.status, answer.body, session.secrets))
    if answer.status in (UNAUTHORIZED, FORBIDDEN):
        raise WrongServer(
            f"{session.place} asks for a login before it says what it is ({answer.status})",
            hint="Airflow does not: is there a gateway before it with a login of its own?",
        )
    old = _version_in(session.anonymous("/version", prefix="/api/v1"))
    if old:
        raise WrongServer(
            f"{session.place} is Airflow {old}: this version of envctl speaks to Airflow 3 only",
            hint="Airflow 2 has another REST API (v1)",
        )
    if answer.is_page:
        raise WrongServer(
            f"{session.place} answers with a web page where Airflow's API should be", hint=_ADDRESS_HINT
        )
    raise WrongServer(
        f"{session.place} is no Airflow that envctl knows: it answers {answer.status}", hint=_ADDRESS_HINT
    )


def _version_in(answer: Answer) -> str:
    content = answer.json() if answer.ok else None
    version = content.get("version") if isinstance(content, dict) else None
    return version if isinstance(version, str) else ""


def _time_in(answer: Answer) -> datetime:
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.now(UTC)
