"""`airflow.auth` as it was read, as the login that it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.settings import (
    BasicLogin,
    CommandLogin,
    GoogleLogin,
    MwaaLogin,
    NoLogin,
    PasswordLogin,
    TokenLogin,
)
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.airflow.settings import Login
    from envctl.spec.auth_entry import Auth


_LOGINS: dict[str, Callable[[Auth], Login]] = {
    "none": lambda _: NoLogin(),
    "basic": lambda auth: BasicLogin(auth.username, auth.password),
    "password": lambda auth: PasswordLogin(auth.username, auth.password),
    "token": lambda auth: TokenLogin(auth.token),
    "command": lambda auth: CommandLogin(auth.command),
    "google": lambda _: GoogleLogin(),
    "mwaa": lambda auth: MwaaLogin(auth.environment, auth.region, auth.profile),
}


def login_of(auth: Auth) -> Login:
    """Return the login; that it has what its method needs was checked when it was read.

    Where it is not known here which method that is, there is none.
    """
    return NoLogin() if isinstance(auth.method, Secret) else _LOGINS[auth.method](auth)
