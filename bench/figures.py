"""What was measured: samples, their medians, and the tables that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall clock, processor time of user and system, and the largest resident size."""

    seconds: float
    cpu: float
    peak_mb: float

    def __add__(self, other: Sample) -> Sample:
        """Two programs one after another are one piece of work; the larger of them needs the memory."""
        return Sample(self.seconds + other.seconds, self.cpu + other.cpu, max(self.peak_mb, other.peak_mb))

    def scaled(self, factor: float) -> Sample:
        """Give the sample that a piece of work so many times as large is reckoned to have."""
        return Sample(self.seconds * factor, self.cpu * factor, self.peak_mb)


@dataclass(frozen=True, slots=True)
class Row:
    """All runs of one contender. `note` says what its name does not, such as that figures are scaled."""

    who: str
    samples: tuple[Sample, ...]
    note: str = ""

    @property
    def seconds(self) -> float:
        """The median of the wall clock."""
        return median(one.seconds for one in self.samples)

    @property
    def fastest(self) -> float:
        """The shortest run."""
        return min(one.seconds for one in self.samples)

    @property
    def slowest(self) -> float:
        """The longest run."""
        return max(one.seconds for one in self.samples)

    @property
    def cpu(self) -> float:
        """The median of the processor time."""
        return median(one.cpu for one in self.samples)

    @property
    def peak_mb(self) -> float:
        """The largest resident size of any run: memory has to suffice for the worst."""
        return max(one.peak_mb for one in self.samples)


@dataclass(frozen=True, slots=True)
class Table:
    """Contenders measured in turn at the same work. The first row is what the others are compared with."""

    name: str
    title: str
    rows: tuple[Row, ...]
    note: str = ""

    def row(self, who: str) -> Row | None:
        """Give a contender's row; None if it was not measured."""
        return next((row for row in self.rows if row.who == who), None)

    def ratio(self, who: str) -> float | None:
        """Give the first row's median as a share of a contender's; None if that was not measured."""
        row = self.row(who)
        if row is None or not row.seconds:
            return None
        return self.rows[0].seconds / row.seconds


@dataclass(slots=True)
class Results:
    """All tables of a run by their names, in the order of measuring, and the case that each is of."""

    tables: dict[str, Table] = field(default_factory=dict)
    case_of: dict[str, str] = field(default_factory=dict)

    def add(self, case: str, table: Table) -> None:
        """Take in a table of a case."""
        self.tables[table.name] = table
        self.case_of[table.name] = case

    def ratio(self, name: str, who: str) -> float | None:
        """Give a ratio of medians of the same table; None if either side was not measured."""
        table = self.tables.get(name)
        return table.ratio(who) if table else None

    def row(self, name: str, who: str) -> Row | None:
        """Give a row; None if it was not measured."""
        table = self.tables.get(name)
        return table.row(who) if table else None
