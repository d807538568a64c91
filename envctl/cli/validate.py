"""`envctl validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.text import Text

    from envctl.errors import Diagnostic
    from envctl.request import Validated


@with_common
def validate(
    environments: Annotated[list[str] | None, typer.Argument(help="Environments; all when left out.")] = None,
    secrets: Annotated[
        bool, typer.Option(help="Look up secrets; --no-secrets checks only their form.")
    ] = True,
    *,
    common: Common,
) -> None:
    """Find every mistake in the specs, offline.

    \b
    envctl validate                 all environments
    envctl validate stage prod      these two
    envctl validate --no-secrets    without PG_PASSWORD and the like being set
    """
    from envctl.cli.session import open_run, reported
    from envctl.model.lookup import Lookup
    from envctl.report.json_report import validation_json
    from envctl.request import Request
    from envctl.workflow import checking

    run = open_run(common)
    with reported(run, "validate"):
        request = Request(run.settings, lookup=Lookup.LOCAL if secrets else Lookup.NONE)
        results, found = checking.validate(tuple(environments or ()), request)
    if run.as_json:
        run.json("validate", validation_json([(one.environment, one.entries) for one in results], found))
    else:
        run.lines(_lines(results, found))
    if any(one.is_error for one in found):
        raise typer.Exit(ExitCode.ERROR)


def _lines(results: Sequence[Validated], found: Sequence[Diagnostic]) -> Iterable[Text]:
    from rich.text import Text

    from envctl.cli.session import diagnostic_lines, in_order

    for one in in_order(found):
        yield from diagnostic_lines(one)
    if found:
        yield Text()
    width = max(len(one.environment) for one in results)
    for result in results:
        line = Text("  ").append(result.environment.ljust(width), "bold")
        valid = result.entries is not None
        yield line.append("   valid     " if valid else "   invalid", "green" if valid else "red").append(
            _counts(result.entries) if result.entries is not None else "", "dim"
        )
    errors = sum(1 for one in found if one.is_error)
    if errors:
        yield Text()
        yield Text(f"  {errors} mistake{'' if errors == 1 else 's'}", "red")


def _counts(entries: Mapping[str, int]) -> str:
    counted = (
        f"{count} {section if count != 1 else section.removesuffix('s')}"
        for section, count in entries.items()
    )
    return ", ".join(counted) or "nothing in it"
