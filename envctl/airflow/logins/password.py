"""Method `password`: user and password, exchanged for a JWT at /auth/token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.answer import NOT_FOUND
from envctl.airflow.answers import refusal
from envctl.airflow.failures import kind_of, request_failed
from envctl.airflow.logins.fetched import FetchedToken
from envctl.airflow.logins.way import refusal_of
from envctl.airflow.patience import PASSING
from envctl.body import secret_texts
from envctl.errors import LoginRefused, WrongServer
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from envctl.airflow.settings import PasswordLogin
    from envctl.airflow.transport import Answer, Transport


class PasswordWay(FetchedToken):
    """User and password for a JWT, again when it expires in the middle; see `Way`."""

    needs_airflow = True
    doubt = ""

    def __init__(self, login: PasswordLogin, transport: Transport, place: str) -> None:
        super().__init__(self._exchange, minds_expiry=False)
        self._login, self._transport, self._place = login, transport, place
        self._own = frozenset(secret_texts([login.username, login.password])) | transport.secrets

    @property
    def secrets(self) -> frozenset[str]:
        """The password, and every token that it was exchanged for."""
        return self._own | self.all

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a token that is refused although it has just been made."""
        return refusal_of(
            "password", place, reason, "check airflow.auth of the environment: the token may have expired"
        )

    def _exchange(self) -> str:
        body = {"username": self._login.username, "password": self._login.password}
        answer = self._transport.send(ApiCall("POST", "/auth/token", body=body), {}, prefix="")
        content = answer.json()
        token = content.get("access_token") if isinstance(content, dict) else None
        if answer.ok and isinstance(token, str):
            return token
        raise self._failure(answer)

    def _failure(self, answer: Answer) -> Exception:
        reason = refusal(answer.status, answer.body, self.secrets)
        if answer.status in PASSING:
            return request_failed(self._place, answer, reason)
        if answer.status == NOT_FOUND:
            return WrongServer(
                f"{self._place} has no /auth/token: its auth manager takes no user and password over the API",
                hint="give envctl a token: auth: {method: token, token: '${NAME}'};"
                " Airflow 2 takes method basic",
            )
        if answer.is_page or answer.ok:
            return WrongServer(
                f"{self._place} answers the login with {kind_of(answer)}, not with a token",
                hint="check airflow.url: it is the address of the instance without /api/v2",
            )
        return LoginRefused(
            f"{self._place} refuses the login of user {self._login.username}: {reason} ({answer.status})",
            hint="check username and password under airflow.auth of the environment",
        )
