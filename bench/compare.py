"""Two steps of envctl inside one process, each by its own clock: reading and merging a spec, comparing it.

    compare.py TREE VARIABLES CONNECTIONS REPORT

The live objects are those of the same world, as Airflow answers them; the ledger has them all. Writes to
REPORT: seconds for reading and merging (unresolved references), seconds for comparing.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from msgspec.structs import replace

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
from envctl.spec.tree import Tree, open_tree
from envctl.stages.loading import Draft, Loaded, draft, finish, reader_for

_KIND = {kind.section: kind for kind in KINDS}


def read_spec(tree: Tree, settings: Settings) -> tuple[float, Draft]:
    """Read the environment `bench` of a tree into its merged, unresolved spec: seconds, and the spec."""
    began = time.perf_counter()
    drawn = draft(tree, reader_for(tree, KINDS, settings), "bench", settings=settings)
    seconds = time.perf_counter() - began
    if not isinstance(drawn, Draft):
        raise SystemExit(f"the spec has mistakes: {drawn[:1]}")
    return seconds, drawn


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


def compare_spec(loaded: Loaded, world: World) -> tuple[float, int]:
    """Compare a spec with live objects and ledger: seconds, and how many changes there are."""
    live, wishes = live_objects(world), Wishes(loaded.spec.scopes)
    empty = Past(Fingerprinter((), new_salt(), keyed=False))
    first = compare(loaded.kinds, loaded.desired, live, wishes, empty)
    entries = recorded(loaded.kinds, loaded.desired, live, first, {}, empty, 1)
    began = time.perf_counter()
    found = compare(loaded.kinds, loaded.desired, live, wishes, replace(empty, entries=entries))
    return time.perf_counter() - began, len(found.changes)


def main(folder: str, variables: str, connections: str, report: str) -> None:
    """Take both steps, and write down what they took."""
    tree, settings = open_tree(Path(folder)), Settings()
    read, drawn = read_spec(tree, settings)
    drawn.fetch(KINDS)
    loaded = finish(tree, drawn, KINDS, settings)
    if not isinstance(loaded, Loaded):
        raise SystemExit(f"the spec has mistakes: {loaded[:1]}")
    compared, changes = compare_spec(loaded, World(int(variables), int(connections)))
    if changes:
        raise SystemExit(f"{changes} changes, where there should be none")
    Path(report).write_text(f"{read} {compared}\n", encoding="ascii")


if __name__ == "__main__":
    spare_collections()
    main(*sys.argv[1:])
