"""Results as a page of Markdown, and as lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.case import Case
    from bench.figures import Results, Row, Table

HEADER = ("who", "runs", "median s", "min - max s", "CPU s", "peak MB", "ratio")
TARGET_HEADER = ("target", "at most", "measured", "verdict")
_LEFT = 1
"""How many columns stand at the left; the others are figures."""
_HOW = """\
# Performance
Made by `make bench`; what is written here by hand is lost. `python -m bench --list` shows the cases,
`python -m bench --only CASE` measures some of them.

Whole processes are measured, from start to end, in turn: first one run of each, then the next of each, so
that a slow minute of the machine hits them all. Every ratio is one of medians of the same run: that of the
first row, divided by that of the row in which it stands; below 1 the first row is quicker. The *floor* is a
bare script on urllib3 that makes only the unavoidable requests, with as many connections as envctl opens
({connections}), and compares nothing. CPU is user and system time, peak the largest resident size. envctl
logs in with user name and password each time; its spec trees are git repositories; nothing is set but the
login and the one password in the spec. Seconds on another machine will be others; ratios much less so."""


def page(results: Results, cases: Sequence[Case], facts: Iterable[str], connections: int) -> str:
    """Give the whole page."""
    parts = [_HOW.format(connections=connections), "\n".join(f"* {fact}" for fact in facts)]
    parts += ["## Targets", _markdown(TARGET_HEADER, target_rows(results))]
    for case in cases:
        tables = [table for name, table in results.tables.items() if results.case_of[name] == case.name]
        if not tables:
            continue
        parts += [f"## {case.title}", case.about]
        for table in tables:
            parts += [f"### {table.title}", _markdown(HEADER, cells(table))]
            parts += [table.note] if table.note else []
    return "\n\n".join(parts) + "\n"


def target_rows(results: Results) -> list[tuple[str, ...]]:
    """Give a row of text for each target."""
    return [
        (one.text, f"{one.limit:g} {one.unit}".rstrip(), one.shown(results), one.verdict(results))
        for one in TARGETS
    ]


def cells(table: Table) -> list[tuple[str, ...]]:
    """Give the rows of a table as texts."""
    return [_cells(table, row) for row in table.rows]


def _cells(table: Table, row: Row) -> tuple[str, ...]:
    ratio = table.ratio(row.who)
    return (
        f"{row.who} ({row.note})" if row.note else row.who,
        str(len(row.samples)),
        _seconds(row.seconds),
        f"{_seconds(row.fastest)} - {_seconds(row.slowest)}",
        _seconds(row.cpu),
        f"{row.peak_mb:.0f}",
        "-" if ratio is None else f"{ratio:.2f}",
    )


def _seconds(figure: float) -> str:
    """Give seconds with as many digits as mean something."""
    for least, digits in ((100, 0), (10, 1), (0.1, 2)):
        if figure >= least:
            return f"{figure:.{digits}f}"
    return f"{figure:.3f}"


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    marks = ["---" if column < _LEFT else "---:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))


def terminal(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give a table as aligned lines."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    yield f"\n{title}"
    for row in (header, *rows):
        parts = [
            text.ljust(width) if column < _LEFT else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "   ".join(parts).rstrip()
