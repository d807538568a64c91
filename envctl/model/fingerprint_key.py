"""What a key of fingerprints has to be: so long that nobody can guess it.

A keyed fingerprint costs microseconds. With a poor key whoever reads the ledger tries keys instead of
secrets, and then has all of them: that is weaker than the slow fingerprints made without a key.
"""

from __future__ import annotations

SHORTEST = 32
"""Characters of a key, at the least; `openssl rand -base64 32` makes 44."""
ADVICE = "make one with openssl rand -base64 32"


def are_long_enough(text: str) -> bool:
    """Tell whether every key in a text, several of them separated by commas, is long enough."""
    return all(len(key.strip()) >= SHORTEST for key in text.split(","))
