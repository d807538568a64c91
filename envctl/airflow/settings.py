"""What it takes to reach one instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envctl.model.secret import Secret

Text: TypeAlias = "str | Secret"


@dataclass(frozen=True, slots=True)
class NoLogin:
    """The instance, or a proxy before it, asks for none."""

    method: ClassVar[str] = "none"


@dataclass(frozen=True, slots=True)
class BasicLogin:
    """User and password with every request: Airflow 2, and gateways."""

    method: ClassVar[str] = "basic"
    username: Text
    password: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """User and password, exchanged for a JWT: the simple and the FAB auth manager of Airflow 3."""

    method: ClassVar[str] = "password"
    username: Text
    password: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """A token that is there already."""

    method: ClassVar[str] = "token"
    token: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class CommandLogin:
    """A program, with its arguments, whose stdout is a token."""

    method: ClassVar[str] = "command"
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoogleLogin:
    """Google's application default credentials, for Cloud Composer."""

    method: ClassVar[str] = "google"


@dataclass(frozen=True, slots=True)
class MwaaLogin:
    """An environment of Amazon MWAA, whose API AWS calls in our place."""

    method: ClassVar[str] = "mwaa"
    environment: str
    region: str
    profile: str | None = None


Login: TypeAlias = NoLogin | BasicLogin | PasswordLogin | TokenLogin | CommandLogin | GoogleLogin | MwaaLogin


@dataclass(frozen=True, slots=True)
class Wire:
    """How patiently and how widely to talk: time-outs in seconds, further tries, requests at once."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retries: int = 4
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority that signed the server's certificate, and what we show it ourselves."""

    authority: Path | None = None
    client: Path | None = None
    client_key: Path | None = None
    """Of the client's certificate; in the same file as that one when None."""


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """One instance: its address without `/api/v2`, the login, certificates, headers of the user's own."""

    url: str
    login: Login = field(default_factory=NoLogin)
    certificates: Certificates = field(default_factory=Certificates)
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    wire: Wire = field(default_factory=Wire)
