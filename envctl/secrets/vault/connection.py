"""One login to a Vault or OpenBao, kept alive while it is needed."""

from __future__ import annotations

import logging
import time
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

import hvac
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from envctl.secrets.backend import Unusable, unusable
from envctl.secrets.vault.answers import OddAnswer, Refusal, VaultAdapter
from envctl.secrets.vault.failures import Absent, Denied, broken, no_login, odd, place_of, refused
from envctl.secrets.vault.login import Grant, granted_by, left_of, logged_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.secrets.vault.settings import VaultSettings

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class VaultConnection:
    """Asks one server. Safe to use from several threads; the first use logs in."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._lock = RLock()
        self._session = self._new_session()
        self._client: hvac.Client | None = None
        """Of the login in force. Each has its own, so that what was asked with one is known of that one."""
        self._grant: Grant | None = None
        self._in_vain = False
        """Whether it was tried to log in again after a refusal, and that changed nothing."""

    @property
    def place(self) -> str:
        """What messages call the server."""
        return place_of(self._settings)

    def ask(self, question: Callable[[hvac.Client], _T]) -> _T:
        """Return the answer to a question. Raises Denied, Absent, and Unusable for all else.

        A question raises OddAnswer for an answer that is not of the shape which it needs.
        """
        client = self._alive()
        try:
            return self._once(question, client)
        except Denied:
            # A denied path and a token that has run out are answered alike.
            if self._in_vain or self._is_good(client):
                raise
        client = self._again(client)
        try:
            return self._once(question, client)
        except Denied:
            self._in_vain = not self._is_good(client)
            raise

    def _once(
        self, question: Callable[[hvac.Client], _T], client: hvac.Client, *, entering: bool = False
    ) -> _T:
        """Ask once, with failures as our own errors; `entering` tells that the question is to log in.

        None of the errors has another behind it: those hold what was sent, or what the server said.
        """
        try:
            return question(client)
        except Refusal as refusal:
            failure = refused(self._settings, refusal, entering=entering)
        except OddAnswer:
            failure = odd(self._settings)
        except requests.RequestException as error:
            failure = broken(self._settings, error)
        raise failure

    def _alive(self) -> hvac.Client:
        """Return a client with a token that will live for a while yet."""
        with self._lock:
            if self._client is None:
                return self._log_in()
            if self._grant is not None and self._grant.is_due(time.monotonic()):
                self._prolong(self._client, self._grant)
            return self._client

    def _log_in(self) -> hvac.Client:
        client = self._new_client()
        try:
            self._grant = self._once(lambda one: logged_in(one, self._settings), client, entering=True)
        except Denied as error:
            wrapped = self._settings.auth.wrapped is True
            why = "the wrapping token is refused" if wrapped else str(error)
            raise no_login(self._settings, why) from None
        except Absent:
            raise no_login(self._settings, "there is no such login method there") from None
        self._client = client
        return client

    def _prolong(self, client: hvac.Client, grant: Grant) -> None:
        """Renew the token, or log in again where it cannot live on; failing that it is used to its end."""
        try:
            self._renew(client, grant)
        except (Denied, Absent, Unusable) as error:
            _log.info("%s: the token is not renewed: %s", self.place, str(error) or "there is no way to")
            self._grant = None
            if self._can_log_in_again:
                self._log_in()

    @property
    def _can_log_in_again(self) -> bool:
        auth = self._settings.auth
        return auth.method != "token" and auth.wrapped is not True

    def _renew(self, client: hvac.Client, grant: Grant) -> None:
        """Renew the token, or find out how long it will live when nobody knows."""
        if grant.ttl is None:
            self._grant = self._once(left_of, client)
        elif grant.renewable:
            self._grant = self._once(lambda one: granted_by(one.auth.token.renew_self()), client)
            _log.info("%s: the token was renewed for %s s", self.place, self._grant.ttl)
        elif self._can_log_in_again:
            self._log_in()
        else:
            self._grant = None

    def _again(self, refused: hvac.Client) -> hvac.Client:
        """Return a client that logged in again, because the token of this one is no longer accepted."""
        auth = self._settings.auth
        with self._lock:
            client = self._alive()
            if client is not refused:
                return client
            if auth.method == "token":
                raise unusable(
                    f"{self.place} does not accept the token: it has expired, or was revoked",
                    "log in again and set VAULT_TOKEN (or what secrets.vault.auth refers to)",
                )
            if not self._can_log_in_again:
                raise no_login(self._settings, "the token has expired")
            return self._log_in()

    def _is_good(self, client: hvac.Client) -> bool:
        """Tell whether a client's token is accepted at all, by what needs a token, and few rights or none."""
        for question in (_itself, _anything):
            try:
                self._once(question, client)
            except Denied:
                continue
            except Absent:
                return True
            return True
        return False

    def _new_session(self) -> requests.Session:
        settings = self._settings
        session = requests.Session()
        # A server that restarts is waited for; of one that is slow no more than one answer more. A login
        # that went out is not sent again: what unwraps a secret id does so once.
        retry = Retry(
            total=settings.retries,
            read=1,
            status=0,
            backoff_factor=0.15,
            raise_on_status=False,
            allowed_methods=("GET", "LIST"),
        )
        adapter = HTTPAdapter(pool_maxsize=settings.concurrency, max_retries=retry)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        session.verify = str(settings.ca_file) if settings.ca_file else True
        return session

    def _new_client(self) -> hvac.Client:
        settings = self._settings
        return hvac.Client(
            url=settings.url,
            token="",  # None would make hvac look for one in ~/.vault-token
            verify=self._session.verify,
            timeout=(settings.connect_timeout, settings.read_timeout),
            namespace=settings.namespace,
            session=self._session,
            adapter=VaultAdapter,
        )


def _itself(client: hvac.Client) -> object:
    return client.auth.token.lookup_self()


def _anything(client: hvac.Client) -> object:
    # For this any token will do, whatever its policies.
    return client.adapter.get("/v1/sys/internal/ui/mounts")
