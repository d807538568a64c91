"""How much a spec may hold before envctl refuses to read on: far above real trees, below real harm."""

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 64
MAX_ALIASED_NODES = 100_000
"""How many nodes the aliases of one file may add to those that are written out; see `weight`."""
_LONG_TEXT = 100


def weight(text: str) -> int:
    """Return how many nodes a text counts for: long ones count as several, so that they cannot explode."""
    return 1 + len(text) // _LONG_TEXT
