"""`envctl` as a process, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from typing import NoReturn

import typer

from envctl.cli.commands import application
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


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    spare_collections()
    # They would be looked for in every package there is, and see each value that is checked: secrets too.
    # Forms are built at any time, so it stays set, and programs that envctl starts inherit it.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    code = run(sys.argv[1:])
    # At its end Python looks through all that is left for garbage, twice: a tenth of a small diff.
    gc.freeze()
    sys.exit(code)


def spare_collections() -> None:
    """Let Python look for garbage less often: what a command reads stays to its end."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION, 50, 50)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every failure has become a message by then."""
    try:
        code = application(arguments)(arguments, prog_name="envctl", standalone_mode=False)
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
