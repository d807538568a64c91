"""HTTP: requests over the connections of the official client, and their failures as our errors.

Some may be sent again after a broken connection or a 5xx; of others, writes, a second copy might do
harm: how often and after what waiting is said in `patience.py`. All go over one pool of connections that
are kept open, since a new one costs one to three round trips.
"""

from __future__ import annotations

import json
import logging
import time
import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from envctl import __version__
from envctl.airflow.answer import Answer
from envctl.airflow.official_client import official
from envctl.airflow.patience import careful, repeating, tries_of, was_sent
from envctl.airflow.peer import peer_of
from envctl.airflow.preconnect import Preconnector
from envctl.airflow.proxies import blocked_by_proxy, proxy_headers, unusable_proxy
from envctl.airflow.tls import tls_failure
from envctl.airflow.transport import V2_ROOT
from envctl.body import reveal, secret_texts
from envctl.errors import Ambiguous, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from envctl.airflow.peer import Peer
    from envctl.airflow.settings import InstanceSettings
    from envctl.model.request import ApiCall

_log = logging.getLogger(__name__)


_IDLE = 5.0
"""Seconds: what uvicorn, and so Airflow, keeps an idle connection for."""


class HttpTransport:
    """See `Transport`."""

    def __init__(self, settings: InstanceSettings) -> None:
        self.url = settings.url
        self.place = urlsplit(settings.url).netloc
        self.secrets = frozenset(secret_texts(list(settings.headers.values())))
        self._headers = {
            "User-Agent": f"envctl/{__version__}",
            # Airflow 2 answers its configuration as text, or not at all, to whoever does not ask for JSON.
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **{name: str(reveal(value)) for name, value in settings.headers.items()},
        }
        self._timeout = Timeout(connect=settings.wire.connect_timeout, read=settings.wire.read_timeout)
        self._tries = settings.wire.retries + 1
        self._repeating = repeating(settings.wire.retries)
        self._careful = careful(settings.wire.retries)
        self._pool = _pool(settings)
        self._preconnector = _preconnector(self._pool, settings)
        self._answered = time.monotonic()
        self.peer: Peer | None = None
        """Who gave the first answer."""

    def send(self, call: ApiCall, headers: Mapping[str, str], prefix: str = V2_ROOT) -> Answer:
        """Send a request below a prefix of the address; see `Transport.send`."""
        query = f"?{urlencode(call.query, safe=',')}" if call.query else ""
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

    def connected_ahead(self, count: int) -> AbstractContextManager[None]:
        """Have connections opened, not through a proxy; see `Transport.connected_ahead`."""
        # A server that keeps none may have few processes, and have each wait for the request of a connection.
        keeps = self.peer is not None and self.peer.keeps
        return self._preconnector.ahead(count) if self._preconnector and keeps else nullcontext()

    def _once(self, call: ApiCall, url: str, headers: Mapping[str, str], earlier: int) -> Answer:
        """Send a request as often as it takes; `earlier` tries got an answer that broke off."""
        began = time.monotonic()
        if not call.repeatable and began - self._answered > _IDLE:
            # What lies between may have forgotten idle connections and not said so; a write that is sent into
            # one is in doubt. So it gets a new one.
            self._pool.clear()
        response = self._pool.request(
            call.method,
            url,
            body=None if call.body is None else json.dumps(reveal(call.body), separators=(",", ":")),
            headers={**self._headers, **_of_body(call), **headers},
            timeout=self._timeout,
            retries=self._repeating if call.repeatable else self._careful,
            preload_content=False,
        )
        if self.peer is None:
            self.peer = peer_of(response, time.monotonic() - began)
        body = response.data
        self._answered = time.monotonic()
        _log.debug(
            "%s %s: %s in %.0f ms", call.method, url, response.status, (time.monotonic() - began) * 1000
        )
        tries = earlier + tries_of(response.retries, response.status)
        return Answer(response.status, response.headers, body, tries)

    def _failure(self, call: ApiCall, error: HTTPError, *, writes: bool) -> Exception:
        cause = error.reason if isinstance(error, MaxRetryError) and error.reason is not None else error
        if isinstance(cause, SSLError):
            return tls_failure(self.place, str(cause))
        if isinstance(cause, urllib3.exceptions.ProxyError):
            return blocked_by_proxy(self.place, cause.original_error)
        reason = _reason(cause, self._timeout)
        hint = "check airflow.url, the network and, if there is one, the proxy"
        if writes and was_sent(error):
            return Ambiguous(f"{self.place}: no answer to {call.method} {call.path}: {reason}", hint=hint)
        return Unreachable(f"{self.place} cannot be reached: {reason}", hint=hint)


def _of_body(call: ApiCall) -> dict[str, str]:
    """Return what is said of a body; where there is none Airflow 2 refuses a DELETE that says something."""
    return {} if call.body is None else {"Content-Type": "application/json"}


def _pool(settings: InstanceSettings) -> urllib3.PoolManager:
    """Return the connections that the official client makes: through a proxy where there is one."""
    classes = official()
    configuration = classes.configuration(host=settings.url)
    configuration.verify_ssl = True
    files = settings.certificates
    configuration.ssl_ca_cert = str(files.authority) if files.authority else None
    configuration.cert_file = str(files.client) if files.client else None
    configuration.key_file = str(files.client_key) if files.client_key else None
    configuration.connection_pool_maxsize = settings.wire.concurrency
    configuration.proxy_headers = proxy_headers(configuration.proxy)
    try:
        with warnings.catch_warnings(action="ignore", category=urllib3.exceptions.DependencyWarning):
            pool: urllib3.PoolManager = classes.rest_client(configuration).pool_manager
            return pool
    except (HTTPError, ValueError):
        raise unusable_proxy("its address cannot be") from None
    except ImportError:
        raise unusable_proxy("SOCKS needs a further package: pip install PySocks") from None


def _preconnector(pool: urllib3.PoolManager, settings: InstanceSettings) -> Preconnector | None:
    """Return what opens connections ahead; None where a proxy, SOCKS too, is asked for each of them."""
    if type(pool) is not urllib3.PoolManager:
        return None
    return Preconnector(pool.connection_from_url(settings.url), settings.wire.connect_timeout)


def _reason(error: Exception, timeout: Timeout) -> str:
    """Return what happened in plain words; urllib3's own texts hold its objects and their addresses."""
    match error:
        case urllib3.exceptions.NameResolutionError():
            return "its name does not resolve"
        case urllib3.exceptions.ConnectTimeoutError() if not isinstance(
            error, urllib3.exceptions.NewConnectionError
        ):
            return f"no connection within {timeout.connect_timeout:g} s"
        case urllib3.exceptions.ReadTimeoutError():
            return f"no answer within {timeout.read_timeout:g} s"
        case urllib3.exceptions.NewConnectionError():
            return "the connection is refused or leads nowhere"
        case urllib3.exceptions.ProtocolError():
            return "the connection was closed before the answer was complete"
        case _:
            return type(error).__name__
