"""Specs of 100, 10,000 and 100,000 entries, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.case import Case
from bench.figures import Row, Sample, Table
from bench.process import measure
from bench.trees import spec_files
from bench.turns import Contender
from bench.who import FLOOR
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.lab import Lab

SIZES = {100: 3, 10_000: 3, 100_000: 3}
LARGEST = max(SIZES)
_STEP_RUNS = 2
READING, COMPARING = "reading and merging", "comparing"


def _run(lab: Lab) -> Iterator[Table]:
    sizes = {size: 1 for size in SIZES if size < LARGEST} if lab.quick else SIZES
    for size, runs in sizes.items():
        folder = lab.offline_tree(World.of_entries(size))
        yield lab.measure(
            f"spec-{size}",
            f"validate, {size:,} entries",
            (
                lab.ours(lab.envctl(folder, "validate"), runs=runs),
                Contender(FLOOR, (lab.script("floor/parse.py", *spec_files(folder)),), runs),
            ),
        )
    yield from _steps(lab, max(sizes), 1 if lab.quick else _STEP_RUNS)


def _steps(lab: Lab, size: int, runs: int) -> Iterator[Table]:
    """Measure the two steps inside one process, and the C loader beside the first."""
    world = World.of_entries(size)
    folder, report = lab.offline_tree(world), lab.folder / "steps"
    words = (str(folder / "environments"), str(world.variables), str(world.connections), str(report))
    steps: dict[str, list[Sample]] = {READING: [], FLOOR: [], COMPARING: []}
    for _ in range(runs):
        whole = measure(lab.module("bench.compare", *words))
        read, compared = report.read_text(encoding="ascii").split()
        lab.say(f"steps: read in {read} s, compared in {compared} s")
        steps[READING].append(Sample(float(read), float(read), whole.peak_mb))
        steps[COMPARING].append(Sample(float(compared), float(compared), whole.peak_mb))
        steps[FLOOR].append(measure(lab.script("floor/parse.py", *spec_files(folder))))
    reading = (Row(READING, tuple(steps[READING])), Row(FLOOR, tuple(steps[FLOOR]), "whole process"))
    comparing = Row(COMPARING, tuple(steps[COMPARING]), "with as many live objects, and a ledger of them")
    yield Table(f"reading-{size}", f"reading and merging by itself, {size:,} entries", reading, _STEPS_NOTE)
    yield Table(f"comparing-{size}", f"comparing by itself, {size:,} entries", (comparing,), _STEPS_NOTE)


_STEPS_NOTE = (
    "Measured inside one process, by its own clock; CPU is taken to be the same, and the peak is that of the"
    " whole process, which holds spec, live objects and ledger."
)

CASE = Case(
    "spec",
    "`validate` of 100, 10,000 and 100,000 entries, and its steps",
    "Offline. Ten entries in eleven are variables, every fourth of them a JSON document with a"
    " description; the others are connections with a password that is a reference; at most 10,000 entries"
    " stand in a file. The floor is PyYAML's C loader over the same files, and nothing done with what it"
    " gives.",
    _run,
)
