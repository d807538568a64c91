"""Airflow's connection URIs, `postgres://user:password@host:5432/schema?sslmode=require`, into fields.

The rules are those of `airflow.models.connection.Connection._parse_from_uri`, with these differences:

* A secret inside the URI is one piece of its component and is taken as it is, never percent-decoded and
  never split. So a password with `@`, `:` or `%` in it needs no escaping when it comes from a reference.
  (What is no secret, such as a param, is read as if it stood there.)
* A `#` is refused. Airflow drops it and what stands behind, be it half of a password.
* A `://` behind the host, as in a query, is no second protocol. Airflow fails on it or loses the host.
"""

from __future__ import annotations

import json
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from envctl.model.secret import Secret, Unfit
from envctl.model.value import UNSET, Value

MAX_PORT = 65535
_FIRST_STAND_IN = 0xE000  # Unicode's private use area: no URI has these, and no parser touches them.
_STAND_IN = re.compile("([\ue000-\uf8ff])")
_SCHEME = re.compile("[A-Za-z][\\w.+-]*|[\ue000-\uf8ff]")
_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*://")
_MOST_PROTOCOLS = 2
_EXTRA_KEY = "__extra__"
_PARTS = ("conn_type", "host", "login", "password", "schema", "port", "extra")


def fields_of_uri(uri: str | Secret) -> dict[str, Value]:
    """Return the connection fields that a URI stands for.

    Raises Unfit when it does not parse.
    """
    if isinstance(uri, str):
        return _parse_whole(uri)
    if not any("://" in part for part in uri.parts if isinstance(part, str)):
        return _spread(uri.split(_parse_whole)) if uri.available else dict.fromkeys(_PARTS, uri)
    secrets: list[Secret] = []
    template = ""
    for part in uri.parts:
        if isinstance(part, Secret):
            template += chr(_FIRST_STAND_IN + len(secrets))
            secrets.append(part)
        else:
            _refuse_stand_ins(part)
            template += part
    fields = {name: _put_back(value, secrets) for name, value in _parse(template).items()}
    if isinstance(fields["port"], Secret):
        fields["port"] = fields["port"].derive(_port_number)
    return fields


def _parse_whole(uri: str) -> dict[str, Value]:
    _refuse_stand_ins(uri)
    return _parse(uri)


def _refuse_stand_ins(text: str) -> None:
    if _STAND_IN.search(text):
        raise Unfit("has a character of Unicode's private use area: write it percent-encoded")


def _parse(uri: str) -> dict[str, Value]:
    scheme, found, rest = uri.partition("://")
    if not found or not _SCHEME.fullmatch(scheme):
        raise Unfit("has no scheme: it must look like postgres://user:password@host:5432/schema")
    if "#" in rest:
        raise Unfit("has a '#', which would cut it off: write %23")
    if uri.count("://") > _MOST_PROTOCOLS:
        raise Unfit("has more than two '://'")
    nested = _PROTOCOL.match(rest)
    try:
        parts = urlsplit(rest if nested else f"//{rest}")
    except ValueError:
        # From None, and without its text: that repeats the address.
        raise Unfit("has a host that is none") from None
    host = _host(parts)
    return {
        "conn_type": _conn_type(scheme),
        "host": (f"{parts.scheme}://{host}" if nested and host else host) or UNSET,
        "login": _decoded(parts.username),
        "password": _decoded(parts.password),
        "schema": unquote(parts.path[1:]) or UNSET,
        "port": _port(parts),
        "extra": _extra(parts.query),
    }


def _conn_type(scheme: str) -> str:
    scheme = scheme.lower()
    return "postgres" if scheme == "postgresql" else scheme.replace("-", "_")


def _host(parts: SplitResult) -> str:
    """Return the host, in lower case unless it is a path (of a socket), as Airflow has it."""
    host = unquote(parts.hostname or "")
    if "/" in host:
        return unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    return host


def _decoded(text: str | None) -> Value:
    return UNSET if text is None else unquote(text)


def _port(parts: SplitResult) -> Value:
    address = parts.netloc.rpartition("@")[2]
    behind_host = address.partition("]")[2] if "[" in address else address
    text = behind_host.partition(":")[2]
    if not text:
        return UNSET
    return text if _STAND_IN.fullmatch(text) else _port_number(text, "has a port that")


def _port_number(text: str, what: str = "") -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > MAX_PORT:
        raise Unfit(f"{what} is no number from 0 to {MAX_PORT}".strip())
    return int(text)


def _extra(query: str) -> Value:
    pairs: dict[str, Value] = dict(parse_qsl(query, keep_blank_values=True))
    if not pairs.get(_EXTRA_KEY, pairs):
        return UNSET
    if _EXTRA_KEY in pairs:
        extra = _json_or_text(pairs[_EXTRA_KEY])
        if not isinstance(extra, dict):
            raise Unfit(f"has an {_EXTRA_KEY} that is no JSON object")
        return extra
    return {key: _json_or_text(value) for key, value in pairs.items()}


def _json_or_text(text: str) -> Value:
    try:
        return json.loads(text) if text else text
    except (ValueError, RecursionError):
        return text


def _put_back(value: Value, secrets: list[Secret]) -> Value:
    """Replace the stand-ins in a parsed part by the secrets that they stand for."""
    if isinstance(value, dict):
        if any(_STAND_IN.search(key) for key in value):
            raise Unfit("has a reference in the name of a parameter")
        return {key: _put_back(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_back(item, secrets) for item in value]
    if not isinstance(value, str) or not _STAND_IN.search(value):
        return value
    return Secret.join(
        tuple(
            secrets[ord(piece) - _FIRST_STAND_IN] if _STAND_IN.fullmatch(piece) else piece
            for piece in _STAND_IN.split(value)
            if piece
        )
    )


def _spread(parts: dict[str, Secret]) -> dict[str, Value]:
    """Give each key of a secret `extra` a secret of its own, so that it is compared leaf by leaf."""
    fields: dict[str, Value] = dict.fromkeys(_PARTS, UNSET)
    fields.update(parts)
    if "extra" in parts:
        fields["extra"] = parts["extra"].split(dict)
    return fields
