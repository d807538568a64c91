"""The proxies that variables name: which one it is, the official client finds out; the rest is here."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote, urlsplit

from envctl.errors import Unreachable

VARIABLES = "see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"
_STATUS = re.compile(r"Tunnel connection failed: ([0-9]{3})")


def proxy_headers(url: str | None) -> dict[str, str] | None:
    """Return the login that a proxy's URL holds as a header: urllib3 does not make one of it."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def unusable_proxy(why: str) -> Unreachable:
    """Return the error of a variable that names no usable proxy; what it says may hold a login."""
    return Unreachable(f"the proxy that is set for this address cannot be used: {why}", hint=VARIABLES)


def blocked_by_proxy(place: str, cause: Exception) -> Unreachable:
    """Return the error of a proxy that does not connect us; `cause` is what urllib3 met there."""
    status = _STATUS.search(str(cause))
    if status is None:
        return Unreachable(f"{place}: the proxy before it cannot be reached", hint=VARIABLES)
    if status[1] == "407":
        return Unreachable(
            f"{place}: the proxy before it wants a login, or another one (407)",
            hint=f"write it into the variable: http://USER:PASSWORD@proxy:3128; {VARIABLES}",
        )
    return Unreachable(f"{place}: the proxy before it does not let it through ({status[1]})", hint=VARIABLES)
