"""`envctl schema`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations when the program runs
from typing import Annotated

import typer

from envctl.cli.common import Common, with_common
from envctl.errors import UsageError


class SchemaName(StrEnum):
    """The schemas there are."""

    ENVIRONMENT = "environment"
    SPEC = "spec"
    TREE = "tree"
    REPORT = "report"


@with_common
def schema(
    name: Annotated[SchemaName | None, typer.Argument(help="Which one; all of them with --out.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write NAME.schema.json files there.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Print the JSON Schema of environment.yaml, envctl.yaml, the other spec files, or the JSON reports.

    \b
    envctl schema spec                          on stdout
    envctl schema --out environments/.schema    files, for the modelines of your editor
    """
    del common
    from envctl.depot.entry import BackendEntry
    from envctl.kinds import KINDS
    from envctl.report.schema import report_schema
    from envctl.secrets.backends import store_entries
    from envctl.spec.schema import environment_schema, spec_schema, tree_schema

    makers = {
        SchemaName.ENVIRONMENT: lambda: environment_schema(KINDS, store_entries(), BackendEntry),
        SchemaName.SPEC: lambda: spec_schema(KINDS),
        SchemaName.TREE: tree_schema,
        SchemaName.REPORT: report_schema,
    }
    if out is None:
        if name is None:
            raise UsageError(
                "which schema? environment, spec, tree or report", hint="or --out FOLDER for all of them"
            )
        sys.stdout.write(json.dumps(makers[name](), indent=2) + "\n")
        return
    out.mkdir(parents=True, exist_ok=True)
    for one, make in makers.items():
        if name in (None, one):
            (out / f"{one.value}.schema.json").write_text(
                json.dumps(make(), indent=2) + "\n", encoding="utf-8"
            )
