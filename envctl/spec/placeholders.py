"""`${NAME}` without quotes in a YAML list or mapping in one line, where `{` and `}` mean something else.

Before a text is parsed, such characters of each placeholder are replaced by others that stand for them,
one for one, so that places stay right; afterwards they are put back. Nothing is resolved here.
"""

from __future__ import annotations

import re

# Unicode sets these aside for a program's own use: they are no characters, and stand in no text.
_OPEN, _CLOSE, _COLON = _STAND_INS = "\ufdd0", "\ufdd1", "\ufdd2"
# Without quotes in it: one that ends behind a quoted text is none.
_PLACEHOLDER = re.compile(r"\$\{([^{}'\"\n]*)\}")
_BACK = str.maketrans({_OPEN: "{", _CLOSE: "}", _COLON: ":"})
_CUT = re.compile(rf"(?<!\$)\${_OPEN}[^{_CLOSE}]*\Z")


def stand_in_used(text: str) -> str | None:
    """Return a character of the text that is one of the stand-ins, None when there is none."""
    return next((one for one in _STAND_INS if one in text), None)


def guarded(text: str) -> str:
    """Return a text whose placeholders no YAML parser takes for mappings."""
    return _PLACEHOLDER.sub(_guarded, text) if "${" in text else text


def _guarded(placeholder: re.Match[str]) -> str:
    # `:?` is the one form whose colon YAML refuses inside of a list or mapping in one line.
    return f"${_OPEN}{placeholder.group(1).replace(':?', f'{_COLON}?')}{_CLOSE}"


def unguarded(text: str) -> str:
    """Return a guarded text, or a part of one, as it was."""
    return text if text.isascii() else text.translate(_BACK)


def is_cut(text: str) -> bool:
    """Tell whether a part of a guarded text ends within a placeholder."""
    return _OPEN in text and _CUT.search(text) is not None
