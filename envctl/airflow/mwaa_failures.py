"""What AWS and its library fail with, as HTTP's failures or our errors; their words are not repeated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import urllib3
from botocore import exceptions
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError, ProtocolError

from envctl.aws_credentials import why_none
from envctl.errors import Forbidden, LoginRefused, RequestFailed, Unreachable, WrongServer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import InstanceError
    from envctl.model.request import ApiCall

MISSHAPEN = (ResponseParserError, AttributeError, LookupError, TypeError, ValueError)
"""What botocore raises for answers that AWS would not give, with the answer in it."""
_WORD = re.compile(r"[A-Za-z0-9._-]{1,80}")
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
_UNKNOWN = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
}
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_TOO_MANY, _SERVER_ERROR = 429, 500
_LONGEST_PATH = 64
"""Characters, by AWS's description of `InvokeRestApi`."""


def refusal(answer: Mapping[str, Any], place: str, call: ApiCall) -> urllib3.HTTPResponse:
    """Return what AWS itself answers, as HTTP has it, where another try may mend it.

    Raises InstanceError for all else.
    """
    status = int((answer.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0)
    code = str((answer.get("Error") or {}).get("Code") or status)
    code = code if _WORD.fullmatch(code) else str(status)
    if _THROTTLED.search(code) or status == _TOO_MANY:
        return _plain(_TOO_MANY)
    if status >= _SERVER_ERROR:
        return _plain(status)
    raise _of_code(code, status, place, call)


def _plain(status: int) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(b"", {}, status)


def _of_code(code: str, status: int, place: str, call: ApiCall) -> InstanceError:
    if code in _DENIED:
        return Forbidden(
            f"the login at AWS may not call the API of {place}",
            hint="allow it airflow:InvokeRestApi on arn:aws:airflow:REGION:ACCOUNT:role/ENVIRONMENT/ROLE,"
            " by IAM policy",
        )
    if code in _EXPIRED:
        return LoginRefused(
            "the login at AWS has expired", hint="log in again: aws sso login, or a new session token"
        )
    if code in _UNKNOWN:
        return LoginRefused(
            f"{place}: AWS does not accept the credentials ({code})",
            hint="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile, and this machine's clock",
        )
    if code == "ResourceNotFoundException":
        return WrongServer(
            f"there is no {place}", hint="check airflow.auth.environment and region, and the account"
        )
    if len(call.path) > _LONGEST_PATH:
        return RequestFailed(
            f"{place}: AWS takes no path as long as that of {call.method} {call.path} ({code})",
            status=status,
            hint=f"{_LONGEST_PATH} characters at most: give the object a shorter id",
        )
    return RequestFailed(f"{place}: AWS refuses {call.method} {call.path}: {code}", status=status)


def as_of_http(error: Exception, place: str) -> HTTPError:
    """Return the failure of a connection as urllib3 has it. Raises InstanceError where it is none."""
    match error:
        case exceptions.SSLError():
            raise Unreachable(
                f"{place} cannot be trusted: the certificate of AWS does not fit",
                hint="name its authority: airflow.ca_file, or AWS_CA_BUNDLE",
            )
        case exceptions.ConnectTimeoutError() | exceptions.EndpointConnectionError():
            return urllib3.exceptions.ConnectTimeoutError("no connection")
        case exceptions.ProxyConnectionError():
            return urllib3.exceptions.ConnectTimeoutError("no connection to the proxy")
        case exceptions.ReadTimeoutError():
            return ProtocolError("no answer in time")
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return ProtocolError("the connection was closed before the answer was complete")
        case exceptions.ParamValidationError():
            raise RequestFailed(f"{place}: boto3 cannot send such a request", status=0)
    raise no_credentials(error)


def unusable(place: str) -> WrongServer:
    """Return the error of answers that AWS would not give."""
    return WrongServer(
        f"{place} does not answer as AWS does", hint="check AWS_ENDPOINT_URL and ~/.aws/config"
    )


def no_credentials(error: Exception | None) -> LoginRefused:
    """Return the error of credentials that are not to be had."""
    why, hint = why_none(error, "airflow.auth")
    return LoginRefused(f"airflow.auth: {why}", hint=hint)
