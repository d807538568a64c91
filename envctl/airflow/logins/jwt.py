"""When a token expires, as far as it says so itself."""

from __future__ import annotations

import base64
import json
import math

_PARTS = 3
_LATEST = 253402300799.0
"""The last second of the year 9999, beyond which there are no dates."""


def expiry_of(token: str) -> float | None:
    """Return the `exp` of a JWT, in seconds since 1970; None where none is to be read.

    Nothing is verified: that is the server's part, and this one only saves a request.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        expiry = float(claims["exp"])
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None
    return expiry if math.isfinite(expiry) and 0 <= expiry <= _LATEST else None
