"""Which transport and which login there are for an instance: the one place that knows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.http_transport import HttpTransport
from envctl.airflow.logins.command import CommandWay
from envctl.airflow.logins.fixed import BasicWay, NoWay, TokenWay
from envctl.airflow.logins.password import PasswordWay
from envctl.airflow.settings import (
    BasicLogin,
    CommandLogin,
    GoogleLogin,
    MwaaLogin,
    NoLogin,
    PasswordLogin,
    TokenLogin,
)
from envctl.errors import LoginRefused

if TYPE_CHECKING:
    from envctl.airflow.logins.way import Way
    from envctl.airflow.settings import InstanceSettings
    from envctl.airflow.transport import Transport


def road_to(settings: InstanceSettings) -> tuple[Transport, Way]:
    """Return how requests get to an instance, and how they are logged in there.

    Nothing is sent yet. Raises LoginRefused where a package is missing, or credentials of AWS.
    """
    login = settings.login
    if isinstance(login, MwaaLogin):
        return _mwaa(settings, login), NoWay()
    transport = HttpTransport(settings)
    return transport, _way(settings, transport)


def _way(settings: InstanceSettings, transport: Transport) -> Way:
    match settings.login:
        case PasswordLogin() as login:
            return PasswordWay(login, transport, transport.place)
        case BasicLogin() as login:
            return BasicWay(login)
        case TokenLogin() as login:
            return TokenWay(login)
        case CommandLogin() as login:
            return CommandWay(login, settings.wire.read_timeout)
        case GoogleLogin():
            return _google()
        case NoLogin() | MwaaLogin():
            return NoWay()


def _mwaa(settings: InstanceSettings, login: MwaaLogin) -> Transport:
    try:
        import boto3  # noqa: F401 - it comes with an extra, and so may not be there
    except ImportError:
        raise _missing("mwaa", "boto3", "aws") from None
    from envctl.airflow.mwaa_transport import MwaaTransport

    return MwaaTransport(settings, login)


def _google() -> Way:
    try:
        import google.auth.transport.requests  # noqa: F401 - as above
    except ImportError:
        raise _missing("google", "google-auth", "google") from None
    from envctl.airflow.logins.google import GoogleWay

    return GoogleWay()


def _missing(method: str, package: str, extra: str) -> LoginRefused:
    return LoginRefused(
        f"airflow.auth: method {method} needs {package}, which is not installed",
        hint=f"pip install 'envctl[{extra}]'",
    )
