"""What comparing one field can say. Three answers, because Airflow does not give secrets back."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The answer for one field or JSON leaf."""

    SAME = "same"
    DIFFERENT = "different"
    UNVERIFIABLE = "unverifiable"
