"""Who is at the other end of a connection, as the connection itself tells it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any, NamedTuple

_KEEPING = 11
"""HTTP/1.1, as http.client has it: connections are kept unless somebody says otherwise (RFC 9112, 9.3)."""


class Tls(NamedTuple):
    """How a connection is secured: the protocol, who signed the certificate, and when that ends (UTC)."""

    protocol: str
    authority: str
    ends: datetime


class Peer(NamedTuple):
    """The other end: its address (a proxy's, where there is one) and how long the first answer took.

    `tls` is None on a connection without any. `keeps` tells whether more requests may go over the connection.
    """

    address: str
    seconds: float
    tls: Tls | None
    keeps: bool = False


def peer_of(response: Any, seconds: float) -> Peer:
    """Return who sent an answer, of which nothing is read yet: afterwards its connection is another's."""
    try:
        socket = response.connection.sock
    except AttributeError:  # urllib3 has let go of it already
        socket = None
    return Peer(_address(socket), seconds, _tls(socket), _keeps(response))


def _keeps(response: Any) -> bool:
    options = response.headers.get("Connection", "").lower().split(",")
    return response.version >= _KEEPING and "close" not in map(str.strip, options)


def _address(socket: Any) -> str:
    try:
        return str(socket.getpeername()[0])
    except (AttributeError, OSError, IndexError):
        return ""


def _tls(socket: Any) -> Tls | None:
    certificate = socket.getpeercert() if hasattr(socket, "getpeercert") else None
    if not certificate:
        return None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    return Tls(str(socket.version() or "TLS"), _authority(certificate), ends)


def _authority(certificate: Any) -> str:
    named = {key: text for part in certificate.get("issuer", ()) for key, text in part}
    return named.get("organizationName") or named.get("commonName") or "an authority without a name"
