"""The common shape of cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.figures import Table
    from bench.lab import Lab


@dataclass(frozen=True, slots=True)
class Case:
    """One subject to measure.

    `about` says on the page what is done and what is not. `run` gives its tables one by one, so that each
    is shown as soon as it is there.
    """

    name: str
    title: str
    about: str
    run: Callable[[Lab], Iterator[Table]]
