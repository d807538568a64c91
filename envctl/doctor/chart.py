"""The checks of one environment as they are made: one that fails stops none of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from envctl.errors import EnvctlError, Forbidden
from envctl.model.checkup import Check, problem, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Found = TypeVar("_Found")

OFFLINE = ("spec", "secrets", "address")
ROUTE = ("proxy", "reach", "tls")
SERVER = ("version", "auth_manager", "clock", "login")
"""What is asked of any Airflow; what follows needs a login that it accepts."""
CONFIG = ("config", "page_limit", "secrets_backend")
STATE = ("ledger", "other_ledgers", "event_log", "lock")


def rights_name(section: str) -> str:
    """Return the name of the check whether the login has the rights to a kind."""
    return f"rights_{section}"


class Chart:
    """Collects checks, in the order in which they are made."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def add(self, check: Check) -> None:
        """Take in a check that was made."""
        self.checks.append(check)

    def make(self, name: str, check: Callable[[], Check]) -> None:
        """Make a check; what it raises is what it found."""
        found = self.known(name, check)
        if found is not None:
            self.add(found)

    def known(self, name: str, find: Callable[[], _Found]) -> _Found | None:
        """Return what others checks need too, None when it cannot be had: that is a check that failed."""
        try:
            return find()
        except EnvctlError as error:
            self.add(of_error(name, error))
        except Exception as error:  # noqa: BLE001 - whatever a server answers, the other checks are made
            self.add(problem(name, f"this check fell over ({type(error).__name__})", "please report it"))
        return None

    def skip(self, names: Iterable[str], why: str) -> None:
        """Name the checks that cannot be made, but for those that were."""
        made = {one.name for one in self.checks}
        for name in names:
            if name not in made:
                self.add(skipped(name, why))


def of_error(name: str, error: EnvctlError) -> Check:
    """Return an error as a check that found it."""
    kind = warning if isinstance(error, Forbidden) else problem
    return kind(name, error.message, error.hint)
