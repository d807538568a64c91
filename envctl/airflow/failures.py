"""Answers that are no success, as errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.patience import PASSING, TOO_MANY_REQUESTS
from envctl.errors import RequestFailed

if TYPE_CHECKING:
    from envctl.airflow.transport import Answer


def request_failed(place: str, answer: Answer, reason: str) -> RequestFailed:
    """Return the error for an answer that is no success, and of which nothing better is known."""
    hint = None
    if answer.status == TOO_MANY_REQUESTS:
        hint = "it asks to be left alone for a while: try again later"
    elif answer.status in PASSING:
        hint = "the log of Airflow's API server says why, or that of the proxy before it; then try again"
    return RequestFailed(f"{place} answers {answer.status}: {reason}", status=answer.status, hint=hint)


def kind_of(answer: Answer) -> str:
    """Say what came where data should be."""
    return "a web page" if answer.is_page else "something else"
