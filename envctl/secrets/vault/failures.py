"""What asking a Vault or OpenBao ends in when not in an answer: what happened, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from envctl.secrets.backend import Missing, Unusable, unusable
from envctl.secrets.vault.answers import OddAnswer, optional_mapping_in
from envctl.secrets.vault.words import NO_NAMESPACE, SEALED, WANTS_TLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.secrets.vault.answers import Refusal
    from envctl.secrets.vault.settings import VaultSettings

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_LOGS = "the server's log, or its audit log, says why"
_NOT_TAKEN = {400, _UNAUTHORIZED, 405, 413}
"""The statuses of a server that is well, and does not take this one request."""


class Denied(Exception):
    """The login is good, and has no right to that path; the text is the server's reason in our words."""


class Absent(Exception):
    """There is nothing at that path; `content` is what the server said all the same."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__()
        self.content = content


def metadata_of(absent: Absent) -> Mapping[str, Any]:
    """Return what is known of a version that is gone; nothing when none is told, or none can be read."""
    try:
        return optional_mapping_in(absent.content, "data", "metadata")
    except OddAnswer:
        return {}


class Rejected(Unusable):
    """The server is well, and does not take what it was asked; `words` say why, and are never its own."""

    def __init__(self, missing: Missing, words: str) -> None:
        super().__init__(missing)
        self.words = words


def place_of(settings: VaultSettings) -> str:
    """Return what messages call the server."""
    return f"Vault at {settings.url}"


def refused(settings: VaultSettings, refusal: Refusal, *, entering: bool) -> Exception:
    """Return the error for a refusal; `entering` tells that the question was to log in."""
    if whole := _of_all(settings, refusal):
        return whole
    if refusal.status == _FORBIDDEN:
        return Denied(refusal.words or "denied")
    if refusal.status == _NOT_FOUND:
        return Absent(refusal.content)
    place, why = place_of(settings), refusal.words or f"it answers {refusal.status}"
    if refusal.status not in _NOT_TAKEN:
        return unusable(f"{place} fails: {why}", f"{_LOGS}; then try again")
    if entering:
        return no_login(settings, why, known=refusal.words is not None)
    hint = None if refusal.words else _LOGS
    return Rejected(Missing(f"{place} does not take what it was asked: {why}", hint, whole=True), why)


def _of_all(settings: VaultSettings, refusal: Refusal) -> Unusable | None:
    """Return the error for what would be answered to every question alike."""
    place = place_of(settings)
    if refusal.words == WANTS_TLS:
        return unusable(
            f"{place} does not answer plain HTTP: it speaks TLS",
            "it may want https:// in secrets.vault.url (or VAULT_ADDR)",
        )
    if refusal.words == NO_NAMESPACE:
        return unusable(
            f"{place} has no namespace {settings.namespace}",
            "check secrets.vault.namespace (or VAULT_NAMESPACE)",
        )
    if refusal.words == SEALED:
        return unusable(f"{place} is sealed", "somebody with the keys has to unseal it")
    return None


def no_login(settings: VaultSettings, why: str, *, known: bool = True) -> Unusable:
    """Return the error for a login that the server does not grant, for a reason that is known or not."""
    auth = settings.auth
    hint = "check secrets.vault.auth of the environment"
    if auth.wrapped is True:
        hint = "a wrapping token works once, and not for long: have a new one made"
    elif not known:
        hint += f"; {_LOGS}"
    return unusable(f"{place_of(settings)} refuses the login of method {auth.method}: {why}", hint)


def odd(settings: VaultSettings) -> Unusable:
    """Return the error for an answer that no Vault gives."""
    return unusable(
        f"{place_of(settings)} does not answer as Vault does",
        "check secrets.vault.url (or VAULT_ADDR), and what stands in between, such as a proxy",
    )


def broken(settings: VaultSettings, error: Exception) -> Unusable:
    """Return the error for a request that got no answer, or not all of it."""
    place = place_of(settings)
    if "WRONG_VERSION_NUMBER" in str(error):
        return unusable(
            f"{place} does not speak TLS", "write http:// in secrets.vault.url, if that is meant to be"
        )
    if isinstance(error, requests.exceptions.SSLError):
        return unusable(
            f"{place} cannot be trusted: its certificate does not fit",
            "name its certificate authority: secrets: {vault: {ca_file: ...}} or VAULT_CACERT",
        )
    if isinstance(error, requests.Timeout) or _is_slow(error):
        return unusable(
            f"{place} does not answer in time",
            "try again, or give it more: ENVCTL_READ_TIMEOUT, ENVCTL_CONNECT_TIMEOUT (seconds)",
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return unusable(f"{place} broke off in the middle of an answer", "try again")
    return unusable(
        f"{place} cannot be reached",
        "check secrets.vault.url (or VAULT_ADDR), and whether the server runs",
    )


def _is_slow(error: Exception) -> bool:
    """Tell whether it is a time-out that lies behind an error, of every try or of the body of an answer."""
    first = error.args[0] if error.args else None
    reason = getattr(first, "reason", first)
    slow = isinstance(reason, ReadTimeoutError | ConnectTimeoutError)
    return slow and not isinstance(reason, NewConnectionError)
