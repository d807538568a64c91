"""All cases, in the order in which they are measured and stand on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cases import changed, far, first_apply, fleet, memory, noop, noop_apply, spec, start

if TYPE_CHECKING:
    from bench.case import Case

CASES: tuple[Case, ...] = (
    start.CASE,
    spec.CASE,
    noop.CASE,
    changed.CASE,
    first_apply.CASE,
    noop_apply.CASE,
    far.CASE,
    fleet.CASE,
    memory.CASE,
)
