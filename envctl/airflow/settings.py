"""What it takes to reach one instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in; secrets are revealed when the request is made."""

    method: Literal["none", "password", "token"] = "none"
    username: str | Secret | None = None
    password: str | Secret | None = field(default=None, repr=False)
    token: str | Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Wire:
    """How patiently and how widely to talk: time-outs in seconds, further tries, requests at once."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retries: int = 4
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """One instance: its address without `/api/v2`, the login, the authority that signed its certificate."""

    url: str
    login: Login = field(default_factory=Login)
    ca_file: Path | None = None
    wire: Wire = field(default_factory=Wire)
