"""Method `google`: application default credentials, found and refreshed by google-auth."""

from __future__ import annotations

import logging
import warnings
from threading import Lock
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.requests import Request

from envctl.airflow.logins.way import bearer, refusal_of
from envctl.errors import LoginRefused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_log = logging.getLogger(__name__)

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class GoogleWay:
    """The token of whoever Google says one is; see `Way`."""

    needs_airflow = False
    doubt = ""

    def __init__(self) -> None:
        self._lock = Lock()
        self._credentials: Any = None
        self._request: Any = None
        self.secrets: frozenset[str] = frozenset()

    def headers(self) -> Mapping[str, str]:
        """Return the header with a token that is still good."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._found()
            if not self._credentials.valid:
                self._refresh()
            return bearer(self._credentials.token)

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        """Return another one than the refused; of several threads one asks Google for it."""
        with self._lock:
            if bearer(self._credentials.token) == refused:
                self._refresh()
            return bearer(self._credentials.token)

    def refused(self, place: str, reason: str) -> LoginRefused:
        """Return the error of an account that is not let in."""
        return refusal_of(
            "google",
            place,
            reason,
            "the account needs the role Composer User (roles/composer.user), and a user in Airflow",
        )

    def _found(self) -> Any:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            # It warns on stderr of a person's own credentials, which are what is meant on a laptop.
            credentials, _ = _asked(lambda: google.auth.default(scopes=SCOPES))
        self._request = Request()
        return credentials

    def _refresh(self) -> None:
        _log.info("asking Google for a token")
        _asked(lambda: self._credentials.refresh(self._request))
        self.secrets |= {self._credentials.token}


def _asked(ask: Callable[[], Any]) -> Any:
    """Return what Google's library gives. What it says of failures may hold keys: it is not repeated."""
    try:
        return ask()
    except DefaultCredentialsError:
        why = "there are no application default credentials that can be used"
        hint = (
            "gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS with the path of a key"
        )
    except TransportError:
        raise Unreachable(
            "airflow.auth: Google cannot be reached for a token",
            hint="check the network and, if there is one, the proxy: HTTPS_PROXY, NO_PROXY",
        ) from None
    except GoogleAuthError as error:
        why = f"Google gives no token for these credentials ({type(error).__name__})"
        hint = "gcloud auth application-default print-access-token, with the same variables, tells more"
    except Exception as error:  # noqa: BLE001 - files of the user's are read here, and their content is in it
        why = f"the application default credentials cannot be used ({type(error).__name__})"
        hint = "check the file that GOOGLE_APPLICATION_CREDENTIALS names"
    raise LoginRefused(f"airflow.auth: {why}", hint=hint)
