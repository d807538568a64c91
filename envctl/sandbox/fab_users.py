"""Users of the FAB auth manager, written straight into its tables."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from envctl.sandbox.recipe import User

_HASH_ROUNDS = 1000


def write_fab_users(users: Iterable[User], database: Path) -> None:
    """Write users with their roles into a database of which no server runs yet.

    `airflow users create` would do it too, in three seconds for each.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        for user in users:
            made = connection.execute(
                "INSERT INTO ab_user (first_name, last_name, username, password, active, email)"
                " VALUES (?, 'Sandbox', ?, ?, 1, ?)",
                (user.name, user.name, hashed(user.password), f"{user.name}@sandbox.invalid"),
            )
            connection.execute(
                "INSERT INTO ab_user_role (user_id, role_id) SELECT ?, id FROM ab_role WHERE name = ?",
                (made.lastrowid, user.role.capitalize()),
            )


def hashed(password: str) -> str:
    """Give a password in the form in which werkzeug keeps it.

    Few rounds, because with basic authentication each request pays for them and the server is thrown away.
    """
    salt = secrets.token_hex(8)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8"), salt.encode("ascii"), _HASH_ROUNDS)
    return f"pbkdf2:sha256:{_HASH_ROUNDS}${salt}${digest.hex()}"
