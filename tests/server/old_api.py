"""The REST API of Airflow 2 past envctl, under the names of `tests.server.api`."""

from __future__ import annotations

import base64
import urllib.error
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tests.server.api import IDS, Api


class OldApi(Api):
    """One login at one Airflow 2."""

    prefix = "/api/v1"
    auth_method = "basic"
    most_slots = 2**31 - 1

    def _log_in(self, username: str, password: str) -> str:
        return base64.b64encode(f"{username}:{password}".encode()).decode()

    @property
    def authorization(self) -> str:
        return f"Basic {self.token}"

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

    def delete(self, section: str, *ids: str) -> None:
        for one in ids:
            try:
                self.call("DELETE", f"/{section}/{quote(one, safe='')}")
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.NOT_FOUND:
                    raise

    def set_default_pool(self, body: dict[str, Any]) -> None:
        self.call("PATCH", "/pools/default_pool", {"name": "default_pool", **body})


def api_of(version: str, url: str, username: str, password: str) -> Api:
    """Give the way into an Airflow of this version."""
    return (OldApi if version.startswith("2.") else Api)(url, username, password)
