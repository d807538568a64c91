"""Which Airflow answers at an address, if it is one, and which API it has."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from envctl.airflow.answers import refusal
from envctl.airflow.patience import PASSING
from envctl.airflow.session import FORBIDDEN, REDIRECTS, UNAUTHORIZED
from envctl.airflow.transport import V1_ROOT
from envctl.errors import Diagnostic, WrongServer

if TYPE_CHECKING:
    from envctl.airflow.calls import Version
    from envctl.airflow.session import Session
    from envctl.airflow.transport import Answer

_ADDRESS_HINT = "check airflow.url: it is the address of the instance without /api/v2"
_TESTED = ((2, 11), (3, 1), (3, 2), (3, 3))
"""What envctl's tests run against."""
_OLD = 2


class Greeting(NamedTuple):
    """What an Airflow says of itself: its version, such as `3.3.2`, and the time by its clock."""

    version: str
    time: datetime

    @property
    def minor(self) -> Version:
        """The first two numbers of the version; (0, 0) where they cannot be made out."""
        found = re.match(r"(\d+)\.(\d+)", self.version)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    @property
    def old(self) -> bool:
        """Whether it is an Airflow 2, which has API v1 only."""
        return self.minor[0] == _OLD

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is to be said of a version that envctl was not tested with."""
        if self.minor in _TESTED:
            return ()
        if self.minor > _TESTED[-1]:
            may = "it may refuse, or leave out, what envctl does not know of yet; a newer envctl may know it"
        else:
            may = "reads and writes may fail, or say less than with a version that is tested"
        what = f"envctl is not tested with Airflow {self.version}: {may}"
        return (Diagnostic(what, None, None, "warning"),)


def greeted(session: Session) -> Greeting:
    """Return which Airflow answers; the time is ours when its answer has no Date.

    Raises WrongServer for a web page and for anything else; RequestFailed for a server in trouble,
    Unreachable when nothing answers.
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
    elder = session.anonymous("/version", prefix=V1_ROOT)
    version = _version_in(elder)
    if version:
        return Greeting(version, _time_in(elder))
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
