"""The way to the instance: a proxy, whether anybody answers, and how the connection is secured."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from envctl.model.checkup import fine, warning

if TYPE_CHECKING:
    from datetime import datetime

    from envctl.airflow.peer import Peer, Tls
    from envctl.model.checkup import Check

FEW_DAYS = 30
"""Days: a certificate that ends sooner is to be renewed."""
_OLD = ("SSLv3", "TLSv1", "TLSv1.1")


def proxy_check(proxy: str | None) -> Check:
    """Tell whether a proxy stands between, by the variables of the process."""
    if proxy is None:
        return fine("proxy", "none: no variable names one for this address")
    return fine("proxy", f"requests go through {proxy}, as a variable such as HTTPS_PROXY says")


def reach_check(url: str, peer: Peer) -> Check:
    """Tell that somebody answers, and how quickly."""
    host = urlsplit(url).hostname or ""
    at = f" at {peer.address}" if peer.address and peer.address != host else ""
    return fine("reach", f"{urlsplit(url).netloc}{at} answers in {peer.seconds * 1000:.0f} ms")


def reached_but(url: str) -> Check:
    """Tell that somebody listens, although nothing could be asked."""
    return fine("reach", f"{urlsplit(url).netloc} accepts connections")


def tls_check(url: str, tls: Tls | None, now: datetime) -> Check:
    """Tell how the connection is secured. `tls` is None where it is not."""
    if tls is None:
        if is_here(urlsplit(url).hostname or ""):
            return fine("tls", "none: plain http, on this machine")
        return warning(
            "tls",
            "none: the login and every secret that is written go over the network in clear",
            "let the instance be reached by https, and put that address into airflow.url",
        )
    days = (tls.ends - now).days
    found = f"{tls.protocol}, certificate by {tls.authority} until {tls.ends:%Y-%m-%d} ({_days(days)})"
    if days < FEW_DAYS:
        return warning(
            "tls", found, "renew the certificate: once it has ended, envctl reaches nothing any more"
        )
    if tls.protocol in _OLD:
        return warning("tls", found, "the protocol is out of date: let the server speak TLS 1.2 or later")
    return fine("tls", found)


def is_here(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'} left"
