"""The floor of a first apply: log in, write everything in bulk, read everything once. Nothing is compared.

    write.py URL USERNAME PASSWORD CONNECTIONS FILE CHUNK

FILE has the bodies, ready made; each bulk request creates CHUNK of them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.floor.read import Instance


def write(instance: Instance, bodies: dict[str, list[object]], chunk: int) -> None:
    """Create all objects, one bulk request after another: the database has one writer at a time anyway."""
    for section, entities in bodies.items():
        for first in range(0, len(entities), chunk):
            some = entities[first : first + chunk]
            action = {"action": "create", "entities": some, "action_on_existence": "fail"}
            answer = instance.call("PATCH", f"/api/v2/{section}", {"actions": [action]})
            if answer["create"]["errors"] or len(answer["create"]["success"]) != len(some):
                raise SystemExit(f"not all {section} were written: {answer['create']['errors'][:1]}")


if __name__ == "__main__":
    url, username, password, connections, file, size = sys.argv[1:]
    there = Instance(url, username, password, int(connections))
    write(there, json.loads(Path(file).read_bytes()), int(size))
    there.read()
