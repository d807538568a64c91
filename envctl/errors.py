"""Everything that can go wrong, as a tree; each class owns the exit code it ends in.

    EnvctlError                  1   base; never raised itself
      SpecError                  1   the spec tree has mistakes: all of them, with positions
        SecretsMissing           1   a change needs secrets that could not be looked up
      InstanceError              1   the Airflow instance, or the way to it
        Unreachable              1   no connection, name, time-out, TLS
          TlsFailed              1   the certificate does not verify, or there is no TLS at all
        WrongServer              1   it answers, but it is no Airflow that envctl speaks to
        LoginRefused             1   401, or no token
        Forbidden                1   403: the login lacks a right
        NotOffered               1   the instance has no such thing: its auth manager keeps no roles, say
        RequestFailed            1   any other answer that is no success
        Ambiguous                1   no telling whether the server did what it was asked
        BackendFailed            1   the Vault from which the instance reads: what is there is not known
      Locked                     4   somebody else holds the instance's lock
      LedgerUnreadable           1   there is a ledger, but it cannot be trusted
        LedgerFromTheFuture      1   a newer envctl wrote it
      NotCompared                1   left alone, because another environment asked for has mistakes
      SettingsError              1   an ENVCTL_* setting does not make sense
      SandboxError               1   a throw-away Airflow could not be installed, started or stopped
      UsageError                64   the command line asks for something that does not exist
      PlanFileError              1   a saved plan cannot be written, or is none
      EncryptedFileError         1   a file of encrypted secrets cannot be opened, changed or written
      Refused                    3   a policy forbids the plan
        PlanUnfit                3   a saved plan was edited, is another one's, or things have moved since

The exit codes 2 (there are changes) and 5 (an apply did not finish or converge) are results, not
errors; `envctl.model.exit_code` holds the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple


class Position(NamedTuple):
    """A place in a file of the spec tree; line and column count from 1.

    Line 0 stands for a source that has no lines, such as an environment variable.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a spec: what is wrong, where, and what to do about it."""

    message: str
    position: Position | None = None
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def is_error(self) -> bool:
        """Whether the command cannot do what it is for."""
        return self.severity == "error"

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        kind = "" if self.is_error else f"{self.severity}: "
        return f"{place}{kind}{self.message}"


class EnvctlError(Exception):
    """What went wrong, for the person on call.

    `message` says what and where and why; `hint` says what to do next. Neither may ever hold a
    secret: they are built from names, places and server messages only.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SpecError(EnvctlError):
    """The spec tree has mistakes; `diagnostics` holds every one that could be found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        count = sum(1 for found in diagnostics if found.is_error)
        super().__init__(f"{count} mistake{'' if count == 1 else 's'} in the spec")
        self.diagnostics = diagnostics


class SecretsMissing(SpecError):
    """A change needs secrets that could not be looked up; nothing was written."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.message = message


class InstanceError(EnvctlError):
    """The Airflow instance, or the way to it."""


class Unreachable(InstanceError):
    """No connection to the instance: name, route, time-out or TLS."""


class TlsFailed(Unreachable):
    """Somebody listens, but the connection cannot be secured."""


class WrongServer(InstanceError):
    """Something answers at the address, but it is no Airflow that envctl speaks to."""


class LoginRefused(InstanceError):
    """The instance does not accept the login."""


class Forbidden(InstanceError):
    """The login is accepted but lacks a right."""


class NotOffered(InstanceError):
    """The instance has nothing of this kind, whoever asks."""


class RequestFailed(InstanceError):
    """The instance answered with a status that is no success."""

    def __init__(self, message: str, *, status: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Ambiguous(InstanceError):
    """The connection broke after a write was sent: no telling whether it was carried out."""


class BackendFailed(InstanceError):
    """The secrets backend of the instance, or the way to it: what Airflow reads from there is not known."""


class Locked(EnvctlError):
    """Somebody else holds the instance's lock."""

    exit_code = 4


class LedgerUnreadable(EnvctlError):
    """There is a ledger in the instance, but it cannot be trusted: nothing is deleted on its word."""

    def __init__(self, message: str, *, owner: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.owner = owner


class LedgerFromTheFuture(LedgerUnreadable):
    """The ledger was written by a newer envctl."""


class NotCompared(EnvctlError):
    """An environment was left alone because another one asked for with it has mistakes."""


class SettingsError(EnvctlError):
    """An `ENVCTL_*` setting does not make sense."""


class SandboxError(EnvctlError):
    """A throw-away Airflow could not be installed, started or stopped."""


class UsageError(EnvctlError):
    """The command line asks for something that does not exist."""

    exit_code = 64


class PlanFileError(EnvctlError):
    """The file of a saved plan cannot be written or read, or holds none."""


class EncryptedFileError(EnvctlError):
    """A file of encrypted secrets, or a key, cannot be opened, changed or written."""


class Refused(EnvctlError):
    """A policy forbids the plan."""

    exit_code = 3


class PlanUnfit(Refused):
    """A saved plan is not carried out; `reasons` has everything that is against it."""

    def __init__(self, message: str, reasons: tuple[str, ...], *, hint: str) -> None:
        super().__init__(message, hint="\n".join((*reasons, hint)))
        self.reasons = reasons
