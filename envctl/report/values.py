"""Values as a person reads them: on one line, short, never ambiguous, never a secret."""

from __future__ import annotations

import json
import re
from typing import Any

from envctl.model.secret import Secret, is_secret, show
from envctl.model.value import HIDDEN, UNMANAGED, UNSAID, UNSET, Masked, Value
from envctl.report.cells import cell_len, clip

NONE = "(none)"
MASKED = "(masked)"
NOT_TOLD = "(not told)"
CONCEALED = "(hidden)"
_KEPT_BEFORE_DIFFERENCE = 8
_LONGEST_VERSION = 12
_READ_AS_JSON = re.compile(r"true|false|null|NaN|-?Infinity|-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def live_text(live: Value, desired: Value, *, inside: bool) -> str:
    """Return the live side of a leaf; what stands where a secret belongs is never shown.

    `inside` says that the leaf stands inside a JSON document, where `1` and `"1"` are two values.
    """
    if live is HIDDEN or (is_secret(desired) and live is not UNSET and live is not None):
        return MASKED if isinstance(live, Masked) else CONCEALED
    return value_text(live, inside=inside)


def value_text(value: Value, *, inside: bool) -> str:
    """Return any value on one line, whole."""
    if value is UNSET or (value is None and not inside):
        return NONE
    if value is UNMANAGED:
        return "(unmanaged)"
    if isinstance(value, Masked):
        return _masked_text(value)
    if isinstance(value, Secret):
        return value.label
    if isinstance(value, str):
        return _plain_or_quoted(value, inside=inside)
    return json.dumps(_shown(value), ensure_ascii=False)


def _masked_text(value: Masked) -> str:
    if value == UNSAID:
        return NOT_TOLD
    return MASKED if value.whole else "***".join(value.visible)


def version_text(version: str) -> str:
    """Return a version as people write it: `v8`, or the beginning of a long one."""
    return f"v{version}" if version.isdigit() else clip(version, _LONGEST_VERSION)


def _shown(value: Value) -> Any:
    """Return a document with masks and secrets as text."""
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, Masked):
        return "***".join(value.visible)
    return show(None if value is UNSET or value is UNMANAGED else value)


def _plain_or_quoted(text: str, *, inside: bool) -> str:
    """Quote a text only where it could be misread: empty, edges of space, lines, or like another type."""
    misread = not text or text != text.strip() or text[0] in "\"'(" or not text.isprintable()
    if misread or (inside and _READ_AS_JSON.fullmatch(text)):
        return json.dumps(text, ensure_ascii=False)
    return text


def shorten(text: str, width: int) -> str:
    """Return a text of at most `width` columns; what is left out is counted."""
    if cell_len(text) <= width:
        return text
    note = _note(text)
    return clip(text, max(width - len(note), 4)) + note


def shorten_pair(live: str, desired: str, width: int) -> tuple[str, str]:
    """Shorten two texts so that the place where they differ can be seen."""
    if max(cell_len(live), cell_len(desired)) <= width:
        return live, desired
    same = 0
    while same < min(len(live), len(desired)) and live[same] == desired[same]:
        same += 1
    room = width - max(len(_note(live)), len(_note(desired)))
    if same < room - 1:
        return shorten(live, width), shorten(desired, width)
    start = same - min(_KEPT_BEFORE_DIFFERENCE, max(room // 2, 1))
    return _window(live, start, width), _window(desired, start, width)


def _window(text: str, start: int, width: int) -> str:
    """Return the part of a text that begins at a place, shortened, with the whole text's length."""
    part = "…" + text[start:]
    if cell_len(part) <= width:
        return part
    note = _note(text)
    return clip(part, max(width - len(note), 4)) + note


def _note(text: str) -> str:
    return f"… ({len(text):,} characters)"
