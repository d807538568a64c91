"""What Airflow makes of a text that may be JSON: it answers the parsed document, dumped again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.model.value import Value


def canonical(text: str) -> Value:
    """Return a text as Airflow would answer it: an object or list parsed, everything else as text.

    Numbers, booleans and JSON strings come back in Python's spelling (`1e3` as `1000.0`), since
    the API server runs `json.dumps(redact(json.loads(value)))` on every value that parses.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return parsed if isinstance(parsed, dict | list) else json.dumps(parsed)


def poison(text: str) -> str | None:
    """Say why a text would make the API server fail on every later list, or None.

    Python refuses to parse whole numbers of more than 4,300 digits with a ValueError that is no
    JSONDecodeError, and deep nesting with a RecursionError; the server catches neither, so that one
    such Variable turns `GET /variables` into a 500 for everyone.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        return (
            "nested too deeply"
            if isinstance(error, RecursionError)
            else "a number with more than 4,300 digits"
        )
    return None
