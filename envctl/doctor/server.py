"""What answers: its version, auth manager and clock, and what it says to the login."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from envctl.airflow.auth_manager import SIMPLE
from envctl.airflow.logins.jwt import expiry_in
from envctl.doctor.rights import a_look
from envctl.doctor.route import is_here
from envctl.errors import Forbidden, InstanceError, LoginRefused, RequestFailed
from envctl.kinds import KINDS
from envctl.model.checkup import fine, warning
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.airflow.instance import AirflowInstance
    from envctl.airflow.settings import Login
    from envctl.errors import Diagnostic
    from envctl.model.checkup import Check

FAR_APART = 5.0
"""Seconds between two clocks from which on it is said."""
_SOON = 3600
"""Seconds that a token is to live at least."""
_LONGEST_NAME = 60


def version_check(version: str, api: str, warnings: Sequence[Diagnostic]) -> Check:
    """Tell which Airflow answers; `warnings` are about one that envctl was not tested with."""
    found = f"Airflow {version}, asked over its API {api}"
    if not warnings:
        return fine("version", f"{found}; tested")
    advice = "try it on a sandbox first: envctl sandbox up --airflow VERSION"
    return warning("version", f"{found}; {'; '.join(one.message for one in warnings)}", advice)


def auth_manager_check(url: str, manager: str | None) -> Check:
    """Tell which auth manager decides what the login may do."""
    if manager is None:
        return fine("auth_manager", "the instance does not tell which it is")
    if manager == SIMPLE and not is_here(urlsplit(url).hostname or ""):
        return warning(
            "auth_manager",
            "Simple, whose rights come with one role for each user",
            "Airflow means it for development: let the instance use another one, such as FAB",
        )
    return fine("auth_manager", manager)


def clock_check(theirs: datetime, ours: datetime) -> Check:
    """Tell how far apart the clocks are; an answer's Date is cut to the second before."""
    ahead = (theirs - ours).total_seconds()
    if abs(ahead) <= FAR_APART:
        return fine("clock", "the server's clock is ours, to a few seconds")
    where = "ahead of" if ahead > 0 else "behind"
    return warning(
        "clock",
        f"the server's clock is {_length(abs(ahead))} {where} ours",
        "the lock's expiry, freezes and ages go by the server's clock: let both machines set theirs by NTP",
    )


def login_check(instance: AirflowInstance, login: Login, now: datetime) -> Check:
    """Tell as whom the instance knows the login. Raises LoginRefused and other InstanceErrors."""
    claims = instance.claims()
    if not _may_read_any(instance) and instance.api == "v1":
        raise LoginRefused(
            "every list is forbidden, which is what Airflow 2 answers to a login that it does not know",
            hint="check airflow.auth of the environment; a login that is right lacks every right to read",
        )
    if login.method == "none":
        advice = "whoever reaches the instance can do what envctl can"
        return warning("login", "none, and the instance asks for none", advice)
    return _expiring(f"accepted, {_known_as(instance, login, claims)}", claims, now)


def _may_read_any(instance: AirflowInstance) -> bool:
    """Tell whether anything can be read. Raises LoginRefused for a login that is known as such.

    To be told that a list may not be read, or is broken, takes a login that is accepted, but for Airflow 2.
    """
    for kind in KINDS:
        if kind.endpoint.base is None:
            try:
                instance.send(a_look(kind), f"read {kind.section}")
            except Forbidden:
                continue
            except RequestFailed:
                pass
            return True
    return False


def _known_as(instance: AirflowInstance, login: Login, claims: Mapping[str, Any]) -> str:
    if given := getattr(login, "username", None):
        return f"user {given}"
    try:
        told = instance.send(ApiCall("GET", "/auth/me", base="/ui"), "see who it is")
        name = told.get("username")
    except (InstanceError, AttributeError):
        name = None
    name = name or claims.get("sub")
    return f"user {str(name)[:_LONGEST_NAME]}" if name else "of a user that the instance does not name"


def _expiring(found: str, claims: Mapping[str, Any], now: datetime) -> Check:
    ends = expiry_in(claims)
    if ends is None:
        return fine("login", found)
    left = ends - now.timestamp()
    until = datetime.fromtimestamp(ends, UTC)
    text = f"{found}; its token ends at {until:%Y-%m-%d %H:%M} UTC, in {_length(max(left, 0))}"
    if left < _SOON:
        return warning("login", text, "a long apply may outlive it: give envctl a login that can be renewed")
    return fine("login", text)


def _length(seconds: float) -> str:
    """Return a length of time as people say it."""
    for unit, size in (("days", 172800.0), ("h", 7200.0), ("min", 120.0)):
        if seconds >= size:
            return f"{seconds / {'days': 86400, 'h': 3600, 'min': 60}[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"
