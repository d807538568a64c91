"""Finding out whether a server is up and a login works."""

from __future__ import annotations

import logging
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.sandbox.recipe import Recipe, Request, User

_log = logging.getLogger(__name__)

_OK, _CREATED, _FORBIDDEN = 200, 201, 403
_REQUEST_SECONDS = 10.0
_TICK = 0.1
_LOGIN_SECONDS = 15.0

# Loopback must not be asked for through the proxy that the user's environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer(Enum):
    """How waiting for a server ended."""

    READY = auto()
    ENDED = auto()
    SILENT = auto()
    NO_LOGIN = auto()


@dataclass(frozen=True)
class Probe:
    """How to find out about one server: `has_ended` tells whether its process is gone."""

    url: str
    recipe: Recipe
    user: User
    has_ended: Callable[[], bool]

    def wait(self, seconds: float) -> Answer:
        """Wait until a login works, the server has ended, or so many seconds have passed."""
        deadline = time.monotonic() + seconds
        login_deadline: float | None = None
        while time.monotonic() < deadline:
            if self.has_ended():
                return Answer.ENDED
            if login_deadline is not None or self.answers():
                login_deadline = login_deadline or time.monotonic() + _LOGIN_SECONDS
                if status(self.url, self.recipe.login_request(self.user)) in {_OK, _CREATED, _FORBIDDEN}:
                    # Somebody else's server may have taken the port while ours was on its way.
                    return Answer.ENDED if self.has_ended() else Answer.READY
                if time.monotonic() > login_deadline:
                    return Answer.NO_LOGIN
            time.sleep(_TICK)
        return Answer.SILENT

    def answers(self) -> bool:
        """Tell whether the server says its version."""
        return status(self.url, self.recipe.version_request()) == _OK


def status(url: str, request: Request) -> int | None:
    """Make a request and give the status of its answer; None without one."""
    wanted = urllib.request.Request(url + request.path, data=request.body, headers=dict(request.headers))  # noqa: S310 - loopback
    try:
        with _opener.open(wanted, timeout=_REQUEST_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, ValueError) as error:
        _log.debug("%s%s: %s", url, request.path, error)
        return None
