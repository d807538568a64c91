"""The way to an instance, before anything is asked of it: is there an answer, through what, from whom."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from envctl.airflow.http_transport import HttpTransport
from envctl.airflow.official_client import official
from envctl.airflow.peer import Peer
from envctl.airflow.roads import road_to
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from envctl.airflow.settings import InstanceSettings


def met(settings: InstanceSettings) -> Peer | None:
    """Send one request without a login, once, and return who answered, whatever it was.

    None where somebody else makes the requests in our place, as AWS does for MWAA. Raises Unreachable, and
    TlsFailed where the connection is there and TLS is not.
    """
    transport, _ = road_to(replace(settings, wire=replace(settings.wire, retries=0)))
    if not isinstance(transport, HttpTransport):
        return None
    transport.send(ApiCall("GET", "/version"), {})
    return transport.peer or Peer("", 0.0, None)


def proxy_for(url: str) -> str | None:
    """Return host and port of the proxy through which the official client reaches an address, if any.

    What else a proxy's address holds may be a password.
    """
    proxy = official().configuration(host=url)
    if not proxy.proxy or _is_bypassed(url, proxy.no_proxy or ""):
        return None
    parts = urlsplit(proxy.proxy)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _is_bypassed(url: str, no_proxy: str) -> bool:
    rest = importlib.import_module("airflow_client.client.rest")
    return bool(rest.should_bypass_proxies(url, no_proxy))
