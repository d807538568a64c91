"""What it takes to reach one instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from msgspec import Struct, field

from envctl.model.discreet import Discreet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envctl.model.secret import Secret

Text: TypeAlias = "str | Secret"


class NoLogin(Struct, frozen=True):
    """The instance, or a proxy before it, asks for none."""

    method: ClassVar[str] = "none"


class BasicLogin(Discreet, frozen=True):
    """User and password with every request: Airflow 2, and gateways."""

    shown: ClassVar[tuple[str, ...]] = ("username",)

    method: ClassVar[str] = "basic"
    username: Text
    password: Text


class PasswordLogin(Discreet, frozen=True):
    """User and password, exchanged for a JWT: the simple and the FAB auth manager of Airflow 3."""

    shown: ClassVar[tuple[str, ...]] = ("username",)

    method: ClassVar[str] = "password"
    username: Text
    password: Text


class TokenLogin(Discreet, frozen=True):
    """A token that is there already."""

    method: ClassVar[str] = "token"
    token: Text


class CommandLogin(Struct, frozen=True):
    """A program, with its arguments, whose stdout is a token."""

    method: ClassVar[str] = "command"
    command: tuple[str, ...]


class GoogleLogin(Struct, frozen=True):
    """Google's application default credentials, for Cloud Composer."""

    method: ClassVar[str] = "google"


class MwaaLogin(Struct, frozen=True):
    """An environment of Amazon MWAA, whose API AWS calls in our place."""

    method: ClassVar[str] = "mwaa"
    environment: str
    region: str
    profile: str | None = None


Login: TypeAlias = NoLogin | BasicLogin | PasswordLogin | TokenLogin | CommandLogin | GoogleLogin | MwaaLogin


_WRITES_AT_ONCE = 8


class Wire(Struct, frozen=True):
    """How patiently and how widely to talk: time-outs in seconds, further tries, requests at once."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retries: int = 4
    concurrency: int = 16

    @property
    def writes(self) -> int:
        """How many of the requests at once may be writes: more would wait for each other in the database."""
        return min(self.concurrency, _WRITES_AT_ONCE)


class Certificates(Struct, frozen=True):
    """PEM files: the authority that signed the server's certificate, and what we show it ourselves."""

    authority: Path | None = None
    client: Path | None = None
    client_key: Path | None = None
    """Of the client's certificate; in the same file as that one when None."""


class InstanceSettings(Discreet, frozen=True):
    """One instance: its address without `/api/v2`, the login, certificates, headers of the user's own."""

    url: str
    login: Login = field(default_factory=NoLogin)
    certificates: Certificates = field(default_factory=Certificates)
    headers: Mapping[str, Text] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)
