"""What the caller wants: the order for a sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.errors import UsageError
from envctl.sandbox.places import sandboxes_folder
from envctl.sandbox.versions import DEFAULT_VERSION, recipe_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envctl.sandbox.recipe import Recipe

ROLES = ("admin", "op", "user", "viewer")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!_-]*")
_OURS = {"AIRFLOW_HOME", "HOME", "TMPDIR"}


def _one_admin() -> dict[str, str]:
    return {"admin": "admin"}


@dataclass(frozen=True)
class SandboxSpec:
    """One sandbox to be.

    `users` maps each user's name to a role (`admin`, `op`, `user`, `viewer`); the first is the one whose
    login is shown. Whoever has no entry in `passwords` gets a random one. `environment` is set for the
    server besides envctl's own settings, and wins over them. `port` is any free one if left out. The
    sandbox's folder is made in `base`, in the cache folder if left out. `packages` are installed besides
    Airflow, each `NAME==VERSION`, such as a provider. `auth_manager` is `simple` or `fab`; left out, it is
    what that Airflow comes with.

    Raises `UsageError` if something in it cannot be.
    """

    name: str = "sandbox"
    version: str = DEFAULT_VERSION
    users: Mapping[str, str] = field(default_factory=_one_admin)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    port: int | None = None
    base: Path | None = None
    packages: tuple[str, ...] = ()
    auth_manager: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        recipe_for(self.version, self.auth_manager)
        _check_users(self.users, self.passwords)
        if self.port is not None and not 0 < self.port < 1 << 16:
            raise UsageError(f"{self.port} is no port", hint="choose one from 1024 to 65535, or none")
        for name in sorted(_OURS & self.environment.keys()):
            raise UsageError(f"{name} belongs to the sandbox itself and cannot be set")
        for package in self.packages:
            if not _PACKAGE.fullmatch(package):
                raise UsageError(f"{package!r} is no package with its version", hint="write NAME==VERSION")

    @property
    def recipe(self) -> Recipe:
        """How to set it up and start it."""
        return recipe_for(self.version, self.auth_manager)

    @property
    def all_packages(self) -> tuple[str, ...]:
        """What is installed besides Airflow: what the auth manager needs, and what was asked for."""
        return (*self.recipe.packages, *self.packages)

    @property
    def folder(self) -> Path:
        """The folder of this sandbox, there or not."""
        return (self.base or sandboxes_folder()) / self.name


def check_name(name: str) -> None:
    """Raise `UsageError` unless the text may name a sandbox: it becomes a folder's name."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a sandbox",
            hint="use letters, digits, - and _, at most 63, a letter or digit first",
        )


def _check_users(users: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Raise `UsageError` unless every user has a name that Airflow can hold, and a role that exists."""
    if not users:
        raise UsageError("a sandbox needs a user to log in as", hint='such as {"admin": "admin"}')
    for user, role in users.items():
        if not _USER.fullmatch(user):
            raise UsageError(f"{user!r} cannot name a user", hint="use letters, digits, and - _ . within")
        if role not in ROLES:
            raise UsageError(f"user {user} has the unknown role {role!r}", hint=f"one of {', '.join(ROLES)}")
    for user in sorted(passwords.keys() - users.keys()):
        raise UsageError(f"there is a password for {user}, but no such user")
