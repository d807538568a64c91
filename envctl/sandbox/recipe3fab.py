"""Airflow 3 with the FAB auth manager: roles and users in its database, as Airflow 2 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.sandbox.constraints import FAB_PROVIDER
from envctl.sandbox.fab_users import write_fab_users
from envctl.sandbox.recipe3 import Airflow3, api_server_settings

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.sandbox.recipe import Site

_AUTH_MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


class Airflow3Fab(Airflow3):
    """The recipe for Airflow 3 whose logins are FAB's."""

    auth_manager = "fab"
    packages = (FAB_PROVIDER,)
    database_commands = (("db", "migrate"), ("sync-perm",))
    # Without it sync-perm leaves out the rights to users and roles, even of an Admin.
    database_settings = {"AIRFLOW__FAB__UPDATE_FAB_PERMS": "True"}  # noqa: RUF012 - read only

    def settings(self, site: Site) -> dict[str, str]:
        """Give the variables that configure it."""
        return api_server_settings(site) | {
            "AIRFLOW__CORE__AUTH_MANAGER": _AUTH_MANAGER,
            # They stand in the database already, and to write them anew takes each start seconds.
            "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",
        }

    def write_users(self, site: Site, database: Path) -> None:
        """Write the users into the database."""
        write_fab_users(site.users, database)
