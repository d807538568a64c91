"""What was found when an environment and the way to its instance were looked at, check by check."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Health(StrEnum):
    """How one check came out."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


class Check(Struct, frozen=True):
    """One check: what was found, and what to do about it, None when there is nothing to do.

    `name` is what programs know it by, such as `rights_variables`. Of one that is skipped `found` says why.
    """

    name: str
    health: Health
    found: str
    advice: str | None = None

    @property
    def words(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", " ")


class Checkup(Struct, frozen=True):
    """All checks of one environment. No url: none is known; no version: no Airflow answered."""

    environment: str
    checks: tuple[Check, ...]
    url: str | None = None
    airflow_version: str | None = None

    def count(self, health: Health) -> int:
        """Return how many checks came out so."""
        return sum(1 for one in self.checks if one.health is health)


def fine(name: str, found: str, advice: str | None = None) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, Health.OK, found, advice)


def warning(name: str, found: str, advice: str | None = None) -> Check:
    """Return a check that found what may be wanted so, or will be wrong one day."""
    return Check(name, Health.WARNING, found, advice)


def problem(name: str, found: str, advice: str | None = None) -> Check:
    """Return a check that found what keeps envctl from its work, or some of it."""
    return Check(name, Health.PROBLEM, found, advice)


def skipped(name: str, why: str) -> Check:
    """Return a check that could not be made."""
    return Check(name, Health.SKIPPED, why)
