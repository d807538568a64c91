"""Airflow's connection URIs, `postgres://user:password@host:5432/schema?sslmode=require`, into fields.

The rules are those of `airflow.models.connection.Connection._parse_from_uri`, with one difference: a
reference inside the URI is one piece of its component and is taken as it is, never percent-decoded
and never split. So a password with `@`, `:` or `%` in it needs no escaping when it comes from a
reference.
"""

from __future__ import annotations

import json
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from envctl.model.secret import Secret
from envctl.model.value import UNSET, Value

MAX_PORT = 65535
_FIRST_STAND_IN = 0xE000  # Unicode's private use area: no URI has these, and no parser touches them.
_STAND_IN = re.compile("([\ue000-\uf8ff])")
_EXTRA_KEY = "__extra__"
_PARTS = ("host", "login", "password", "schema", "port", "extra")


def fields_of_uri(uri: str | Secret) -> dict[str, Value]:
    """Return the connection fields that a URI stands for.

    Raises ValueError, with a text that holds nothing of the URI, when it does not parse.
    """
    if isinstance(uri, str):
        return _parse(uri)
    if not uri.available:
        return {"conn_type": uri, **dict.fromkeys(_PARTS, uri)}
    if len(uri.parts) == 1:
        return _spread(uri.split(_parse))
    secrets = [part for part in uri.parts if isinstance(part, Secret)]
    stand_ins = iter(range(len(secrets)))
    template = "".join(
        part if isinstance(part, str) else chr(_FIRST_STAND_IN + next(stand_ins)) for part in uri.parts
    )
    return {name: _put_back(value, secrets) for name, value in _parse(template).items()}


def _parse(uri: str) -> dict[str, Value]:
    scheme, found, rest = uri.partition("://")
    if not found or not scheme:
        raise ValueError("has no scheme: it must look like postgres://user:password@host:5432/schema")
    if rest.count("://") > 1:
        raise ValueError("has more than two '://'")
    protocol, nested, inner = rest.partition("://")
    if nested and ("@" in protocol or ":" in protocol or "?" in protocol):
        nested = ""
    parts = urlsplit(f"{protocol}://{inner}" if nested else f"//{rest}")
    host = unquote(parts.hostname or "")
    return {
        "conn_type": _conn_type(scheme),
        "host": (f"{protocol}://{host}" if nested and host else host) or UNSET,
        "login": _decoded(parts.username),
        "password": _decoded(parts.password),
        "schema": unquote(parts.path[1:]) or UNSET,
        "port": _port(parts),
        "extra": _extra(parts.query),
    }


def _conn_type(scheme: str) -> str:
    return "postgres" if scheme == "postgresql" else scheme.replace("-", "_")


def _decoded(text: str | None) -> Value:
    return UNSET if text is None else unquote(text)


def _port(parts: SplitResult) -> Value:
    text = parts.netloc.rpartition("@")[2].rpartition("]")[2].rpartition(":")[2]
    if ":" not in parts.netloc.rpartition("@")[2].rpartition("]")[2] or not text:
        return UNSET
    if _STAND_IN.fullmatch(text):
        return text
    if not text.isascii() or not text.isdigit() or int(text) > MAX_PORT:
        raise ValueError(f"has a port that is no number from 0 to {MAX_PORT}")
    return int(text)


def _extra(query: str) -> Value:
    if not query:
        return UNSET
    pairs: dict[str, Value] = dict(parse_qsl(query, keep_blank_values=True))
    if _EXTRA_KEY in pairs:
        extra = _json_or_text(pairs[_EXTRA_KEY])
        if not isinstance(extra, dict):
            raise ValueError(f"has an {_EXTRA_KEY} that is no JSON object")
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
