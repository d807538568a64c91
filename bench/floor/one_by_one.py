"""One request per object, as a Terraform provider writes: a POST each, on connections that are kept alive.

    one_by_one.py URL USERNAME PASSWORD CONNECTIONS FILE

With one connection they go one after another.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.floor.read import Instance


def write(instance: Instance, bodies: dict[str, list[Any]]) -> None:
    """Create the objects, as many at once as there are connections."""
    requests = [(f"/api/v2/{section}", body) for section, entities in bodies.items() for body in entities]
    with ThreadPoolExecutor(instance.connections) as crew:
        for _ in crew.map(lambda one: instance.call("POST", *one), requests):
            pass


if __name__ == "__main__":
    url, username, password, connections, file = sys.argv[1:]
    there = Instance(url, username, password, int(connections))
    write(there, json.loads(Path(file).read_bytes()))
