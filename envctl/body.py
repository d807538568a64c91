"""Request bodies: the one place where secrets are revealed, a moment before they are sent."""

from __future__ import annotations

import json
from typing import Any

from envctl.model.request import JsonText
from envctl.model.secret import Secret
from envctl.model.value import UNMANAGED, UNSET, Masked, Value


def reveal(value: Value) -> Any:
    """Return a body as JSON can carry it, secrets revealed and JSON texts dumped.

    Raises AssertionError when a mask or a mark would be sent: those come from a live read or from a
    spec and must never get here.
    """
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, JsonText):
        inner = reveal(value.value)
        return inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [reveal(item) for item in value]
    if isinstance(value, Masked) or value is UNSET or value is UNMANAGED:
        raise AssertionError("a mark that is no value was about to be sent")
    return value


def secret_texts(value: Value) -> set[str]:
    """Return the texts of all secrets in a body, to make sure that no error message repeats one."""
    if isinstance(value, Secret):
        return {str(value.reveal())} - {""}
    if isinstance(value, JsonText):
        return secret_texts(value.value)
    if isinstance(value, dict):
        return {text for item in value.values() for text in secret_texts(item)}
    if isinstance(value, list | tuple):
        return {text for item in value for text in secret_texts(item)}
    return set()
