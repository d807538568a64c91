"""What a token says of itself. It is the server that believes it or not: no signature is checked here."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from typing import Any

_PARTS = 3


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims in a JWT, none of a token of another form."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
