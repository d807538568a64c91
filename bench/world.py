"""What the instances and spec trees of the benchmark hold: the same in every run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "a-password-of-the-benchmark"  # noqa: S105 - it is of a sandbox that does not outlive the run
ENTRIES_A_FILE = 10_000
_CHANGED_EVERY = 100
_JSON_EVERY = 4


@dataclass(frozen=True, slots=True)
class World:
    """So many variables, every fourth a JSON document with a description, and connections with one secret.

    With `changed` every hundredth object has another value or host.
    """

    variables: int
    connections: int
    changed: bool = False

    @classmethod
    def of(cls, variables: int, *, changed: bool = False) -> World:
        """Give the world of so many variables and a tenth as many connections."""
        return cls(variables, variables // 10, changed=changed)

    @classmethod
    def of_entries(cls, entries: int) -> World:
        """Give the world that has so many entries in all."""
        connections = entries // 11
        return cls(entries - connections, connections)

    @property
    def name(self) -> str:
        """Tell it from others, in file names."""
        return f"{self.variables}-{self.connections}{'-changed' if self.changed else ''}"

    @property
    def words(self) -> str:
        """Say how large it is."""
        variables = f"{self.variables:,} variables"
        return f"{variables} and {self.connections:,} connections" if self.connections else variables

    def variable(self, number: int) -> dict[str, Any]:
        """Give a variable as Airflow's API takes it."""
        key = f"pipeline_{number % 40:02}.setting_{number:06}"
        moved = self.changed and number % _CHANGED_EVERY == 0
        if number % _JSON_EVERY:
            return {"key": key, "value": f"{'other' if moved else 'batch'}-{number * 7919 % 100_003}"}
        document = {
            "enabled": bool(number % 8) is not moved,
            "thresholds": {"low": number % 10 / 10, "high": 0.9},
            "recipients": [f"team-{number % 17}@example.com", "operations@example.com"],
        }
        description = f"Switches of pipeline {number % 40}, step {number}"
        return {"key": key, "value": json.dumps(document), "description": description}

    def connection(self, number: int) -> dict[str, Any]:
        """Give a connection as Airflow's API takes it."""
        moved = self.changed and number % _CHANGED_EVERY == 0
        return {
            "connection_id": f"warehouse_{number:06}",
            "conn_type": "postgres",
            "host": f"{'new' if moved else 'db'}-{number % 50}.internal",
            "port": 5432 + number % 3,
            "login": f"reader_{number % 20}",
            "password": PASSWORD,
            "extra": json.dumps({"sslmode": "require", "connect_timeout": 10}),
        }

    def items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every object with its section."""
        for number in range(self.variables):
            yield "variables", self.variable(number)
        for number in range(self.connections):
            yield "connections", self.connection(number)


def write_spec(world: World, folder: Path) -> None:
    """Write a world as spec files, as a person would, of at most 10,000 entries each."""
    folder.mkdir(parents=True, exist_ok=True)
    for section, total in (("variables", world.variables), ("connections", world.connections)):
        of = world.variable if section == "variables" else world.connection
        entry = _variable_yaml if section == "variables" else _connection_yaml
        for first in range(0, total, ENTRIES_A_FILE):
            numbers = range(first, min(total, first + ENTRIES_A_FILE))
            text = "".join([f"{section}:\n", *(entry(of(number)) for number in numbers)])
            (folder / f"{section}-{first // ENTRIES_A_FILE:02}.yaml").write_text(text, encoding="utf-8")


def _variable_yaml(item: dict[str, Any]) -> str:
    if "description" not in item:
        return f"  {item['key']}: {item['value']}\n"
    value = json.loads(item["value"])
    low, high = value["thresholds"]["low"], value["thresholds"]["high"]
    return (
        f"  {item['key']}:\n"
        f"    description: {item['description']}\n"
        "    value:\n"
        f"      enabled: {json.dumps(value['enabled'])}\n"
        f"      thresholds: {{low: {low}, high: {high}}}\n"
        f"      recipients: [{', '.join(value['recipients'])}]\n"
    )


def _connection_yaml(item: dict[str, Any]) -> str:
    return (
        f"  {item['connection_id']}:\n"
        f"    conn_type: {item['conn_type']}\n"
        f"    host: {item['host']}\n"
        f"    port: {item['port']}\n"
        f"    login: {item['login']}\n"
        "    password: ${PG_PASSWORD}\n"
        "    extra: {sslmode: require, connect_timeout: 10}\n"
    )


def write_entities(world: World, file: Path) -> None:
    """Write a world as bodies of Airflow's API, for the bare scripts."""
    bodies: dict[str, list[dict[str, Any]]] = {"variables": [], "connections": []}
    for section, item in world.items():
        bodies[section].append(item)
    file.write_text(json.dumps(bodies), encoding="utf-8")


def write_imports(world: World, variables: Path, connections: Path) -> None:
    """Write a world as the two files that `airflow` and `airflowctl` import."""
    plain: dict[str, Any] = {}
    for number in range(world.variables):
        item = world.variable(number)
        value, description = item["value"], item.get("description")
        plain[item["key"]] = (
            {"value": json.loads(value), "description": description} if description else value
        )
    variables.write_text(json.dumps(plain), encoding="utf-8")
    items = (world.connection(number) for number in range(world.connections))
    named = {item.pop("connection_id"): item for item in items}
    connections.write_text(json.dumps(named), encoding="utf-8")
