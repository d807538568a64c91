"""Two steps of envctl inside one process, each by its own clock: reading and merging a spec, comparing it.

    compare.py TREE VARIABLES CONNECTIONS REPORT

The live objects are those of the same world, as Airflow answers them; the ledger has them all. Writes to
REPORT: seconds for reading and merging (unresolved references), seconds for comparing, changes found.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from bench.world import World
from envctl.cli.main import spare_collections
from envctl.engine.diff import compare
from envctl.engine.past import Past
from envctl.engine.record import recorded
from envctl.engine.spare import Wishes
from envctl.kinds import KINDS
from envctl.ledger.fingerprints import Fingerprinter, new_salt
from envctl.model.address import Address
from envctl.model.resource import Live
from envctl.settings import Settings
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load, reader_for

_KIND = {kind.section: kind for kind in KINDS}


def seconds_to_read(root: Path) -> float:
    """Read the environment `bench` of a tree into its merged, unresolved spec."""
    began = time.perf_counter()
    reader = reader_for(open_tree(root), KINDS, Settings())
    if reader.environment("bench") is None:
        raise SystemExit(f"the spec has mistakes: {reader.found[:1]}")
    return time.perf_counter() - began


def live_objects(world: World) -> dict[Address, Live]:
    """Give what an Airflow that holds a world answers, as envctl takes it in."""
    live: dict[Address, Live] = {}
    for section, item in world.items():
        kind = _KIND[section]
        answered = {"description": None, **item}
        if section == "connections":
            answered |= {"password": "***", "schema": None}
        address = Address(kind.name, item["key" if section == "variables" else "connection_id"])
        live[address] = Live(address, kind.read(answered))
    return live


def seconds_to_compare(root: Path, world: World) -> tuple[float, int]:
    """Compare a spec with live objects and ledger: seconds, and how many changes there are."""
    tree, settings = open_tree(root), Settings()
    loaded = load(tree, reader_for(tree, KINDS, settings), "bench", KINDS, settings=settings)
    if not isinstance(loaded, Loaded):
        raise SystemExit(f"the spec has mistakes: {loaded[:1]}")
    live, wishes = live_objects(world), Wishes(loaded.spec.scopes)
    empty = Past(Fingerprinter((), new_salt(), keyed=False))
    first = compare(loaded.kinds, loaded.desired, live, wishes, empty)
    entries = recorded(loaded.kinds, loaded.desired, live, first, {}, empty, 1)
    began = time.perf_counter()
    found = compare(loaded.kinds, loaded.desired, live, wishes, replace(empty, entries=entries))
    return time.perf_counter() - began, len(found.changes)


if __name__ == "__main__":
    spare_collections()
    folder, variables, connections, report = sys.argv[1:]
    there = Path(folder)
    read = seconds_to_read(there)
    compared, changes = seconds_to_compare(there, World(int(variables), int(connections)))
    Path(report).write_text(f"{read} {compared} {changes}\n", encoding="ascii")
