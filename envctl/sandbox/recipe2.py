"""Airflow 2: `airflow webserver` with users in its database and basic authentication."""

from __future__ import annotations

import base64
import hashlib
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from envctl.sandbox.ports import HOST
from envctl.sandbox.recipe import Request, Site, User, common_settings

if TYPE_CHECKING:
    from pathlib import Path

_BACKENDS = "airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session"
_HASH_ROUNDS = 1000


class Airflow2:
    """The recipe for Airflow 2.7 and later."""

    auth_method = "basic"
    # sync-perm writes the roles and their rights, which the web server would otherwise do at each start.
    database_commands = (("db", "migrate"), ("sync-perm",))

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
        """Write the users into the database.

        `airflow users create` would do it too, in three seconds for each.
        """
        with closing(sqlite3.connect(database)) as connection, connection:
            for user in site.users:
                made = connection.execute(
                    "INSERT INTO ab_user (first_name, last_name, username, password, active, email)"
                    " VALUES (?, 'Sandbox', ?, ?, 1, ?)",
                    (user.name, user.name, _hashed(user.password), f"{user.name}@sandbox.invalid"),
                )
                connection.execute(
                    "INSERT INTO ab_user_role (user_id, role_id) SELECT ?, id FROM ab_role WHERE name = ?",
                    (made.lastrowid, user.role.capitalize()),
                )

    def version_request(self) -> Request:
        """Give a request that a server which is up answers with 200, to anyone."""
        return Request("/api/v1/version")

    def login_request(self, user: User) -> Request:
        """Give a request that every role may make."""
        token = base64.b64encode(f"{user.name}:{user.password}".encode()).decode("ascii")
        return Request("/api/v1/dags?limit=1", {"Authorization": f"Basic {token}"})


def _hashed(password: str) -> str:
    """Give a password in the form in which werkzeug keeps it.

    Few rounds, because with basic authentication each request pays for them and the server is thrown away.
    """
    salt = secrets.token_hex(8)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8"), salt.encode("ascii"), _HASH_ROUNDS)
    return f"pbkdf2:sha256:{_HASH_ROUNDS}${salt}${digest.hex()}"
