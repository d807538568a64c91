"""One run of one command: its settings, its two streams, and how it speaks on them."""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from envctl.errors import EnvctlError, SpecError
from envctl.report.json_report import envelope, error_json
from envctl.report.values import printable
from envctl.settings import PREFIX, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from envctl.cli.common import Common
    from envctl.errors import Diagnostic

_PIPED_WIDTH = 120
_LEVELS = ("warning", "info", "debug")


@dataclass(frozen=True, slots=True)
class Run:
    """Settings, and the two consoles: stdout carries the result and nothing else."""

    settings: Settings
    out: Console
    err: Console
    verbose: int
    quiet: bool

    @property
    def as_json(self) -> bool:
        """Whether stdout carries JSON."""
        return self.settings.format == "json"

    def lines(self, lines: Iterable[Text]) -> None:
        """Print lines of a result as they are: never wrapped, never highlighted."""
        for line in lines:
            self.out.print(line, soft_wrap=True, highlight=False)

    def json(self, command: str, content: dict[str, Any]) -> None:
        """Print a JSON report."""
        sys.stdout.write(json.dumps(envelope(command, **content), indent=2, ensure_ascii=False) + "\n")

    def warn(self, found: Iterable[Diagnostic]) -> None:
        """Show warnings about the spec on stderr."""
        if not self.quiet:
            self.tell(one for one in found if one.severity == "warning")

    def fail(self, error: EnvctlError, command: str, environment: str | None = None) -> None:
        """Tell of an error on stderr, and in JSON on stdout when nothing else will stand there."""
        self.complain(error)
        if self.as_json:
            self.json(command, error_json(environment, error))

    def complain(
        self, error: EnvctlError, environment: str | None = None, known: Container[Diagnostic] = ()
    ) -> None:
        """Tell of an error on stderr; findings that are `known` were told before."""
        if isinstance(error, SpecError):
            self.tell(one for one in error.diagnostics if one not in known)
        prefix = f"{environment}: " if environment else ""
        self._say(
            Text("error: ", "bold red").append(printable(f"{prefix}{error.message}"), "not bold default")
        )
        if error.hint:
            self._say(Text(f"  {printable(error.hint)}", "dim"))

    def tell(self, found: Iterable[Diagnostic]) -> None:
        """Show findings about a spec on stderr."""
        for one in found:
            for line in diagnostic_lines(one):
                self._say(line)

    def _say(self, text: Text) -> None:
        self.err.print(text, soft_wrap=True, highlight=False)


def diagnostic_lines(one: Diagnostic) -> Iterable[Text]:
    """Return a finding as `file:line:column: message`, with its hint below."""
    style = "yellow" if one.severity == "warning" else "red"
    word = "warning: " if one.severity == "warning" else ""
    place = f"{one.position}: " if one.position else ""
    yield Text(place, "bold").append(f"{word}{printable(one.message)}", f"not bold {style}")
    if one.hint:
        yield Text(f"  {printable(one.hint)}", "dim")


def open_run(common: Common) -> Run:
    """Return a run from the command line, the process environment and `.env`, in this order.

    Raises SettingsError.
    """
    settings = read_settings()
    given = {
        name: getattr(common, name)
        for name in ("root", "format", "color")
        if getattr(common, name) is not None
    }
    settings = settings.model_copy(update={key: str(v) if key != "root" else v for key, v in given.items()})
    out = _console(settings, sys.stdout)
    run = Run(settings, out, _console(settings, sys.stderr), common.verbose, common.quiet)
    _start_logging(settings, common)
    if common.verbose and not common.quiet:
        _explain(run, given)
    return run


def _console(settings: Settings, stream: Any) -> Console:
    """Return a console; colours follow --color, then NO_COLOR, then what the stream is."""
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    colored = settings.color == "always" or (
        settings.color == "auto" and terminal and not os.environ.get("NO_COLOR") and not _in_ci()
    )
    return Console(
        file=stream,
        force_terminal=colored,
        no_color=not colored,
        color_system="auto" if terminal and colored else ("standard" if colored else None),
        width=None if terminal else int(os.environ.get("COLUMNS") or _PIPED_WIDTH),
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")


def _start_logging(settings: Settings, common: Common) -> None:
    level = settings.log_level or _LEVELS[min(common.verbose, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    # Only our own words: libraries log whole requests at debug level.
    logger = logging.getLogger("envctl")
    logger.handlers[:] = [handler]
    logger.setLevel("ERROR" if common.quiet else level.upper())
    logger.propagate = False


def _explain(run: Run, given: dict[str, Any]) -> None:
    """Say where each setting comes from."""
    for name in type(run.settings).model_fields:
        if name == "environments":
            value, origin = ", ".join(sorted(run.settings.environments)) or "none", run.settings.origin(name)
        else:
            value, origin = getattr(run.settings, name), run.settings.origin(name)
        source = (
            "command line" if name in given else f"{PREFIX}{name.upper()}" if origin == "set" else "default"
        )
        run.err.print(Text(f"setting {name} = {value}  ({source})", "dim"), soft_wrap=True)


@contextmanager
def reported(run: Run, command: str, environment: str | None = None) -> Iterator[None]:
    """Turn an error of the block into a message (and JSON, where asked for) and the exit code it owns."""
    try:
        yield
    except EnvctlError as error:
        run.fail(error, command, environment)
        raise typer.Exit(error.exit_code) from None
