"""Airflow 3: `airflow api-server` with the simple auth manager."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from envctl.sandbox.ports import HOST
from envctl.sandbox.recipe import Request, Site, User, common_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_AUTH_MANAGER = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"


class Airflow3:
    """The recipe for Airflow 3."""

    auth_method = "password"
    auth_manager = "simple"
    packages: tuple[str, ...] = ()
    database_commands: tuple[tuple[str, ...], ...] = (("db", "migrate"),)
    database_settings: Mapping[str, str] = {}

    def settings(self, site: Site) -> dict[str, str]:
        """Give the variables that configure it."""
        return api_server_settings(site) | {
            "AIRFLOW__CORE__AUTH_MANAGER": _AUTH_MANAGER,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{u.name}:{u.role}" for u in site.users),
        }

    def server_command(self, site: Site) -> tuple[str, ...]:
        """Give the command that serves the API."""
        return ("api-server", "--host", HOST, "--port", str(site.port), "--workers", "1")

    def write_users(self, site: Site, database: Path) -> None:  # noqa: ARG002 - they are not in the database
        """Write the file in which the simple auth manager would keep passwords of its own making.

        It makes up only those that are missing from it.
        """
        file = site.home / "simple_auth_manager_passwords.json.generated"
        file.touch(mode=0o600)
        file.write_text(json.dumps({user.name: user.password for user in site.users}), encoding="utf-8")

    def version_request(self) -> Request:
        """Give a request that a server which is up answers with 200, to anyone."""
        return Request("/api/v2/version")

    def login_request(self, user: User) -> Request:
        """Give a request that is answered with 201 if the login works."""
        body = json.dumps({"username": user.name, "password": user.password})
        return Request("/auth/token", {"Content-Type": "application/json"}, body.encode("utf-8"))


def api_server_settings(site: Site) -> dict[str, str]:
    """Give the variables that mean the same whatever the auth manager."""
    return common_settings(site) | {
        # Lets `airflow.sdk` (what DAG code imports) read the database itself, outside of any task.
        "_AIRFLOW_PROCESS_CONTEXT": "server",
        "AIRFLOW__API__BASE_URL": site.url,
        "AIRFLOW__API__EXPOSE_CONFIG": "True",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(site.port),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API__WORKERS": "1",
        # SHA-512 wants a key of 64 bytes; with a shorter one every request logs a warning.
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        # Airflow 3.0 leaves it out, which newer releases of the library that makes the tokens refuse.
        "AIRFLOW__API_AUTH__JWT_ISSUER": "envctl-sandbox",
    }
