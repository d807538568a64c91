"""The command: `python -m bench`; see the package."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cases import CASES
from bench.lab import Lab
from bench.machine import facts
from bench.page import HEADER, TARGET_HEADER, cells, page, target_rows, terminal
from bench.process import BenchError
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.case import Case

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main() -> int:
    """Run the benchmark; 0 when it came to its end, whatever the figures are."""
    options = _options()
    if options.list:
        for case in CASES:
            print(f"{case.name:<12} {case.title}")
        return 0
    whole = not options.only and not options.quick
    out = options.out or (PAGE if whole else None)
    cases = [case for case in CASES if not options.only or case.name in options.only]
    signal.signal(signal.SIGTERM, _end)
    try:
        _measure(cases, out, quick=options.quick)
    except (BenchError, EnvctlError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; nothing is left running", file=sys.stderr)
        return 130
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure envctl beside its peers.")
    names = [case.name for case in CASES]
    parser.add_argument("--only", nargs="+", choices=names, metavar="CASE", help="measure only these cases")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run each")
    parser.add_argument("--list", action="store_true", help="show the cases")
    parser.add_argument("--out", type=Path, help="write the page here; docs/performance.md for a whole run")
    return parser.parse_args()


def _end(number: int, _frame: object) -> None:
    """End in order when told to: the servers that were started are stopped then."""
    raise SystemExit(128 + number)


def _measure(cases: Sequence[Case], out: Path | None, *, quick: bool) -> None:
    """Measure, show each table as soon as it is there, and write the page."""
    say = _clock()
    with tempfile.TemporaryDirectory(prefix="envctl-bench-") as folder, ExitStack() as stack:
        lab = Lab(Path(folder), stack, say, quick=quick)
        results = lab.results
        for case in cases:
            say(f"{case.name}: {case.title}")
            for table in case.run(lab):
                results.add(case.name, table)
                _show(table.title, HEADER, cells(table))
        _show("targets", TARGET_HEADER, target_rows(results))
        if out is not None:
            text = page(results, cases, facts(lab), lab.connections)
    say("done")
    if out is not None:
        out.write_text(text, encoding="utf-8")
        say(f"wrote {out.name}")


def _show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("\n".join(terminal(title, header, rows)), flush=True)


def _clock() -> Callable[[str], None]:
    """Give what tells the progress on stderr, with the seconds since the beginning."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"  [{time.monotonic() - began:4.0f} s] {line}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
