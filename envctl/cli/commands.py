"""The commands by their names, put together; only the one that is called is imported.

Each is described by the types of its parameters, which takes time to read: for all of them as long as for
parsing a small spec.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from envctl import __version__
from envctl.cli.common import ColorOption, Common, FormatOption, Quiet, Root, Verbose

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = {
    "validate": "envctl.cli.validate",
    "diff": "envctl.cli.diff",
    "plan": "envctl.cli.plan",
    "show": "envctl.cli.plan",
    "apply": "envctl.cli.apply",
    "status": "envctl.cli.status",
    "doctor": "envctl.cli.doctor",
    "unlock": "envctl.cli.unlock",
    "release": "envctl.cli.release",
    "render": "envctl.cli.render",
    "schema": "envctl.cli.schema",
}
"""In which module each command is, as a function of the same name."""
_GROUPS = {
    "ledger": "envctl.cli.ledger",
    "secrets": "envctl.cli.secrets_group",
    "sandbox": "envctl.cli.sandbox",
}
"""In which module each group of commands is, as `NAME_app`."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command line: the command that the arguments begin with, or all where that is none."""
    app = typer.Typer(
        name="envctl",
        no_args_is_help=True,
        # Plain help: rich's costs a third of a second, and a traceback with locals would show secrets.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        add_completion=False,
    )
    app.callback()(_options)
    called = arguments[0] if arguments else ""
    everything = called not in _COMMANDS and called not in _GROUPS
    for name, module in _COMMANDS.items():
        if everything or name == called:
            app.command(name)(getattr(import_module(module), name))
    for name, module in _GROUPS.items():
        if everything or name == called:
            app.add_typer(getattr(import_module(module), f"{name}_app"), name=name)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"envctl {__version__}")
        raise typer.Exit


def _options(
    ctx: typer.Context,
    *,
    root: Root = None,
    format_: FormatOption = None,
    color: ColorOption = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Airflow Variables, Connections and pools as reviewed YAML: diff and apply, per environment.

    \b
    envctl validate          every mistake in the specs, offline
    envctl diff stage        what apply would do, and why
    envctl apply stage       bring the instance in line
    envctl status            one row per environment

    Exit codes: 0 in sync or applied, 1 error, 2 there are changes, 3 refused by policy, 4 locked,
    5 not finished or not converged, 64 wrong usage.
    """
    del version
    ctx.obj = Common(root, format_, color, verbose, quiet)
