"""Addresses of servers, as URLs that the transports can really connect to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import PlainValidator
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from envctl.fields.parts import take_shown_text
from envctl.fields.values import complaint
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.value import Value

_URL = re.compile(r"https?://[^\s/@?#\\]+(/[^\s?#]*)?")
_LABEL = re.compile(r"[\w-]{1,63}", re.ASCII)


def address(host: str, port: int) -> PlainValidator:
    """Return what takes a server's URL, or the unavailable secret that stands for one not known here.

    `host` and `port` are those of the example in complaints.
    """

    def take(node: Node) -> Value:
        url = take_shown_text(node)
        if isinstance(url, Secret):
            return url
        if not _URL.fullmatch(url):
            raise complaint(f"must look like https://{host}, without user, query or fragment")
        if not _has_sound_host(url):
            raise complaint(f"has a host or a port that cannot be: it must look like https://{host}:{port}")
        return url.rstrip("/")

    return PlainValidator(take)


def _has_sound_host(url: str) -> bool:
    """Tell whether the transport can connect to a URL's host and port; it fails on others in the middle."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return False
    host = parts.host or ""
    labels = host.removesuffix(".").split(".")
    return parts.port != 0 and (host.startswith("[") or all(map(_LABEL.fullmatch, labels)))
