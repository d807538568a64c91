"""What one document can fail with, while others may well be written."""

from __future__ import annotations


class NotWritten(Exception):
    """One document could not be written; the text says why, without anything of its content."""
