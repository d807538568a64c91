"""The REST API of Airflow 2 past envctl, under the names of `tests.server.api`."""

from __future__ import annotations

import base64
import sqlite3
import urllib.error
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from tests.server.api import IDS, Api

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.sandbox import Sandbox


class OldApi(Api):
    """One login at one Airflow 2."""

    prefix = "/api/v1"
    auth_method = "basic"
    most_slots = 2**31 - 1
    old = True

    def _log_in(self, username: str, password: str) -> str:
        return base64.b64encode(f"{username}:{password}".encode()).decode()

    @property
    def authorization(self) -> str:
        return f"Basic {self.token}"

    def call(self, method: str, path: str, body: object = None, prefix: str | None = None) -> Any:
        """Give the parsed answer; an update mask may be given as Airflow 3 takes it."""
        if isinstance(body, dict) and "pool" in body:
            body = {"name" if key == "pool" else key: value for key, value in body.items()}
        place, _, query = path.partition("?")
        mask = [text for name, text in parse_qsl(query) if name == "update_mask"]
        if mask and isinstance(body, dict):
            path = f"{place}?update_mask={','.join(mask)}"
            if "value" in mask:  # what is left out is kept, and no mask may name it
                path, body = place, {key: body[key] for key in ("key", *mask)}
        return super().call(method, path, body, prefix)

    def set_variable(self, key: str, value: str, description: str | None = None) -> None:
        said = {} if description is None else {"description": description}
        self.call("POST", "/variables", {"key": key, "value": value, **said})

    def set_connection(self, conn_id: str, **fields: Any) -> None:
        self.delete("connections", conn_id)
        self.call("POST", "/connections", {"connection_id": conn_id, **fields})

    def set_pool(self, name: str, slots: int, **fields: Any) -> None:
        body = {"name": name, "slots": slots, "include_deferred": False, **fields}
        try:
            self.call("POST", "/pools", body)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise
            self.call("PATCH", f"/pools/{quote(name, safe='')}", {"description": None, **body})

    def bulk(self, section: str, action: str, entities: list[Any]) -> None:
        """There is none: one by one."""
        for entity in entities:
            if action == "delete":
                self.delete(section, entity)
            elif action == "create":
                self.call("POST", f"/{section}", entity)
            else:
                self.call("PATCH", f"/{section}/{quote(entity[IDS[section]], safe='')}", entity)

    def __init__(self, url: str, username: str, password: str, database: Path) -> None:
        super().__init__(url, username, password)
        self._database = database

    def delete(self, section: str, *ids: str) -> None:
        for one in ids:
            if one[:1] == "/" or one in (".", "..") or "\n" in one or (section == "pools" and "/" in one):
                self._delete_row(section, one)
                continue
            try:
                self.call("DELETE", f"/{section}/{quote(one, safe='')}")
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.NOT_FOUND:
                    raise

    def _delete_row(self, section: str, one: str) -> None:
        """Delete what the API has no address for."""
        table, column = {"variables": ("variable", "key"), "pools": ("slot_pool", "pool")}[section]
        with closing(sqlite3.connect(self._database, timeout=20)) as connection, connection:
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (one,))  # noqa: S608

    def set_default_pool(self, body: dict[str, Any]) -> None:
        self.call("PATCH", "/pools/default_pool", {"name": "default_pool", **body})


def api_of(version: str, sandbox: Sandbox) -> Api:
    """Give the way into a sandbox of this version, for its first user."""
    if version.startswith("2."):
        return OldApi(sandbox.url, sandbox.username, sandbox.password, sandbox.home / "airflow.db")
    return Api(sandbox.url, sandbox.username, sandbox.password)
