"""One run of one command: its settings, its two streams, and how it speaks on them."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from msgspec import Struct

from envctl.cli.screen import Screen, forget_reader
from envctl.cli.verbose import setting_lines, start_logging
from envctl.errors import EnvctlError, SpecError
from envctl.report.json_report import envelope, error_json
from envctl.report.safe import safe_line
from envctl.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from rich.console import Console
    from rich.text import Text

    from envctl.cli.common import Common
    from envctl.errors import Diagnostic
    from envctl.settings import Settings


_LINES_AT_ONCE = 200
"""What is printed together: thousands of lines one by one took rich as long as comparing them."""


class Run(Struct, frozen=True):
    """Settings, and the two consoles: stdout carries the result and nothing else."""

    settings: Settings
    screen: Screen
    verbose: int
    quiet: bool

    @property
    def out(self) -> Console:
        """Stdout."""
        return self.screen.out

    @property
    def err(self) -> Console:
        """Stderr."""
        return self.screen.err

    @property
    def as_json(self) -> bool:
        """Whether stdout carries JSON."""
        return self.settings.format == "json"

    def lines(self, lines: Iterable[Text]) -> None:
        """Print lines of a result as they are: never wrapped, never highlighted."""
        from rich.text import Text

        told = iter(lines)
        while batch := [safe_line(line) for line in islice(told, _LINES_AT_ONCE)]:
            if self.out.no_color and not self.out.is_terminal:
                self._write("".join(f"{line.plain}\n" for line in batch))
            else:
                self.out.print(Text("\n").join(batch), soft_wrap=True, highlight=False)

    def json(self, command: str, content: dict[str, Any]) -> None:
        """Print a JSON report."""
        text = json.dumps(envelope(command, **content), indent=2, ensure_ascii=False, allow_nan=False)
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        """Write to stdout; its reader may have gone away."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            forget_reader()

    def warn(self, found: Iterable[Diagnostic]) -> None:
        """Show findings on stderr; warnings only unless there is to be quiet."""
        self.tell(one for one in found if one.is_error or not self.quiet)

    def fail(self, error: EnvctlError, command: str, environment: str | None = None) -> None:
        """Tell of an error on stderr, and in JSON on stdout when nothing else will stand there."""
        self.complain(error)
        if self.as_json:
            self.json(command, error_json(environment, error))

    def complain(
        self, error: EnvctlError, environment: str | None = None, known: Container[Diagnostic] = ()
    ) -> None:
        """Tell of an error on stderr; findings that are `known` were told before."""
        from rich.text import Text

        if isinstance(error, SpecError):
            self.tell(one for one in error.diagnostics if one not in known)
        prefix = f"{environment}: " if environment else ""
        self.say(Text("error: ", "bold red").append(f"{prefix}{error.message}", "not bold default"))
        if error.hint:
            for line in error.hint.splitlines():
                self.say(Text(f"  {line}", "dim"))

    def tell(self, found: Iterable[Diagnostic]) -> None:
        """Show findings about a spec on stderr."""
        for one in in_order(found):
            for line in diagnostic_lines(one):
                self.say(line)

    def say(self, text: Text) -> None:
        """Print a line on stderr."""
        self.err.print(safe_line(text), soft_wrap=True, highlight=False)


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings by file, line and column, those without a place first."""
    return sorted(found, key=lambda one: one.position or ("", 0, 0))


def diagnostic_lines(one: Diagnostic) -> Iterable[Text]:
    """Return a finding as `file:line:column: message`, with its hint below."""
    from rich.text import Text

    style = "yellow" if one.severity == "warning" else "red"
    word = "warning: " if one.severity == "warning" else ""
    place = f"{one.position}: " if one.position else ""
    yield Text(place, "bold").append(f"{word}{one.message}", f"not bold {style}")
    if one.hint:
        yield Text(f"  {one.hint}", "dim")


def open_run(common: Common) -> Run:
    """Return a run from the command line, the process environment and `.env`, in this order.

    Raises SettingsError.
    """
    settings = read_settings()
    options = {"root": common.root, "format": common.format, "color": common.color}
    given = {name: value for name, value in options.items() if value is not None}
    settings = settings.model_copy(update=given)
    run = Run(settings, Screen(settings), common.verbose, common.quiet)
    start_logging(settings, common.verbose, quiet=common.quiet)
    if common.verbose and not common.quiet:
        for line in setting_lines(settings, given):
            run.say(line)
    return run


@contextmanager
def reported(run: Run, command: str, environment: str | None = None) -> Iterator[None]:
    """Turn an error of the block into a message (and JSON, where asked for) and the exit code it owns."""
    try:
        yield
    except EnvctlError as error:
        run.fail(error, command, environment)
        raise typer.Exit(error.exit_code) from None
