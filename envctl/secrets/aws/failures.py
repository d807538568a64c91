"""What AWS and its library fail with, in plain words; nothing of what they say is repeated as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore import exceptions

from envctl.aws_credentials import why_none
from envctl.secrets.backend import Missing, Unusable, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[A-Za-z0-9._-]{1,80}")
_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_RESOURCE = re.compile(r"on resource: ([\w:/+=.@!*-]+)", re.ASCII)
_KEY = re.compile(r"\bKMS\b|ciphertext|\bkms:", re.IGNORECASE)

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"}
_UNDECRYPTED = {"DecryptionFailure", "InvalidKeyId"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
_UNKNOWN = {"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"}
_UNSIGNED = {
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
}
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_OF_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.RefreshWithMFAUnsupportedError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
    exceptions.LoginError,
)
_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501


class Refused(Exception):
    """A request that was answered with no; `code` is AWS's word for why, `said` is never shown."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(code)
        self.code, self.said = code, said

    @property
    def is_denied(self) -> bool:
        """Whether the login has no right to that, be it only to the key that decrypts it."""
        return self.code in _DENIED

    @property
    def is_of_the_key(self) -> bool:
        """Whether it is the KMS key that may not be used, or cannot be."""
        return self.code in _UNDECRYPTED or (self.is_denied and bool(_KEY.search(self.said)))

    def missing(self, action: str, resource: str, place: str) -> Missing:
        """Return what is told of it; `action` and `resource` are what AWS should have named itself."""
        what = _found(_ACTION, self.said) or action
        where = _found(_RESOURCE, self.said) or resource
        if self.is_of_the_key:
            key = where if ":kms:" in where else "the key that encrypts it"
            return Missing(
                f"{place} cannot decrypt {resource} for this login",
                f"allow it kms:Decrypt on {key}, and see that the key is enabled",
            )
        if self.is_denied:
            return Missing(
                f"the login may not read {resource} in {place}", f"allow it {what} on {where}, by IAM policy"
            )
        return Missing(f"{place} refuses to give {resource}: {self.code}", "check the reference")


def refusal(answer: Mapping[str, Any], place: str) -> Refused | Unusable:
    """Return the error of an answer that is none: what is true of all requests is Unusable."""
    error = answer.get("Error") or {}
    status = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
    code = str(error.get("Code") or status)
    code = code if _WORD.fullmatch(code) else str(status)
    if code in _EXPIRED:
        return unusable("the login at AWS has expired", "log in again: aws sso login, or a new session token")
    if code in _UNKNOWN:
        return unusable(
            f"{place} does not know the credentials",
            "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or the profile",
        )
    if code in _UNSIGNED:
        return unusable(
            f"{place} does not accept the signature of the credentials",
            "check AWS_SECRET_ACCESS_KEY, or the profile, and the clock of this machine",
        )
    if _THROTTLED.search(code):
        return unusable(
            f"{place} gets too many requests, and turned some away again and again",
            "try again later, or with fewer at once: ENVCTL_CONCURRENCY",
        )
    if status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED:
        return unusable(f"{place} fails: {code}", "try again; https://health.aws.amazon.com tells of outages")
    return Refused(code, str(error.get("Message") or error.get("message") or ""))


def broken(error: Exception, place: str) -> Unusable:
    """Return the error of a connection that failed."""
    match error:
        case exceptions.SSLError():
            return unusable(
                f"{place} cannot be trusted: its certificate does not fit",
                "name its certificate authority: secrets: {aws: {ca_file: ...}} or AWS_CA_BUNDLE",
            )
        case exceptions.ReadTimeoutError() | exceptions.ConnectTimeoutError():
            return unusable(
                f"{place} does not answer in time",
                "try again, or give it more: ENVCTL_READ_TIMEOUT, ENVCTL_CONNECT_TIMEOUT (seconds)",
            )
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            return unusable(
                f"{place} cannot be reached",
                "check secrets.aws.region (or AWS_REGION), secrets.aws.endpoint_url, and the network",
            )
        case _ if isinstance(error, _OF_CREDENTIALS):  # that ran out meanwhile
            return no_credentials(error)
    return unusable(f"{place} cannot be asked ({type(error).__name__})", "check ~/.aws/config")


def no_credentials(error: Exception) -> Unusable:
    """Return the error of credentials that are not to be had."""
    return unusable(*why_none(error, "secrets.aws"))


def _found(pattern: re.Pattern[str], said: str) -> str | None:
    found = pattern.search(said)
    return found[1] if found else None
