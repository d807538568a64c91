"""Which Airflows can be had, and which recipe starts them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.errors import UsageError
from envctl.sandbox.recipe2 import Airflow2
from envctl.sandbox.recipe3 import Airflow3
from envctl.sandbox.recipe3fab import Airflow3Fab

if TYPE_CHECKING:
    from envctl.sandbox.recipe import Recipe

DEFAULT_VERSION = "3.3.2"
AUTH_MANAGERS = ("simple", "fab")
_FIRST_2, _FIRST_3 = (2, 7), (3, 0)
_FORM = re.compile(r"(\d+)\.(\d+)\.\d+(?:(?:a|b|rc)\d+)?")


def recipe_for(version: str, auth_manager: str | None = None) -> Recipe:
    """Give the recipe for an Airflow version such as `3.3.2`, and for one of its auth managers.

    Without one it is what that Airflow comes with: `simple` in Airflow 3, `fab` in Airflow 2.
    Raises `UsageError` if that is no version, or one that no recipe knows. Nothing else may pass: the
    text becomes part of an installer's command line and of a folder's name.
    """
    found = _FORM.fullmatch(version)
    if found is None:
        raise UsageError(
            f"{version!r} is no Airflow version", hint=f"write it in full, such as {DEFAULT_VERSION}"
        )
    series = (int(found[1]), int(found[2]))
    if _FIRST_3 <= series < (_FIRST_3[0] + 1, 0):
        return Airflow3Fab() if _is_fab(auth_manager) else Airflow3()
    if _FIRST_2 <= series < _FIRST_3:
        if auth_manager is not None and not _is_fab(auth_manager):
            raise UsageError(f"Airflow {version} has no auth manager but fab", hint="leave it out")
        return Airflow2()
    raise UsageError(f"envctl cannot start Airflow {version}", hint="any 3.x will do, and 2.7 or later")


def _is_fab(auth_manager: str | None) -> bool:
    """Tell whether it is FAB. Raises `UsageError` for an unknown one."""
    if auth_manager not in (None, *AUTH_MANAGERS):
        raise UsageError(
            f"{auth_manager!r} is no auth manager that a sandbox can have",
            hint=f"one of {', '.join(AUTH_MANAGERS)}",
        )
    return auth_manager == "fab"
