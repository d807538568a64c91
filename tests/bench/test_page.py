"""The page and the terminal."""

from __future__ import annotations

from bench.case import Case
from bench.page import HEADER, cells, page, terminal
from tests.bench.tables import results, row

CASE = Case("case", "the title", "What is done.", lambda _lab: iter(()))
OTHER = Case("other", "not measured", "Nothing.", lambda _lab: iter(()))
FOUND = results(
    noop_5000=(row("envctl", 1.0, 1.2, 1.1), row("floor", 0.05, note="bare"), row("slow", 123.4, 14.26))
)


def test_each_case_has_its_tables_and_the_targets_stand_first() -> None:
    text = page(FOUND, (CASE, OTHER), ("Machine: 2 cores",), 8)
    order = (
        "# Performance",
        "* Machine: 2 cores",
        "## Targets",
        "## the title",
        "What is done.",
        "### title of",
    )
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "not measured\n\nNothing." not in text
    assert text.endswith("|\n")


def test_a_row_has_all_figures() -> None:
    first, bare, slow = cells(FOUND.tables["noop-5000"])
    assert first == ("envctl", "3", "1.10", "1.00 - 1.20", "0.55", "50", "1.00")
    assert bare[0] == "floor (bare)"
    assert bare[2:] == ("0.050", "0.050 - 0.050", "0.025", "50", "22.00")
    assert slow[2:4] == ("68.8", "14.3 - 123")


def test_tables_of_markdown_are_whole() -> None:
    lines = [line for line in page(FOUND, (CASE,), (), 8).splitlines() if line.startswith("|")]
    targets, figures = lines[: lines.index(_row(HEADER))], lines[lines.index(_row(HEADER)) :]
    assert {line.count("|") for line in targets} == {5}
    assert {line.count("|") for line in figures} == {len(HEADER) + 1}


def _row(texts: tuple[str, ...]) -> str:
    return f"| {' | '.join(texts)} |"


def test_in_the_terminal_figures_are_aligned_at_the_right() -> None:
    blank, title, header, first, second = "\n".join(
        terminal("title", ("who", "s"), [("envctl", "1.0"), ("floor", "12.0")])
    ).split("\n")
    assert (blank, title) == ("", "title")
    assert {len(line) for line in (header, first, second)} == {2 + 6 + 3 + 4}
