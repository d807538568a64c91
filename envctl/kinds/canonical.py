"""What Airflow makes of a text that may be JSON: it answers the parsed document, dumped again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.model.value import Value


_BEGINNINGS = frozenset('{["-0123456789tfnNI \t\n\r')
"""What Python's JSON may begin with: `true`, `false`, `null`, `NaN`, `Infinity` and white space included."""
MAX_NESTING = 200
"""Far above what anyone writes, and below where Airflow, or this program, runs out of stack."""


def canonical(text: str) -> Value:
    """Return a text as Airflow would answer it: an object or list parsed, everything else as text.

    Numbers, booleans and JSON strings come back in Python's spelling (`1e3` as `1000.0`), since
    the API server runs `json.dumps(redact(json.loads(value)))` on every value that parses.
    """
    if text[:1] not in _BEGINNINGS:
        return text
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(parsed, dict | list):
        return json.dumps(parsed)
    return text if _nested_deeper(parsed, MAX_NESTING) else parsed


def poison(text: str) -> str | None:
    """Say why a text would make the API server fail on every later list, or None.

    Python refuses to parse whole numbers of more than 4,300 digits with a ValueError that is no
    JSONDecodeError, and deep nesting with a RecursionError; the server catches neither, so that one
    such Variable turns `GET /variables` into a 500 for everyone.
    """
    if text[:1] not in _BEGINNINGS:
        return None
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return None
    except RecursionError:
        return "nested too deeply"
    except ValueError:
        return "a number with more than 4,300 digits"
    return f"nested deeper than {MAX_NESTING} levels" if _nested_deeper(parsed, MAX_NESTING) else None


def _nested_deeper(value: Value, levels: int) -> bool:
    """Tell whether a JSON value has more levels than that, without going down them by recursion."""
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        layer = [
            item
            for container in layer
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, dict | list)
        ]
    return bool(layer)
