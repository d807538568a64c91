"""`envctl`: the commands put together, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from typing import Annotated, NoReturn

import typer

from envctl import __version__
from envctl.cli.apply import apply
from envctl.cli.common import ColorOption, Common, FormatOption, Quiet, Root, Verbose
from envctl.cli.diff import diff
from envctl.cli.doctor import doctor
from envctl.cli.ledger import ledger_app
from envctl.cli.plan import plan, show
from envctl.cli.release import release
from envctl.cli.render import render
from envctl.cli.sandbox import sandbox_app
from envctl.cli.schema import schema
from envctl.cli.secrets_group import secrets_app
from envctl.cli.status import status
from envctl.cli.unlock import unlock
from envctl.cli.validate import validate
from envctl.errors import EnvctlError
from envctl.model.exit_code import ExitCode
from envctl.report.safe import safe

# Typer's exceptions moved between releases; its public BadParameter has always led to their base.
_ClickError: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)

_OBJECTS_PER_COLLECTION = 200_000
"""A spec is a million small objects that all stay. Looking for garbage among them at every 700th, as Python
does, took two thirds of the time to read 100,000 entries."""

_TYPER_INTERRUPTED = 130
"""What Typer returns after Ctrl-C, instead of raising."""

app = typer.Typer(
    name="envctl",
    no_args_is_help=True,
    # Plain help: rich's costs a third of a second, and a traceback with locals would show secrets.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"envctl {__version__}")
        raise typer.Exit


@app.callback()
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


app.command()(validate)
app.command()(diff)
app.command()(plan)
app.command()(show)
app.command()(apply)
app.command()(status)
app.command()(doctor)
app.command()(unlock)
app.command()(release)
app.command()(render)
app.command()(schema)
app.add_typer(ledger_app, name="ledger")
app.add_typer(secrets_app, name="secrets")
app.add_typer(sandbox_app, name="sandbox")


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    spare_collections()
    # They would be looked for in every package there is, and see each value that is checked: secrets too.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    sys.exit(run(sys.argv[1:]))


def spare_collections() -> None:
    """Let Python look for garbage less often: what a command reads stays to its end."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION, 50, 50)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every failure has become a message by then."""
    try:
        code = app(arguments, prog_name="envctl", standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one error handler
        return _explain(error)
    if code == _TYPER_INTERRUPTED:
        return _explain(KeyboardInterrupt())
    return code if isinstance(code, int) else ExitCode.OK


def _explain(error: BaseException) -> int:
    """Turn whatever ended a command into a message on stderr, and return its exit code."""
    code: int = ExitCode.ERROR
    if isinstance(error, EnvctlError):
        _complain(error)
        code = error.exit_code
    elif isinstance(error, _ClickError):
        error.show(file=sys.stderr)  # type: ignore[attr-defined]
        code = ExitCode.USAGE
    elif isinstance(error, KeyboardInterrupt | typer.Abort):
        sys.stderr.write("\nenvctl: interrupted\n")
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        sys.stderr.write("error: stdout cannot be written: no space left\n")
    else:
        _confess(error)
    return code


def _complain(error: EnvctlError) -> None:
    lines = [f"error: {error.message}", *(f"  {line}" for line in (error.hint or "").splitlines())]
    sys.stderr.writelines(f"{safe(line)}\n" for line in lines)


def _confess(error: BaseException) -> None:
    """Tell of a mistake of envctl's own: where it happened, but none of the texts it may carry."""
    sys.stderr.write(f"error: internal error ({type(error).__name__}); please report it with these lines\n")
    for frame in traceback.extract_tb(error.__traceback__)[-8:]:
        sys.stderr.write(f"  {os.path.relpath(frame.filename)}:{frame.lineno} in {frame.name}\n")
