"""Text in columns: a wide letter takes two of them, so lengths are counted in cells."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def pad(text: str, width: int) -> str:
    """Return a text that takes at least `width` columns; a longer one is left whole."""
    return text + " " * max(width - cell_len(text), 0)


def clip(text: str, width: int) -> str:
    """Return the beginning of a text that takes at most `width` columns."""
    return text if cell_len(text) <= width else set_cell_size(text, max(width, 1)).rstrip()


__all__ = ["cell_len", "clip", "pad"]
