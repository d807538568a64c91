"""Telling the caller what takes time, without printing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Called with one line of plain text whenever something begins that takes seconds."""


def silent(_line: str) -> None:
    """Say nothing: the default."""
