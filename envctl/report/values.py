"""Values as a person reads them: on one line, short, never ambiguous, never a secret."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from envctl.model.secret import Secret, is_secret, show
from envctl.model.value import UNMANAGED, UNSET, Masked, Value

NONE = "(none)"
MASKED = "(masked)"
HIDDEN = "(hidden)"
_KEPT_BEFORE_DIFFERENCE = 12
_JSON_WORDS = frozenset({"true", "false", "null"})


def live_text(live: Value, desired: Value) -> str:
    """Return the live side of a leaf; what stands where a secret belongs is never shown."""
    if is_secret(desired) and live is not UNSET and live is not None:
        return MASKED if isinstance(live, Masked) else HIDDEN
    return value_text(live)


def value_text(value: Value) -> str:
    """Return any value on one line, whole."""
    if value is UNSET:
        return NONE
    if value is UNMANAGED:
        return "(unmanaged)"
    if isinstance(value, Masked):
        return MASKED if value.whole else printable("***".join(value.visible))
    if isinstance(value, Secret):
        return printable(value.label)
    if isinstance(value, str):
        return _plain_or_quoted(value)
    return json.dumps(_shown(value), ensure_ascii=False)


def _shown(value: Value) -> Any:
    """Return a document with masks and secrets as text."""
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, Masked):
        return "***".join(value.visible)
    return show(None if value is UNSET or value is UNMANAGED else value)


def _plain_or_quoted(text: str) -> str:
    """Quote a text only where it could be misread: empty, with edges of space, control characters."""
    if (
        not text
        or text != text.strip()
        or text in _JSON_WORDS
        or text[0] in "\"'("
        or not _is_printable(text)
    ):
        return json.dumps(text, ensure_ascii=not _is_printable(text))
    return text


def _is_printable(text: str) -> bool:
    return not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text)


def printable(text: str) -> str:
    """Return a name with control characters escaped, so that no terminal obeys it."""
    return text if _is_printable(text) else json.dumps(text)[1:-1]


def shorten(text: str, width: int) -> str:
    """Return a text of at most `width` characters; what is left out is counted."""
    if len(text) <= width:
        return text
    note = f"… ({len(text):,} characters)"
    return text[: max(width - len(note), 4)] + note


def shorten_pair(live: str, desired: str, width: int) -> tuple[str, str]:
    """Shorten two texts so that the place where they differ can be seen."""
    if max(len(live), len(desired)) <= width:
        return live, desired
    same = 0
    while same < min(len(live), len(desired)) and live[same] == desired[same]:
        same += 1
    if same < width // 2:
        return shorten(live, width), shorten(desired, width)
    start = same - _KEPT_BEFORE_DIFFERENCE
    return shorten("…" + live[start:], width), shorten("…" + desired[start:], width)
