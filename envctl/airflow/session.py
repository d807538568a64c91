"""Requests that are logged in: a token is fetched once, and again when it expires in the middle."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from envctl.airflow.answers import refusal
from envctl.airflow.claims import claims_of
from envctl.airflow.patience import PASSING, TOO_MANY_REQUESTS
from envctl.airflow.transport import Answer, Transport
from envctl.body import reveal, secret_texts
from envctl.errors import Ambiguous, Forbidden, LoginRefused, RequestFailed, WrongServer
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.airflow.settings import InstanceSettings, Login

_log = logging.getLogger(__name__)

V1_ROOT, V2_ROOT = "/api/v1", "/api/v2"
"""Where the REST APIs of Airflow 2 and of Airflow 3 stand."""
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
REDIRECTS = range(300, 400)


def _unheard(_times: int) -> None:
    """Be told how often a request went out, and mind nothing of it."""


class Session:
    """Requests to one instance with the login of the environment. Safe to use from several threads."""

    def __init__(self, settings: InstanceSettings) -> None:
        self._transport = Transport(settings)
        self._login = settings.login
        self._lock = Lock()
        self._token: str | None = None
        self.root = V2_ROOT
        """What requests stand below; another one once the server has told its version."""
        self._sent: frozenset[str] = frozenset(secret_texts([settings.login.password, settings.login.token]))
        self.place = urlsplit(settings.url).netloc

    @property
    def secrets(self) -> frozenset[str]:
        """All secret texts that were ever sent: no word of the server that repeats one is passed on."""
        return self._sent | {self._token} if self._token else self._sent

    def anonymous(self, path: str, prefix: str = V2_ROOT) -> Answer:
        """Send a GET without any login and return whatever comes back."""
        return self._transport.send(ApiCall("GET", path), {}, prefix)

    def claims(self) -> Mapping[str, Any]:
        """Return what the login's token says of itself, nothing where it has none that says anything."""
        return claims_of(self._current_token() or "")

    def request(self, call: ApiCall, purpose: str, sent: Callable[[int], None] = _unheard) -> Any:
        """Send a request and return the JSON of the answer.

        `purpose` completes "may not ..." in errors. `sent` hears how often it went out so that the server may
        have taken it up, however it ends. Raises LoginRefused, Forbidden, WrongServer, RequestFailed, and
        what `Transport.send` raises.
        """
        texts = secret_texts(call.body)
        if texts:
            with self._lock:
                self._sent |= texts
        token = self._current_token()
        answer = self._sent_once(call, token, sent)
        if _is_stale(answer) and self._login.method == "password":
            _log.info("%s: the token is no longer accepted; logging in again", self.place)
            answer = self._sent_once(call, self._fresh_token(token), sent)
        return self._checked(answer, call, purpose)

    def _sent_once(self, call: ApiCall, token: str | None, sent: Callable[[int], None]) -> Answer:
        try:
            answer = self._transport.send(call, _header(token), self.root if call.base is None else call.base)
        except Ambiguous:
            sent(1)
            raise
        # A login that is refused is refused first of all.
        sent(answer.tries - _is_stale(answer))
        return answer

    def _checked(self, answer: Answer, call: ApiCall, purpose: str) -> Any:
        if answer.ok:
            content = answer.json() if answer.body else {}
            if content is None:
                raise WrongServer(
                    f"{self.place} answers {call.method} {call.path} with {_kind_of(answer)}, not with JSON",
                    hint="check airflow.url: it is the address of the instance without /api/v2",
                )
            return content
        reason = refusal(answer.status, answer.body, self.secrets)
        if _is_stale(answer):
            raise LoginRefused(
                f"{self.place} refuses the login of method {self._login.method}: {reason}",
                hint="check airflow.auth of the environment: the token may have expired",
            )
        if answer.status == FORBIDDEN:
            raise Forbidden(
                f"the login may not {purpose} on {self.place}: {reason}", hint=_right_hint(purpose)
            )
        if answer.status in REDIRECTS:
            raise self.redirected(answer)
        raise self.failed(answer, reason)

    def redirected(self, answer: Answer) -> WrongServer:
        """Return the error for an answer that sends envctl somewhere else."""
        return WrongServer(
            f"{self.place} redirects to {answer.headers.get('location', 'elsewhere')}",
            hint="put that address into airflow.url",
        )

    def failed(self, answer: Answer, reason: str) -> RequestFailed:
        """Return the error for an answer that is no success, and of which nothing better is known."""
        hint = None
        if answer.status == TOO_MANY_REQUESTS:
            hint = "it asks to be left alone for a while: try again later"
        elif answer.status in PASSING:
            hint = "the log of Airflow's API server says why, or that of the proxy before it; then try again"
        return RequestFailed(
            f"{self.place} answers {answer.status}: {reason}", status=answer.status, hint=hint
        )

    def _current_token(self) -> str | None:
        if self._login.method == "none":
            return None
        if self._login.method == "token":
            return str(reveal(self._login.token))
        with self._lock:
            if self._token is None:
                self._token = self._fetch_token(self._login)
            return self._token

    def _fresh_token(self, refused: str | None) -> str:
        """Return a token that is not the refused one; of several threads one fetches it."""
        with self._lock:
            if self._token is None or self._token == refused:
                self._token = self._fetch_token(self._login)
            return self._token

    def _fetch_token(self, login: Login) -> str:
        body = {"username": login.username, "password": login.password}
        call = ApiCall("POST", "/auth/token", body=body)
        answer = self._transport.send(call, {}, prefix="")
        content = answer.json()
        token = content.get("access_token") if isinstance(content, dict) else None
        if answer.ok and isinstance(token, str):
            return token
        reason = refusal(answer.status, answer.body, self.secrets)
        if answer.status in PASSING:
            raise self.failed(answer, reason)
        if answer.status == NOT_FOUND:
            raise WrongServer(
                f"{self.place} has no /auth/token: its auth manager takes no user and password over the API",
                hint="give envctl a token: auth: {method: token, token: '${NAME}'}",
            )
        if answer.is_page or answer.ok:
            raise WrongServer(
                f"{self.place} answers the login with {_kind_of(answer)}, not with a token",
                hint="check airflow.url: it is the address of the instance without /api/v2",
            )
        raise LoginRefused(
            f"{self.place} refuses the login of user {login.username}: {reason} ({answer.status})",
            hint="check username and password under airflow.auth of the environment",
        )


def _header(token: str | None) -> Mapping[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def _is_stale(answer: Answer) -> bool:
    """Tell whether the login itself is refused, and not a right that it lacks.

    An expired token is answered with 401, but one that the server did not sign (it was restarted with
    another key) with 403 and these words: `get_user` in airflow/api_fastapi/core_api/security.py.
    """
    return answer.status == UNAUTHORIZED or (
        answer.status == FORBIDDEN and b"Invalid JWT token" in answer.body
    )


def _kind_of(answer: Answer) -> str:
    return "a web page" if answer.is_page else "something else"


def _right_hint(purpose: str) -> str:
    return f"give the login's role the right to {purpose}"
