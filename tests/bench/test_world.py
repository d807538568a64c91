"""The world is the same in every run, and the same in each of its forms."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from bench.world import ENTRIES_A_FILE, World, write_entities, write_imports, write_spec

if TYPE_CHECKING:
    from pathlib import Path

SMALL = World.of(40)


def spec_of(world: World, folder: Path) -> dict[str, Any]:
    write_spec(world, folder)
    merged: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        for section, entries in yaml.safe_load(file.read_bytes()).items():
            assert len(entries) <= ENTRIES_A_FILE
            merged.setdefault(section, {}).update(entries)
    return merged


def test_spec_and_bodies_say_the_same(tmp_path: Path) -> None:
    spec = spec_of(SMALL, tmp_path / "spec")
    write_entities(SMALL, tmp_path / "bodies.json")
    bodies = json.loads((tmp_path / "bodies.json").read_bytes())
    assert [item["key"] for item in bodies["variables"]] == list(spec["variables"])
    for item in bodies["variables"]:
        entry = spec["variables"][item["key"]]
        if "description" in item:
            assert entry == {"description": item["description"], "value": json.loads(item["value"])}
        else:
            assert entry == item["value"]
    for item in bodies["connections"]:
        entry = spec["connections"][item.pop("connection_id")]
        assert entry == {**item, "password": "${PG_PASSWORD}", "extra": json.loads(item["extra"])}


def test_the_files_to_import_have_every_object(tmp_path: Path) -> None:
    variables, connections = tmp_path / "v.json", tmp_path / "c.json"
    write_imports(SMALL, variables, connections)
    assert len(json.loads(variables.read_bytes())) == SMALL.variables
    assert len(json.loads(connections.read_bytes())) == SMALL.connections


def test_one_object_in_a_hundred_changes() -> None:
    before = World.of(1000)
    pairs = zip(before.items(), replace(before, changed=True).items(), strict=True)
    assert sum(one != other for one, other in pairs) == 10 + 1


def test_entries_are_counted_in_all() -> None:
    world = World.of_entries(100_000)
    assert world.variables + world.connections == 100_000


def test_a_large_section_stands_in_several_files(tmp_path: Path) -> None:
    spec = spec_of(World(ENTRIES_A_FILE + 1, 0), tmp_path)
    assert len(list(tmp_path.glob("variables-*.yaml"))) == 2
    assert len(spec["variables"]) == ENTRIES_A_FILE + 1
