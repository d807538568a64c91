"""How often a request is sent again, and how long to wait before.

Counting, backing off with jitter and honouring Retry-After are urllib3's; what is added: a wait of
an hour is reported instead of waited for, each new try is told in the log, and when all are used up
it can be said whether any of them reached the server.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    MaxRetryError,
    NewConnectionError,
    ResponseError,
    SSLError,
)

if TYPE_CHECKING:
    from urllib3.util.retry import RequestHistory

_log = logging.getLogger(__name__)

TOO_MANY_REQUESTS = 429
PASSING = (TOO_MANY_REQUESTS, 500, 502, 503, 504)
"""Answers that another try may change."""
_LONGEST_WAIT = 60
"""Seconds; a server that asks for more is reported instead of waited for."""
_UNBOUNDED = 1 << 31


class _GaveUp(MaxRetryError):
    """The last try failed; `earlier` holds those before it."""

    def __init__(self, error: MaxRetryError, earlier: tuple[RequestHistory, ...]) -> None:
        super().__init__(error.pool, error.url or "", error.reason)
        self.earlier = earlier


class _Patience(urllib3.Retry):
    """One more try, or the end of them."""

    def increment(self, *place: Any, **what: Any) -> Self:
        """Count a failed try. Raises MaxRetryError when there is to be no other."""
        response = what.get("response")
        if response is not None and (self.get_retry_after(response) or 0) > _LONGEST_WAIT:
            raise MaxRetryError(what["_pool"], place[1], ResponseError("asks for too long a wait"))
        if isinstance(what.get("error"), SSLError):
            # No certificate gets better by looking again.
            raise MaxRetryError(what["_pool"], place[1], what["error"])
        try:
            left = super().increment(*place, **what)
        except MaxRetryError as error:
            raise _GaveUp(error, self.history) from None
        why = response.status if response is not None else type(what.get("error")).__name__
        _log.info("%s %s: %s, trying again", place[0], str(place[1]).partition("?")[0], why)
        return left

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds that a server asks for, 0 when what it says makes no sense."""
        try:
            return super().parse_retry_after(retry_after)
        except InvalidHeader:
            return 0


class _Careful(_Patience):
    """As above, but a Retry-After beside a 503 is no word that nothing was done."""

    RETRY_AFTER_STATUS_CODES = frozenset({TOO_MANY_REQUESTS})


def repeating(tries: int) -> urllib3.Retry:
    """Return the rules for what may be sent twice: again after broken connections, 429 and 5xx."""
    return _Patience(**_rules(tries), status_forcelist=PASSING)


def careful(tries: int) -> urllib3.Retry:
    """Return the rules for all else: again where the server certainly did nothing, no connection or 429."""
    return _Careful(**_rules(tries), read=0, other=0, status_forcelist=(TOO_MANY_REQUESTS,))


def tries_of(retries: urllib3.Retry | None, status: int) -> int:
    """Return how many tries the server may have got, of a request that was answered with a status in the end.

    One that was answered with 429 was refused before anybody looked at it.
    """
    earlier = retries.history if retries else ()
    got = [one for one in earlier if one.status != TOO_MANY_REQUESTS and _may_have_arrived(one.error)]
    return len(got) + (status != TOO_MANY_REQUESTS)


def _may_have_arrived(error: Exception | None) -> bool:
    return not isinstance(error, NewConnectionError | ConnectTimeoutError)


def _rules(tries: int) -> dict[str, Any]:
    return {
        "total": tries,
        "backoff_factor": 0.25,
        "backoff_jitter": 0.25,
        "backoff_max": 30,
        "allowed_methods": None,
        "retry_after_max": _UNBOUNDED,
        "raise_on_status": False,
        # A redirect would land a write somewhere else (apache/airflow#68065): it is reported instead.
        "redirect": False,
    }


def was_sent(error: HTTPError) -> bool:
    """Tell whether the server may have got the request, in any of the tries."""
    errors: list[Exception | None] = [error.reason if isinstance(error, MaxRetryError) else error]
    if isinstance(error, _GaveUp):
        errors += [one.error for one in error.earlier]
    return any(map(_may_have_arrived, errors))
