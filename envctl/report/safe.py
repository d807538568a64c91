"""The last gate before a terminal: no text from outside may give it orders."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_CONTROL_PICTURES = 0x2400
_LAST_CONTROL = 0x1F
_JOINERS = "\u200d\u200c"
"""Zero-width joiners: emoji and several scripts are written with them, and they order nothing."""


def safe(text: str) -> str:
    """Return a text of the same length with what a terminal would obey replaced by a visible sign."""
    return text if text.isprintable() else "".join(map(_safe_letter, text))


def safe_line(line: Text) -> Text:
    """Make a styled line safe; its styles keep their places, since its length does not change."""
    line.plain = safe(line.plain)
    return line


def _safe_letter(letter: str) -> str:
    if letter.isprintable() or letter in _JOINERS:
        return letter
    if ord(letter) <= _LAST_CONTROL:
        return chr(_CONTROL_PICTURES + ord(letter))
    return " " if unicodedata.category(letter) == "Zs" else "\ufffd"
