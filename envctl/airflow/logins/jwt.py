"""What a token says of itself, when it expires above all. Whether that is true is for the server to tell."""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARTS = 3
_LATEST = 253402300799.0
"""The last second of the year 9999, beyond which there are no dates."""


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims in a JWT, none of a token of another form. Nothing is verified."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def expiry_of(token: str) -> float | None:
    """Return the `exp` of a JWT, in seconds since 1970; None where none is to be read.

    Nothing is verified: that is the server's part, and this one only saves a request.
    """
    return expiry_in(claims_of(token))


def expiry_in(claims: Mapping[str, Any]) -> float | None:
    """Return the `exp` among claims, in seconds since 1970; None where none is to be read."""
    try:
        expiry = float(claims["exp"])
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return expiry if math.isfinite(expiry) and 0 <= expiry <= _LATEST else None
