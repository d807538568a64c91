"""Logins whose headers never change: none at all, user and password each time, a token that is given."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from envctl.airflow.logins.jwt import expiry_of
from envctl.airflow.logins.way import bearer, refusal_of
from envctl.body import reveal, secret_texts
from envctl.errors import LoginRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.airflow.settings import BasicLogin, Text, TokenLogin


class _Fixed:
    """The same headers for all requests."""

    needs_airflow = False
    doubt = ""

    def __init__(self, headers: Mapping[str, str], secrets: set[str]) -> None:
        self._headers = headers
        self.secrets = frozenset(secrets)

    def headers(self) -> Mapping[str, str]:
        """Return the headers."""
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> None:
        """There are no others."""


class NoWay(_Fixed):
    """No login of our own; see `Way`."""

    def __init__(self) -> None:
        super().__init__({}, set())

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a server that wants a login."""
        return refusal_of(
            "none",
            place,
            reason,
            "check airflow.auth: it wants a login, or else a header that airflow.headers can give it",
        )


class BasicWay(_Fixed):
    """User and password with every request; see `Way`."""

    doubt = "; Airflow 2 says the same of a wrong username or password"

    def __init__(self, login: BasicLogin) -> None:
        pair = f"{reveal(login.username)}:{reveal(login.password)}"
        encoded = base64.b64encode(pair.encode()).decode()
        secrets = secret_texts([login.username, login.password])
        super().__init__({"Authorization": f"Basic {encoded}"}, {encoded, *secrets})
        self._username: Text = login.username

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a wrong user or password."""
        return LoginRefused(
            f"{place} refuses the login of user {self._username}: {reason}",
            hint="check username and password under airflow.auth; Airflow 3 itself takes method password, "
            "and Airflow 2 basic only where [api] auth_backends has basic_auth",
        )


class TokenWay(_Fixed):
    """A token that is given; see `Way`."""

    def __init__(self, login: TokenLogin) -> None:
        self._token = str(reveal(login.token))
        super().__init__(bearer(self._token), {self._token})

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a token that is wrong, or has expired."""
        expiry = expiry_of(self._token)
        if expiry is not None and expiry <= datetime.now(UTC).timestamp():
            when = datetime.fromtimestamp(expiry, UTC)
            return LoginRefused(
                f"{place} refuses the token: it expired at {when:%Y-%m-%d %H:%M:%S} UTC",
                hint="put a new one where airflow.auth.token refers to, or let envctl fetch it:"
                " method password or command",
            )
        return refusal_of(
            "token", place, reason, "check airflow.auth of the environment: the token may have expired"
        )
