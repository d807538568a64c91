"""Requests over the official client's ApiClient, and its failures as our errors.

Two clients share one configuration: one whose requests may be sent again after a broken connection
or a 5xx, and one for writes of which a second copy might do harm. How often and after what waiting is
said in `patience.py`.
"""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from envctl import __version__
from envctl.airflow.official_client import official
from envctl.airflow.patience import careful, repeating, tries_of, was_sent
from envctl.airflow.peer import peer_of
from envctl.body import reveal
from envctl.errors import Ambiguous, TlsFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.airflow.peer import Peer
    from envctl.airflow.settings import InstanceSettings
    from envctl.model.request import ApiCall

_log = logging.getLogger(__name__)


class Answer:
    """A response: its status, headers and body, the body as JSON on request.

    `tries` is how often the request went out so that the server may have got it.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, tries: int = 1) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.tries = tries

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of HTTP's success codes

    @property
    def is_page(self) -> bool:
        """Whether this is a web page where data should be."""
        return "html" in self.headers.get("content-type", "").lower()

    def json(self) -> Any:
        """Return the body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Transport:
    """Sends requests to one instance, each a bounded number of times."""

    def __init__(self, settings: InstanceSettings) -> None:
        self.url = settings.url
        self._place = urlsplit(settings.url).netloc
        self._timeout = (settings.wire.connect_timeout, settings.wire.read_timeout)
        self._tries = settings.wire.retries + 1
        self._repeating = _client(settings, repeating(settings.wire.retries))
        self._careful = _client(settings, careful(settings.wire.retries))
        self.peer: Peer | None = None
        """Who gave the first answer."""

    def send(self, call: ApiCall, headers: Mapping[str, str], prefix: str = "/api/v2") -> Answer:
        """Send a request and return the answer, whatever its status.

        Raises Unreachable when no answer was to be had, and Ambiguous when a write went out to which
        no answer came.
        """
        query = f"?{urlencode(call.query)}" if call.query else ""
        url = f"{self.url}{prefix}{call.path}{query}"
        tries = self._tries if call.repeatable else 1
        for attempt in range(1, tries + 1):
            try:
                return self._once(call, url, headers, attempt - 1)
            except HTTPError as error:
                # urllib3 has tried again already; only a body that broke off is still to be fetched.
                if isinstance(error, MaxRetryError) or attempt == tries:
                    # Outside of the API there is only the login, which writes nothing.
                    raise self._failure(call, error, writes=bool(prefix) and call.method != "GET") from None
                _log.debug("%s %s: %s, trying again", call.method, call.path, type(error).__name__)
        raise AssertionError("unreachable")

    def _once(self, call: ApiCall, url: str, headers: Mapping[str, str], earlier: int) -> Answer:
        """Send a request as often as it takes; `earlier` tries got an answer that broke off."""
        client = self._repeating if call.repeatable else self._careful
        began = time.monotonic()
        try:
            response = client.call_api(
                call.method,
                url,
                {"User-Agent": f"envctl/{__version__}", "Content-Type": "application/json", **headers},
                body=reveal(call.body),
                _request_timeout=self._timeout,
            )
            if self.peer is None:
                self.peer = peer_of(response.response, time.monotonic() - began)
            body = response.read()
        except official().api_exception as error:
            raise SSLError(str(error.reason).partition("\n")[2]) from None
        _log.debug(
            "%s %s: %s in %.0f ms", call.method, url, response.status, (time.monotonic() - began) * 1000
        )
        tries = earlier + tries_of(response.response.retries, response.status)
        return Answer(response.status, response.headers, body, tries)

    def _failure(self, call: ApiCall, error: HTTPError, *, writes: bool) -> Exception:
        cause = error.reason if isinstance(error, MaxRetryError) and error.reason is not None else error
        if isinstance(cause, SSLError):
            return _tls_failure(self._place, str(cause))
        reason = _reason(cause, self._timeout)
        if isinstance(cause, urllib3.exceptions.ProxyError):
            return Unreachable(
                f"{self._place}: the proxy does not let it through: {reason}",
                hint="see HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
            )
        hint = "check airflow.url, the network and, if there is one, the proxy"
        if writes and was_sent(error):
            return Ambiguous(f"{self._place}: no answer to {call.method} {call.path}: {reason}", hint=hint)
        return Unreachable(f"{self._place} cannot be reached: {reason}", hint=hint)


def _client(settings: InstanceSettings, retries: urllib3.Retry) -> Any:
    classes = official()
    configuration = classes.configuration(host=settings.url, retries=retries)
    configuration.verify_ssl = True
    configuration.ssl_ca_cert = str(settings.ca_file) if settings.ca_file else None
    configuration.connection_pool_maxsize = settings.wire.concurrency
    return classes.api_client(configuration)


def _reason(error: Exception, timeout: tuple[float, float]) -> str:
    """Return what happened in plain words; urllib3's own texts hold its objects and their addresses."""
    match error:
        case urllib3.exceptions.NameResolutionError():
            return "its name does not resolve"
        case urllib3.exceptions.ConnectTimeoutError() if not isinstance(
            error, urllib3.exceptions.NewConnectionError
        ):
            return f"no connection within {timeout[0]:g} s"
        case urllib3.exceptions.ReadTimeoutError():
            return f"no answer within {timeout[1]:g} s"
        case urllib3.exceptions.NewConnectionError():
            return "the connection is refused or leads nowhere"
        case urllib3.exceptions.ProtocolError():
            return "the connection was closed before the answer was complete"
        case _:
            return type(error).__name__


def _tls_failure(place: str, text: str) -> TlsFailed:
    """Tell an untrusted certificate from a handshake that fails otherwise."""
    _, untrusted, reason = text.partition("certificate verify failed: ")
    if untrusted:
        return TlsFailed(
            f"{place}: the TLS certificate does not verify: {reason.partition(' (_ssl')[0]}",
            hint="name its authority with airflow.ca_file; envctl never turns verification off",
        )
    words = text.partition("] ")[2].partition(" (_ssl")[0] or text
    return TlsFailed(
        f"{place}: the TLS handshake fails: {words}", hint="does the instance speak https at all?"
    )
