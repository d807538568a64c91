"""Objects that no spec of these tests has, and a look at them where nothing can be masked or rewritten."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.api import Api

PREFIX = "unmanaged"
SECRETS = ("unmanaged-password-%2F@:'\"☃", "unmanaged-extra-7c1e", "unmanaged-token-text-55f0")
OTHERS = {"include": ["*"], "exclude": [f"{PREFIX}*"]}
MANAGE = {"variables": OTHERS, "connections": OTHERS, "pools": OTHERS}
"""What an environment that prunes has under `manage`, so that these objects stay out of it."""
_TABLES = {"variable": "key", "connection": "conn_id", "slot_pool": "pool"}
_POOL = "unmanaged pool/ü"
_NASTY = "  Ünmanaged\r\n\ttext 'with' \"quotes\" \\ ☃ 😀 {{ jinja }} ${NOT_A_REFERENCE} *** \u2028 end  "

Rows = dict[str, list[tuple[Any, ...]]]


def plant(api: Api) -> None:
    """Make the objects."""
    password, extra, token = SECRETS
    api.set_variable("unmanaged/nasty text", _NASTY, description=_NASTY)
    api.set_variable("unmanaged_json", '{"b" : 1,  "a":[1.10, 1e3, null, "***"], "a ": "\\u2603", "A": {}}')
    api.set_variable("unmanaged_number", "007")
    api.set_variable("unmanaged_empty", "")
    api.set_variable("unmanaged_api_token", token)
    nested = '{"password": "' + extra + '", "plain":  "x", "deep": {"token": ["' + extra + '"]}}'
    api.set_connection(
        "unmanaged_db", conn_type="postgres", host="h", login="", port=0, password=password, extra=nested
    )
    api.set_connection("unmanaged.bare", conn_type="http")
    api.set_pool(_POOL, api.most_slots, description=_NASTY, include_deferred=True)


def ids() -> list[str]:
    """Give the ids of the planted objects."""
    return [
        "unmanaged/nasty text",
        "unmanaged_json",
        "unmanaged_number",
        "unmanaged_empty",
        "unmanaged_api_token",
        "unmanaged_db",
        "unmanaged.bare",
        _POOL,
    ]


def rows(database: Path) -> Rows:
    """Give the planted objects as the database has them: every column, encrypted ones too."""
    found: Rows = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        connection.text_factory = bytes
        for table, column in _TABLES.items():
            query = f"SELECT * FROM {table} WHERE {column} LIKE ? ORDER BY id"  # noqa: S608 - names from above
            found[table] = connection.execute(query, (f"{PREFIX}%",)).fetchall()
    return found
