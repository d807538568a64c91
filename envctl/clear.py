"""Secrets in the clear, for the person who asked to see them: `--reveal`, and the file in their editor.

All else that has to do with a secret's text sends or encrypts it, and goes through `envctl.body`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.model.secret import Secret


def in_clear(secret: Secret) -> str:
    """Return the text of a secret. For what a person reads only; a test counts the callers."""
    return str(secret.reveal())
