"""What a session asks of a login, whatever its method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from envctl.errors import LoginRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


class Way(Protocol):
    """One login at one instance. Safe to use from several threads.

    `headers` and `renew` raise LoginRefused when there is none to be had, and what `Transport.send` raises.
    """

    needs_airflow: bool
    """Whether Airflow itself is asked for it, so that it cannot open a gateway that stands before."""

    doubt: str
    """What a hint has to say where a right is missing: the server may mean the login. "" if there is none."""

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret text that it ever sent, or would send."""
        ...

    def headers(self) -> Mapping[str, str]:
        """Return the headers that log a request in."""
        ...

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return other headers than the refused ones; None when there can be none."""
        ...

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of a login that the server refuses for good; the reason is fit to be shown."""
        ...


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def token_in(headers: Mapping[str, str]) -> str:
    """Return the token that headers carry, "" when they carry none."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def refusal_of(method: str, place: str, reason: str, hint: str) -> LoginRefused:
    """Return the error of a login that is refused, of which nothing better is known."""
    return LoginRefused(f"{place} refuses the login of method {method}: {reason}", hint=hint)
