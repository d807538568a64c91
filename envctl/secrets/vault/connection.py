"""One login to a Vault or OpenBao, kept alive while it is needed, and its failures in plain words."""

from __future__ import annotations

import logging
import time
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import hvac
import requests
from hvac import exceptions
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from envctl.body import secret_texts
from envctl.secrets.vault.login import Grant, granted, logged_in
from envctl.secrets.vault.settings import StoreUnusable, VaultSettings, unusable

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SHOWN = 200


class Denied(Exception):
    """The login is good, and has no right to that path."""


class Absent(Exception):
    """There is nothing at that path; `content` is what the server said all the same."""

    def __init__(self, content: Any) -> None:
        super().__init__()
        self.content = content


class VaultConnection:
    """Asks one server. Safe to use from several threads; the first use logs in."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._lock = RLock()
        self._client: hvac.Client | None = None
        self._grant: Grant | None = None

    @property
    def place(self) -> str:
        """What messages call the server."""
        return f"Vault at {self._settings.url}"

    def ask(self, question: Callable[[hvac.Client], _T]) -> _T:
        """Return the answer to a question. Raises Denied, Absent, and StoreUnusable for all else."""
        client = self._alive()
        used = client.token
        try:
            return self._once(question, client)
        except Denied:
            # A denied path and a token that has run out are answered alike.
            if self._is_good(client):
                raise
        return self._once(question, self._again(used))

    def _once(self, question: Callable[[hvac.Client], _T], client: hvac.Client) -> _T:
        """Ask once, with failures as our own errors."""
        try:
            return question(client)
        except exceptions.Forbidden:
            raise Denied from None
        except exceptions.InvalidPath as error:
            if "namespace not found" in self._words(error):
                raise self._no_namespace() from None
            raise Absent(error.json) from None
        except exceptions.VaultError as error:
            raise self._refused(error) from None
        except requests.RequestException as error:
            raise self._broken(error) from None

    def _alive(self) -> hvac.Client:
        """Return a client with a token that will live for a while yet."""
        with self._lock:
            if self._client is None:
                self._client = self._new_client()
                self._log_in(self._client)
            elif self._grant is not None and self._grant.is_due(time.monotonic()):
                self._prolong(self._client, self._grant)
            return self._client

    def _log_in(self, client: hvac.Client) -> None:
        try:
            self._grant = self._once(lambda one: logged_in(one, self._settings), client)
        except (Denied, Absent) as error:
            why = "denied" if isinstance(error, Denied) else "there is no such login method there"
            raise self._no_login(why) from None

    def _no_login(self, why: str) -> StoreUnusable:
        auth = self._settings.auth
        what = "the wrapping token is refused" if auth.wrapped is True and why == "denied" else why
        hint = "check secrets.vault.auth of the environment"
        if auth.wrapped is True:
            hint = "a wrapping token works once, and not for long: have a new one made"
        return unusable(f"{self.place} refuses the login of method {auth.method}: {what}", hint)

    def _prolong(self, client: hvac.Client, grant: Grant) -> None:
        """Renew the token, or log in again where it cannot live on; failing that it is used to its end."""
        try:
            self._renew(client, grant)
        except (Denied, Absent, StoreUnusable) as error:
            _log.info("%s: the token is not renewed: %s", self.place, str(error) or "denied")
            self._grant = None
            if self._can_log_in_again:
                self._log_in(client)

    @property
    def _can_log_in_again(self) -> bool:
        auth = self._settings.auth
        return auth.method != "token" and auth.wrapped is not True

    def _renew(self, client: hvac.Client, grant: Grant) -> None:
        """Renew the token, or find out how long it will live when nobody knows."""
        if grant.ttl is None:
            answer = self._once(lambda one: one.auth.token.lookup_self(), client)["data"]
            self._grant = granted(answer.get("ttl") or 0, renewable=bool(answer.get("renewable")))
        elif grant.renewable:
            answer = self._once(lambda one: one.auth.token.renew_self(), client)["auth"]
            self._grant = granted(answer["lease_duration"], renewable=bool(answer["renewable"]))
            _log.info("%s: the token was renewed for %s s", self.place, answer["lease_duration"])
        elif self._can_log_in_again:
            self._log_in(client)
        else:
            self._grant = None

    def _again(self, refused: str) -> hvac.Client:
        """Return a client that logged in again, because its token is no longer accepted."""
        auth = self._settings.auth
        with self._lock:
            client = self._alive()
            if client.token != refused:
                return client
            if auth.method == "token":
                raise unusable(
                    f"{self.place} does not accept the token: it has expired, or was revoked",
                    "log in again and set VAULT_TOKEN (or what secrets.vault.auth refers to)",
                )
            if not self._can_log_in_again:
                raise self._no_login("the token has expired")
            self._log_in(client)
            return client

    def _is_good(self, client: hvac.Client) -> bool:
        try:
            self._once(lambda one: one.auth.token.lookup_self(), client)
        except Denied:
            return False
        except Absent:
            return True
        return True

    def _new_client(self) -> hvac.Client:
        settings = self._settings
        session = requests.Session()
        # A server that restarts is waited for; of one that is slow no more than one answer more. A login
        # that went out is not sent again: what unwraps a secret id does so once.
        retry = Retry(
            total=settings.retries,
            read=1,
            status=0,
            backoff_factor=0.3,
            raise_on_status=False,
            allowed_methods=("GET", "LIST"),
        )
        adapter = HTTPAdapter(pool_maxsize=settings.concurrency, max_retries=retry)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        verify = str(settings.ca_file) if settings.ca_file else True
        session.verify = verify
        return hvac.Client(
            url=settings.url,
            token="",  # None would make hvac look for one in ~/.vault-token
            verify=verify,
            timeout=(settings.connect_timeout, settings.read_timeout),
            namespace=settings.namespace,
            session=session,
        )

    def _refused(self, error: Any) -> StoreUnusable:
        words = self._words(error)
        if "sealed" in words:
            return unusable(f"{self.place} is sealed", "somebody with the keys has to unseal it")
        if isinstance(error, exceptions.InvalidRequest | exceptions.Unauthorized):
            return self._no_login(words) if self._grant is None else unusable(f"{self.place}: {words}")
        status = type(error).__name__ if words == "" else words
        return unusable(f"{self.place} fails: {status}", "its log says why; then try again")

    def _no_namespace(self) -> StoreUnusable:
        return unusable(
            f"{self.place} has no namespace {self._settings.namespace}",
            "check secrets.vault.namespace (or VAULT_NAMESPACE)",
        )

    def _words(self, error: Any) -> str:
        """Return what the server said, on one line, unless it repeats what it must not."""
        said = " ".join(" ".join(str(one) for one in error.errors or ()).split())[:_SHOWN]
        known = secret_texts([self._settings.credential, self._settings.auth.role_id])
        return "" if any(secret in said for secret in known) else said

    def _broken(self, error: Exception) -> StoreUnusable:
        if isinstance(error, requests.exceptions.SSLError):
            return unusable(
                f"{self.place} cannot be trusted: its certificate does not fit",
                "name its certificate authority: secrets: {vault: {ca_file: ...}} or VAULT_CACERT",
            )
        if isinstance(error, requests.Timeout) or _is_slow(error):
            return unusable(
                f"{self.place} does not answer in time",
                "try again, or give it more: ENVCTL_READ_TIMEOUT, ENVCTL_CONNECT_TIMEOUT (seconds)",
            )
        return unusable(
            f"{self.place} cannot be reached",
            "check secrets.vault.url (or VAULT_ADDR), and whether the server runs",
        )


def _is_slow(error: Exception) -> bool:
    """Tell whether it is a time-out that lies behind an error, once every try has met it."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    slow = isinstance(reason, ReadTimeoutError | ConnectTimeoutError)
    return slow and not isinstance(reason, NewConnectionError)
