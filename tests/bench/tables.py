"""Tables made from a few seconds."""

from __future__ import annotations

from bench.figures import Results, Row, Sample, Table


def row(who: str, *seconds: float, peak_mb: float = 50, note: str = "") -> Row:
    return Row(who, tuple(Sample(one, one / 2, peak_mb) for one in seconds), note)


def results(**tables: tuple[Row, ...]) -> Results:
    """Give results whose tables are named `noop_5000` for `noop-5000`, each of a case `case`."""
    found = Results()
    for name, rows in tables.items():
        found.add("case", Table(name.replace("_", "-"), f"title of {name}", rows))
    return found
