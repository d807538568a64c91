"""Airflow 2: `airflow webserver` with users in its database and basic authentication."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from envctl.sandbox.fab_users import write_fab_users
from envctl.sandbox.ports import HOST
from envctl.sandbox.recipe import Request, Site, User, common_settings

if TYPE_CHECKING:
    from pathlib import Path

_BACKENDS = "airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session"


class Airflow2:
    """The recipe for Airflow 2.7 and later."""

    auth_method = "basic"
    auth_manager = "fab"
    packages = ()
    # sync-perm writes the roles and their rights, which the web server would otherwise do at each start.
    database_commands = (("db", "migrate"), ("sync-perm",))
    # Without it sync-perm leaves out the rights to users and roles, even of an Admin.
    database_settings = {"AIRFLOW__FAB__UPDATE_FAB_PERMS": "True"}  # noqa: RUF012 - read only

    def settings(self, site: Site) -> dict[str, str]:
        """Give the `AIRFLOW__*` variables."""
        return common_settings(site) | {
            "AIRFLOW__API__AUTH_BACKENDS": _BACKENDS,
            "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",
            "AIRFLOW__WEBSERVER__BASE_URL": site.url,
            "AIRFLOW__WEBSERVER__EXPOSE_CONFIG": "True",
            "AIRFLOW__WEBSERVER__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": HOST,
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(site.port),
            "AIRFLOW__WEBSERVER__WORKERS": "1",
        }

    def server_command(self, site: Site) -> tuple[str, ...]:
        """Give the command that serves the API."""
        return ("webserver", "--hostname", HOST, "--port", str(site.port), "--workers", "1")

    def write_users(self, site: Site, database: Path) -> None:
        """Write the users into the database."""
        write_fab_users(site.users, database)

    def version_request(self) -> Request:
        """Give a request that a server which is up answers with 200, to anyone."""
        return Request("/api/v1/version")

    def login_request(self, user: User) -> Request:
        """Give a request that every role may make."""
        token = base64.b64encode(f"{user.name}:{user.password}".encode()).decode("ascii")
        return Request("/api/v1/dags?limit=1", {"Authorization": f"Basic {token}"})
