"""The ways to log in to Vault, and how long a login lasts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from envctl.body import reveal
from envctl.secrets.vault.answers import mapping_in, number_in, text_in

if TYPE_CHECKING:
    import hvac

    from envctl.secrets.vault.settings import VaultSettings

_UNCHECKED = 20.0
"""Seconds for which a token of unknown age is used before anyone asks how long it will live."""


class Grant(Struct, frozen=True):
    """A token's life: `ttl` in seconds (None when not known, 0 for ever), and when to look after it."""

    ttl: float | None
    renewable: bool
    due: float | None
    """By `time.monotonic`; None when never."""

    def is_due(self, now: float) -> bool:
        """Tell whether it is time to renew it."""
        return self.due is not None and now >= self.due


def granted(ttl: float, *, renewable: bool) -> Grant:
    """Return the grant of a token that lives so many seconds from now: it is renewed at half its life."""
    return Grant(ttl, renewable, time.monotonic() + ttl / 2 if ttl else None)


def granted_by(answer: Any) -> Grant:
    """Return the grant that the answer to a login or a renewal tells of. Raises OddAnswer."""
    auth = mapping_in(answer, "auth")
    return granted(number_in(auth, "lease_duration"), renewable=bool(auth.get("renewable")))


def left_of(client: hvac.Client) -> Grant:
    """Return what is left of a client's token. Raises what `logged_in` raises."""
    data = mapping_in(client.auth.token.lookup_self(), "data")
    return granted(number_in(data, "ttl", 0), renewable=bool(data.get("renewable")))


def logged_in(client: hvac.Client, settings: VaultSettings) -> Grant:
    """Give the client a token. Raises Refusal, OddAnswer, and what requests raises."""
    auth = settings.auth
    secret = str(reveal(settings.credential))
    mount = auth.mount or auth.method
    match auth.method:
        case "token":
            client.token = secret
            return Grant(None, renewable=False, due=time.monotonic() + _UNCHECKED)
        case "approle":
            if auth.wrapped is True:
                secret = _unwrapped(client, secret)
            answer = client.auth.approle.login(
                str(reveal(auth.role_id)), secret, use_token=False, mount_point=mount
            )
        case "jwt":
            answer = client.auth.jwt.jwt_login(auth.role, secret, use_token=False, path=mount)
        case _:
            answer = client.auth.kubernetes.login(auth.role, secret, use_token=False, mount_point=mount)
    grant = granted_by(answer)
    client.token = text_in(answer["auth"], "client_token")
    return grant


def _unwrapped(client: hvac.Client, token: str) -> str:
    """Return the secret id that a wrapping token holds."""
    client.token = token
    try:
        content: Any = client.sys.unwrap()
    finally:
        client.token = ""
    return text_in(mapping_in(content, "data"), "secret_id")
