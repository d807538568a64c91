"""Airflow's REST API past envctl: to edit behind its back, and to see what is there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from envctl.ledger.codec import decode
from envctl.model.reserved import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.model.ledger import Ledger

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
IDS = {"variables": "key", "connections": "connection_id", "pools": "name"}


class Api:
    """One login at one Airflow 3."""

    prefix = "/api/v2"
    auth_method = "password"
    """How envctl logs in with the same."""
    most_slots = -1
    """The largest number of slots that a pool can be given: no limit."""
    old = False
    """Whether it is that of Airflow 2; docs/reference/airflow-versions.md has what is otherwise there."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        self.token = ""
        self.token = self._log_in(username, password)

    def _log_in(self, username: str, password: str) -> str:
        body = {"username": username, "password": password}
        return str(self.call("POST", "/auth/token", body, prefix="")["access_token"])

    @property
    def authorization(self) -> str:
        """The header that shows the login."""
        return f"Bearer {self.token}"

    def call(self, method: str, path: str, body: object = None, prefix: str | None = None) -> Any:
        """Give the parsed answer; raises HTTPError for anything but a success."""
        content = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self._url}{self.prefix if prefix is None else prefix}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self.authorization, **content},
        )
        try:
            with _opener.open(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            with error:
                error.add_note(error.read().decode(errors="replace")[:500])
            raise

    def all(self, section: str) -> dict[str, dict[str, Any]]:
        """Give every object of a section (`variables`, `connections`, `pools`) by its id, but no ledger."""
        return {name: item for name, item in self.everything(section).items() if not name.startswith(LEDGER)}

    def ledger(self, owner: str = "default") -> Ledger:
        """Give an owner's ledger, read."""
        return decode(json.loads(self.value(f"{LEDGER}.{owner}")), owner)

    def everything(self, section: str) -> dict[str, dict[str, Any]]:
        """Give every object of a section by its id, the ledgers among the Variables too."""
        found: dict[str, dict[str, Any]] = {}
        while True:
            page = self.call("GET", f"/{section}?limit=100&offset={len(found)}&order_by=id")
            found |= {item[IDS[section]]: item for item in page[section]}
            if len(found) >= page["total_entries"] or not page[section]:
                return found

    def variable(self, key: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/variables/{quote(key, safe='')}"))

    def value(self, key: str) -> str:
        return str(self.variable(key)["value"])

    def connection(self, conn_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/connections/{conn_id}"))

    def pool(self, name: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/pools/{quote(name, safe='')}"))

    def set_variable(self, key: str, value: str, description: str | None = None) -> None:
        """Create or overwrite a Variable."""
        self.bulk("variables", "create", [{"key": key, "value": value, "description": description}])

    def set_connection(self, conn_id: str, **fields: Any) -> None:
        """Create or overwrite a Connection."""
        self.bulk("connections", "create", [{"connection_id": conn_id, **fields}])

    def set_pool(self, name: str, slots: int, **fields: Any) -> None:
        """Create or overwrite a pool."""
        self.bulk("pools", "create", [{"name": name, "slots": slots, **fields}])

    def bulk(self, section: str, action: str, entities: list[Any]) -> None:
        policy = {
            "create": {"action_on_existence": "overwrite"},
            "delete": {"action_on_non_existence": "skip"},
        }
        body = {"actions": [{"action": action, "entities": entities, **policy.get(action, {})}]}
        errors = self.call("PATCH", f"/{section}", body)[action]["errors"]
        assert not errors, errors

    def delete(self, section: str, *ids: str) -> None:
        self.bulk(section, "delete", list(ids))

    def clean(self, keep: Iterable[str]) -> None:
        """Take away everything but the objects with these ids, and set the default pool back."""
        kept = {*keep, "default_pool"}
        for section in IDS:
            spare = [one for one in self.everything(section) if one not in kept]
            if spare:
                self.delete(section, *spare)
        self.set_default_pool({"slots": 128, "include_deferred": False})

    def set_default_pool(self, body: dict[str, Any]) -> None:
        self.call("PATCH", "/pools/default_pool?update_mask=slots&update_mask=include_deferred", body)
