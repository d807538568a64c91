"""A secret that a person types, unseen, or that a program pipes in."""

from __future__ import annotations

import getpass
import sys

from envctl.errors import EncryptedFileError
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT
from envctl.spec import placeholders

LARGEST = 1024 * 1024
"""Bytes of a value."""
_LONGEST_LINE = 4095
"""Bytes of what a terminal takes as one line: it cuts off the rest without a word."""


def ask_or_read(name: str, label: str) -> Secret:
    """Return the value: asked for twice at a terminal, else all of stdin but the newline at its end.

    Raises EncryptedFileError for what can be no value.
    """
    text = _asked(name) if sys.stdin.isatty() else _read()
    if not text:
        raise _unfit("it is empty")
    if text == MASK_TEXT:
        raise _unfit("it is Airflow's mask '***'")
    if placeholders.stand_in_used(text):
        raise _unfit("it holds what Unicode says is no character")
    return Secret(text, label)


def _asked(name: str) -> str:
    try:
        text = getpass.getpass(f"value of {name} (not shown): ", sys.stderr)
        if text and getpass.getpass("once more: ", sys.stderr) != text:
            raise _unfit("it was not the same twice")
        too_long = len(text.encode()) >= _LONGEST_LINE
    except EOFError:
        raise _unfit("it is empty") from None
    except UnicodeError:
        raise _unfit("it is not UTF-8 text") from None
    if too_long:
        raise _unfit("it is too long for a line at a terminal: pipe it in, `< FILE`")
    return text


def _read() -> str:
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _unfit(f"it is larger than {LARGEST // 1024} KB")
    try:
        return data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _unfit("it is not UTF-8 text") from None


def _unfit(why: str) -> EncryptedFileError:
    return EncryptedFileError(f"no value was taken: {why}", hint="nothing was written")
