"""envctl as its users run it, in this process or as a program; no run may ever show a secret."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import pty
import select
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import quote, quote_plus

from jsonschema import Draft202012Validator

from envctl.cli.main import run
from envctl.report.schema import report_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "ENVCTL_CACHE_DIR")
_SCHEMA = Draft202012Validator(report_schema())
_SHORTEST = 5
"""What is shorter than this stands in texts by chance."""


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        content = json.loads(self.out)
        assert isinstance(content, dict)
        return content

    @property
    def said(self) -> str:
        """The end of both streams, for the message of a failed test."""
        return f"exit {self.code}\n--- stdout\n{self.out[-5000:]}\n--- stderr\n{self.err[-3000:]}"

    @property
    def changes(self) -> dict[str, dict[str, Any]]:
        """The changes of a JSON report, by address."""
        return {change["address"]: change for change in self.json["changes"]}


class Envctl:
    """Runs envctl in a folder, with variables that are all secrets, and looks for them in its words."""

    def __init__(self, folder: Path, tokens: Callable[[], set[str]]) -> None:
        self.folder = folder
        self.secrets: dict[str, str] = {}
        self.canaries: set[str] = set()
        self.settings: dict[str, str] = {}
        self.may_crash = False
        self._tokens = tokens

    @property
    def variables(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**kept, "NO_PROXY": "127.0.0.1", **self.settings, **self.secrets}

    def __call__(self, *arguments: str, verbose: bool = True) -> Done:
        """Run envctl in this process, at -vv; stdout does not depend on that, but for what it names."""
        given = [*arguments, "-vv"] if verbose else [*arguments]
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.variables, clear=True),
            _working_in(self.folder),
            _own_logging(),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(given)
        return self._checked(Done(code, out.getvalue(), err.getvalue()))

    def json(self, *arguments: str) -> Done:
        """Run envctl for JSON, and hold what it says against the published schema."""
        done = self(*arguments, "--format", "json")
        _SCHEMA.validate(done.json)
        return done

    def program(self, *arguments: str, shell_behind: str = "", **settings: str) -> Done:
        """Run envctl as a program, both streams piped; `shell_behind` is a pipe behind it, `| head -1`."""
        command = [sys.executable, "-m", "envctl", *arguments]
        if shell_behind:
            quoted = " ".join(f"'{word}'" for word in command)
            command = ["bash", "-c", f"set -o pipefail; {quoted} {shell_behind}"]
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self._program_variables() | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
        return self._checked(Done(ended.returncode, ended.stdout.decode(), ended.stderr.decode()))

    @contextmanager
    def started(self, *arguments: str) -> Iterator[Started]:
        """Start envctl as a program and hand it out while it runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "envctl", *arguments],
            cwd=self.folder,
            env=self._program_variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process:
            try:
                yield Started(process, self._checked)
            finally:
                process.kill()

    def at_terminal(
        self,
        *arguments: str,
        answer: str = "",
        question: str = "",
        seconds: float = 30,
        settings: dict[str, str] | None = None,
    ) -> Done:
        """Run envctl at a terminal, type `answer` once `question` is shown; what it wrote is in `out`."""
        ours, theirs = pty.openpty()
        variables = self._program_variables() | {"TERM": "xterm", "COLUMNS": "120"} | (settings or {})
        process = subprocess.Popen(
            [sys.executable, "-m", "envctl", *arguments],
            cwd=self.folder,
            env=variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown, typed = b"", False
        deadline = time.monotonic() + seconds
        with process:
            try:
                while time.monotonic() < deadline:
                    readable, _, _ = select.select([ours], [], [], 0.1)
                    if readable:
                        try:
                            more = os.read(ours, 65536)
                        except OSError:  # the other side is closed: it has ended
                            break
                        shown += more
                    if question and not typed and question.encode() in shown:
                        typed = True
                        if answer == "^C":
                            process.send_signal(2)
                        else:
                            os.write(ours, f"{answer}\n".encode())
                code = self._ended(process, again=typed and answer == "^C")
            finally:
                process.kill()
                os.close(ours)
        return self._checked(Done(code, shown.decode(), ""))

    @staticmethod
    def _ended(process: subprocess.Popen[bytes], *, again: bool) -> int:
        """Wait for the end. A signal just before Python begins to read is heard with the next one."""
        if again:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=2)
            process.send_signal(2)
        return process.wait(timeout=5)

    def _program_variables(self) -> dict[str, str]:
        return {**self.variables, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "error"}

    def _checked(self, done: Done) -> Done:
        """Look for secrets, and for failures of envctl's own, in whatever was said."""
        said = done.out + done.err
        for secret in {*self.secrets.values(), *self.canaries, *self._tokens()}:
            if len(secret) >= _SHORTEST:
                for form in forms(secret):
                    assert form not in said, f"a secret was shown: {said.partition(form)[0][-300:]}"
        assert self.may_crash or "internal error" not in said, done.err
        assert "Traceback" not in said, said
        return done


class Started:
    """A running envctl."""

    def __init__(self, process: subprocess.Popen[bytes], check: Callable[[Done], Done]) -> None:
        self.process = process
        self._check = check

    def wait(self, seconds: float = 60) -> Done:
        out, err = self.process.communicate(timeout=seconds)
        return self._check(Done(self.process.returncode, out.decode(), err.decode()))


def forms(secret: str) -> set[str]:
    """Give the spellings in which a secret could slip out."""
    encoded = base64.b64encode(secret.encode(errors="surrogateescape")).decode().rstrip("=")
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe="", errors="surrogateescape"),
        quote_plus(secret, safe="", errors="surrogateescape"),
        encoded,
    }


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Put envctl's logging back as it was: other tests listen to it too."""
    logger = logging.getLogger("envctl")
    before = (logger.handlers[:], logger.level, logger.propagate)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = before[0], before[2]
        logger.setLevel(before[1])
