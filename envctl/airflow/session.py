"""Requests that are logged in, with another login when the first one expires in the middle."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from envctl.airflow.answers import refusal
from envctl.airflow.failures import kind_of, request_failed
from envctl.airflow.logins.jwt import claims_of
from envctl.airflow.logins.way import token_in
from envctl.airflow.roads import road_to
from envctl.airflow.transport import V2_ROOT
from envctl.body import secret_texts
from envctl.errors import Ambiguous, Forbidden, WrongServer
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from envctl.airflow.settings import InstanceSettings
    from envctl.airflow.transport import Answer
    from envctl.errors import RequestFailed

_log = logging.getLogger(__name__)

UNAUTHORIZED = 401
FORBIDDEN = 403
REDIRECTS = range(300, 400)


def _unheard(_times: int) -> None:
    """Be told how often a request went out, and mind nothing of it."""


class Session:
    """Requests to one instance with the login of the environment. Safe to use from several threads."""

    def __init__(self, settings: InstanceSettings) -> None:
        """Choose the road to the instance. Raises what `road_to` raises."""
        self._transport, self._way = road_to(settings)
        self._lock = Lock()
        # Pages have threads enough to use all of them up, and are not the only ones to ask.
        self._turns = BoundedSemaphore(settings.wire.concurrency)
        self.root = V2_ROOT
        """What requests stand below; another one once the server has told its version."""
        self._sent: frozenset[str] = self._transport.secrets
        self.place = self._transport.place

    @property
    def secrets(self) -> frozenset[str]:
        """All secret texts that were ever sent: no word of the server that repeats one is passed on."""
        return self._sent | self._way.secrets

    def connected_ahead(self, count: int) -> AbstractContextManager[None]:
        """Have connections opened while Airflow is asked for the login; see `Transport.connected_ahead`.

        With a login of another method requests need not wait for Airflow, and open connections themselves.
        """
        return self._transport.connected_ahead(count) if self._way.needs_airflow else nullcontext()

    def anonymous(self, path: str, prefix: str = V2_ROOT) -> Answer:
        """Send a GET without any login and return whatever comes back.

        A gateway that stands before Airflow, and lets nobody through without one, is shown the login,
        unless only Airflow itself could give that. Raises what `Way.headers` and `Transport.send` raise.
        """
        call = ApiCall("GET", path)
        answer = self._transport.send(call, {}, prefix)
        if self._way.needs_airflow or not _is_kept_out(answer):
            return answer
        headers = self._way.headers()
        return self._transport.send(call, headers, prefix) if headers else answer

    def claims(self) -> Mapping[str, Any]:
        """Return what the login's token says of itself, nothing where it has none that says anything."""
        return claims_of(token_in(self._way.headers()))

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
        headers = self._way.headers()
        answer = self._sent_once(call, headers, sent)
        if _is_stale(answer) and (others := self._way.renew(headers)) is not None:
            _log.info("%s: the login is no longer accepted; trying with another", self.place)
            answer = self._sent_once(call, others, sent)
        return self._checked(answer, call, purpose)

    def _sent_once(self, call: ApiCall, headers: Mapping[str, str], sent: Callable[[int], None]) -> Answer:
        try:
            with self._turns:
                answer = self._transport.send(call, headers, self.root if call.base is None else call.base)
        except Ambiguous:
            sent(1)
            raise
        # A login that is refused is refused first of all.
        sent(answer.tries - _is_stale(answer))
        return answer

    def _checked(self, answer: Answer, call: ApiCall, purpose: str) -> Any:
        if answer.ok:
            # FAB answers a DELETE with null.
            content = answer.json() if answer.body.strip() not in (b"", b"null") else {}
            if content is None:
                raise WrongServer(
                    f"{self.place} answers {call.method} {call.path} with {kind_of(answer)}, not with JSON",
                    hint="check airflow.url: it is the address of the instance without /api/v2",
                )
            return content
        reason = refusal(answer.status, answer.body, self.secrets)
        if _is_stale(answer):
            raise self._way.refused(self.place, reason)
        if answer.status == FORBIDDEN:
            raise Forbidden(
                f"the login may not {purpose} on {self.place}: {reason}",
                hint=f"give the login's role the right to {purpose}{self._way.doubt}",
            )
        if answer.status in REDIRECTS:
            raise self.redirected(answer)
        raise self.failed(answer, reason)

    def redirected(self, answer: Answer) -> WrongServer:
        """Return the error for an answer that sends envctl elsewhere; its query may hold a ticket."""
        there = answer.headers.get("location", "elsewhere").partition("?")[0]
        return WrongServer(
            f"{self.place} redirects to {there}",
            hint="put that address into airflow.url",
        )

    def failed(self, answer: Answer, reason: str) -> RequestFailed:
        """Return the error for an answer that is no success, and of which nothing better is known."""
        return request_failed(self.place, answer, reason)


def _is_stale(answer: Answer) -> bool:
    """Tell whether the login itself is refused, and not a right that it lacks.

    An expired token is answered with 401, but one that the server did not sign (it was restarted with
    another key) with 403 and these words: `get_user` in airflow/api_fastapi/core_api/security.py.
    """
    return answer.status == UNAUTHORIZED or (
        answer.status == FORBIDDEN and b"Invalid JWT token" in answer.body
    )


def _is_kept_out(answer: Answer) -> bool:
    return answer.status in (UNAUTHORIZED, FORBIDDEN) or answer.status in REDIRECTS
