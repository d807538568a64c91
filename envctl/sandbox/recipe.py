"""What differs between major versions when an Airflow is set up and started."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class User:
    """Someone who can log in: `role` is one of `admin`, `op`, `user`, `viewer`."""

    name: str
    role: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Site:
    """What one sandbox is made of, before it runs."""

    home: Path
    port: int
    url: str
    users: tuple[User, ...]


@dataclass(frozen=True)
class Request:
    """An HTTP request that tells whether a server is up, or whether a login works."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)


class Recipe(Protocol):
    """How to set up and start one major version. Paths are relative to the server's URL."""

    @property
    def auth_method(self) -> str:
        """What envctl's `airflow.auth.method` has to be for this server."""

    @property
    def auth_manager(self) -> str:
        """What tells who may log in: `simple` or `fab`."""

    @property
    def packages(self) -> tuple[str, ...]:
        """What has to be installed besides Airflow itself."""

    @property
    def database_commands(self) -> tuple[tuple[str, ...], ...]:
        """`airflow` commands that turn no database into an empty one, in order."""

    @property
    def database_settings(self) -> Mapping[str, str]:
        """`AIRFLOW__*` variables that hold while those commands run, and win over the others."""

    def settings(self, site: Site) -> dict[str, str]:
        """Give the `AIRFLOW__*` variables; keys and secrets in it are made anew each time."""

    def server_command(self, site: Site) -> tuple[str, ...]:
        """Give the `airflow` command that serves the API."""

    def write_users(self, site: Site, database: Path) -> None:
        """Make the users known to a server that is not running yet."""

    def version_request(self) -> Request:
        """Give a request that a server which is up answers with 200, to anyone."""

    def login_request(self, user: User) -> Request:
        """Give a request that is answered with 200, 201 or 403 if the login works."""


def common_settings(site: Site) -> dict[str, str]:
    """Give the settings that mean the same in every version."""
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(site.home / "dags"),
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
    }
