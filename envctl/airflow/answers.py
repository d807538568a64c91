"""What the server says when it refuses: its place and message, never the input that it echoes.

FastAPI's 422 repeats under `input` what was sent, passwords included, and so do the error texts
inside a bulk answer, and the 400 of Airflow 2; so nothing is ever passed on whole.
"""

from __future__ import annotations

import ast
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Collection

_LONGEST = 300
_ECHO = re.compile(
    r".*\s(?P<rule>(?:is|does|has|should|was)\s[^-]*) - '(?P<place>[\w.]+)'",
    re.DOTALL,
)
"""What the validator of Airflow 2 says: a value, what it should be, and where it stands."""


def refusal(status: int, body: bytes, secrets: Collection[str]) -> str:
    """Return the server's reason for an answer that is no success, fit to be shown to anyone."""
    try:
        content = json.loads(body)
        detail, title = content.get("detail"), content.get("title")
    except (ValueError, AttributeError):
        detail = title = None
    if isinstance(title, str):  # Airflow 2; it may leave either of the two empty
        detail = _without_echo(detail) if isinstance(detail, str) else title
    return _clean(_of_detail(detail) or _phrase(status), status, secrets)


def bulk_refusal(error: Any, secrets: Collection[str]) -> str:
    """Return the reason in one entry of a bulk answer's `errors`."""
    text = error.get("error") if isinstance(error, dict) else None
    code = bulk_status(error)
    if not isinstance(text, str):
        return _phrase(code)
    if "input" in text:
        # The repr of pydantic's errors: a list of dicts that hold what was sent.
        text = _of_detail(_parsed(text)) or _phrase(code)
    return _clean(text, code, secrets)


def bulk_status(error: Any) -> int:
    """Return the status in one entry of a bulk answer's `errors`; objects that do not validate have none."""
    status = error.get("status_code") if isinstance(error, dict) else None
    return status if isinstance(status, int) else HTTPStatus.UNPROCESSABLE_ENTITY.value


def _without_echo(detail: str) -> str:
    """Return the words of Airflow 2 without what was sent: `'x' is not of type 'integer' - 'slots'`."""
    found = _ECHO.fullmatch(detail)
    return f"{found['place']}: {found['rule']}" if found else detail


def _parsed(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _of_detail(detail: Any) -> str:
    if isinstance(detail, str):
        return detail
    if isinstance(detail, list):
        return "; ".join(text for text in map(_of_error, detail) if text)
    if isinstance(detail, dict) and isinstance(detail.get("reason"), str):
        return str(detail["reason"])
    return ""


def _of_error(error: Any) -> str:
    if not isinstance(error, dict) or not isinstance(error.get("msg"), str):
        return ""
    place = ".".join(str(step) for step in error.get("loc", ()) if not isinstance(step, int))
    return f"{place}: {error['msg']}" if place else str(error["msg"])


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _clean(text: str, status: int, secrets: Collection[str]) -> str:
    """Return the text on one line, shortened; replaced whole where it repeats a secret, however spelled."""
    if any(form in text for secret in secrets for form in _spellings(secret)):
        return f"{_phrase(status)} (the server's words are not shown: they repeat a secret)"
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _spellings(secret: str) -> set[str]:
    """Return the forms in which a server may repeat a text: as it is, and inside JSON, Python or a URL."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe="", errors="surrogatepass"),
    }
