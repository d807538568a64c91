"""Method `command`: a program whose stdout is the token."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from envctl.airflow.logins.fetched import FetchedToken
from envctl.airflow.logins.program import Ended, run
from envctl.airflow.logins.way import refusal_of
from envctl.errors import LoginRefused

if TYPE_CHECKING:
    from envctl.airflow.settings import CommandLogin

_log = logging.getLogger(__name__)

_HEADER = re.compile(r"[!-~]+")
_LONGEST = 16_384
"""Characters; no server takes a longer header."""
_LONGEST_LINE = 300
_OPAQUE = re.compile(r"(?=[^\s\"'`]*[0-9])(?=[^\s\"'`]*[A-Za-z])[^\s\"'`]{16,}")
"""Long words of letters and digits: what tokens and keys look like."""


class CommandWay(FetchedToken):
    """What a program prints, again when that expires or is refused; see `Way`."""

    needs_airflow = False
    doubt = ""

    def __init__(self, login: CommandLogin, seconds: float) -> None:
        """Give the program so many seconds."""
        super().__init__(self._printed, minds_expiry=True)
        self._command, self._seconds = login.command, seconds
        self._name = login.command[0]

    @property
    def secrets(self) -> frozenset[str]:
        """Every token that was printed."""
        return self.all

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a token that is refused although it was just printed."""
        return refusal_of(
            "command",
            place,
            reason,
            f"{self._name} was run again, and the server does not take what it prints now either:"
            " is it the right account?",
        )

    def _printed(self) -> str:
        _log.info("running %s for a token", self._name)
        try:
            ended = run(self._command, self._seconds)
        except FileNotFoundError:
            raise self._failed(
                "there is no such program",
                "install it, or write its whole path in airflow.auth.command; see a script's first line too",
            ) from None
        except PermissionError:
            raise self._failed("it may not be executed", "check its rights: chmod +x") from None
        except TimeoutError:
            raise self._failed(
                f"it did not end within {self._seconds:g} s",
                "does it ask for something? It has no terminal. ENVCTL_READ_TIMEOUT gives it longer",
            ) from None
        except OSError as error:
            raise self._failed(
                f"it cannot be started: {error.strerror or type(error).__name__}",
                "check airflow.auth.command; a script needs a first line such as #!/bin/sh",
            ) from None
        return self._token_of(ended)

    def _token_of(self, ended: Ended) -> str:
        if ended.code != 0:
            how = f"it was ended by signal {-ended.code}" if ended.code < 0 else f"it ended with {ended.code}"
            said = self._said(ended)
            raise self._failed(f"{how}: {said}" if said else how, "run it by hand to see more")
        try:
            token = ended.out.decode("ascii").strip()
        except UnicodeDecodeError:
            token = "\n"  # noqa: S105 - no token at all
        if not token:
            raise self._failed("it printed nothing", "its stdout has to be the token and nothing else")
        if not _HEADER.fullmatch(token) or len(token) > _LONGEST:
            raise self._failed(
                "what it printed is no token: it cannot stand in a header",
                "its stdout has to be the token and nothing else, on one line",
            )
        return token

    def _said(self, ended: Ended) -> str:
        """Return the last line of stderr, "" where it repeats a token; what looks like one is left out."""
        lines = [line for line in ended.err.decode(errors="replace").splitlines() if line.strip()]
        printed = {word for word in ended.out.decode(errors="replace").split() if len(word) > 3}  # noqa: PLR2004
        if not lines or any(token in line for token in printed | self.all for line in lines):
            return ""
        shown = "".join(one if one.isprintable() else " " for one in lines[-1])
        shown = " ".join(_OPAQUE.sub("…", shown).split())
        return shown if len(shown) <= _LONGEST_LINE else f"{shown[:_LONGEST_LINE]}…"

    def _failed(self, why: str, hint: str) -> LoginRefused:
        return LoginRefused(f"airflow.auth.command: {self._name} gave no token: {why}", hint=hint)
