"""Amazon MWAA: AWS makes the requests in our place (`InvokeRestApi`), and says what the environment answered.

How often one is sent again is said in `patience.py`, as over HTTP: botocore's own tries are off, since
it would repeat writes of which a second copy might do harm.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError, MaxRetryError

from envctl import __version__
from envctl.airflow.answer import Answer
from envctl.airflow.mwaa_failures import MISSHAPEN, as_of_http, no_credentials, refusal, unusable
from envctl.airflow.patience import careful, repeating, tries_of, was_sent
from envctl.airflow.transport import V1_ROOT, V2_ROOT
from envctl.body import reveal
from envctl.errors import Ambiguous, NotOffered, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from envctl.airflow.settings import InstanceSettings, MwaaLogin
    from envctl.model.request import ApiCall

_log = logging.getLogger(__name__)

_AIRFLOW_ANSWERED = {"RestApiClientException", "RestApiServerException"}


class MwaaTransport:
    """See `Transport`. Nothing of a login goes along: boto3 finds credentials, and signs with them."""

    def __init__(self, settings: InstanceSettings, login: MwaaLogin) -> None:
        """Find credentials. Raises LoginRefused."""
        self.place = f"MWAA environment {login.environment} in {login.region}"
        self.secrets: frozenset[str] = frozenset()
        self._name = login.environment
        self._retries = settings.wire.retries
        self._client = _client(settings, login)

    def send(self, call: ApiCall, headers: Mapping[str, str], prefix: str = V2_ROOT) -> Answer:
        """Have a request sent; AWS itself knows the prefix of the API. See `Transport.send`.

        Raises NotOffered for whatever stands elsewhere: AWS would look for it below that prefix.
        """
        del headers
        if prefix not in (V1_ROOT, V2_ROOT):
            raise NotOffered(
                f"{self.place}: {prefix}{call.path} stands outside of the API that AWS makes requests to",
                hint="on MWAA leave roles and users out of the spec: see to them in Airflow",
            )
        retries = (repeating if call.repeatable else careful)(self._retries)
        while True:
            error: HTTPError | None = None
            response: urllib3.HTTPResponse | None = None
            try:
                response = self._once(call)
            except HTTPError as broken:
                error = broken
            if response is not None and not retries.is_retry(
                call.method, response.status, "retry-after" in response.headers
            ):
                return _answer(response, tries_of(retries, response.status))
            try:
                retries = retries.increment(
                    call.method, call.path, response=response, error=error, _pool=None
                )
            except MaxRetryError as gave_up:
                if response is not None:
                    return _answer(response, tries_of(retries, response.status))
                raise self._failure(call, gave_up) from None
            retries.sleep(response)

    def connected_ahead(self, count: int) -> AbstractContextManager[None]:
        """Do nothing: the connections are boto3's, to AWS and not to the instance."""
        del count
        return nullcontext()

    def _once(self, call: ApiCall) -> urllib3.HTTPResponse:
        """Send a request once, and return what the environment answers, or AWS in its place, as HTTP has it.

        Raises HTTPError for what another try may mend, and InstanceError for all else.
        """
        began = time.monotonic()
        try:
            said = self._client.invoke_rest_api(Name=self._name, Method=call.method, **_content(call))
        except ClientError as error:
            said = error.response
            if (said.get("Error") or {}).get("Code") not in _AIRFLOW_ANSWERED:
                return refusal(said, self.place, call)
        except BotoCoreError as error:
            raise as_of_http(error, self.place) from None
        except MISSHAPEN:
            raise unusable(self.place) from None
        response = self._of_airflow(said)
        _log.debug(
            "%s %s: %s in %.0f ms", call.method, call.path, response.status, (time.monotonic() - began) * 1000
        )
        return response

    def _of_airflow(self, said: Mapping[str, Any]) -> urllib3.HTTPResponse:
        status, content = said.get("RestApiStatusCode"), said.get("RestApiResponse")
        if not isinstance(status, int):
            raise unusable(self.place)
        headers = (said.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
        body = b"" if content is None else json.dumps(content).encode()
        kept = {
            "content-type": "application/json",
            **({"date": headers["date"]} if "date" in headers else {}),
        }
        return urllib3.HTTPResponse(body, kept, status, preload_content=True)

    def _failure(self, call: ApiCall, error: MaxRetryError) -> Exception:
        hint = "check airflow.auth.region, the network and, if there is one, the proxy"
        if call.method != "GET" and was_sent(error):
            return Ambiguous(f"{self.place}: no answer to {call.method} {call.path}", hint=hint)
        return Unreachable(f"{self.place} cannot be reached: {error.reason}", hint=hint)


def _content(call: ApiCall) -> dict[str, Any]:
    """Return what is handed to the environment; a query key that stands there twice has a list."""
    query: dict[str, list[str]] = {}
    for key, value in call.query:
        query.setdefault(key, []).append(value)
    content: dict[str, Any] = {"Path": call.path}
    if query:
        content["QueryParameters"] = {
            key: values[0] if len(values) == 1 else values for key, values in query.items()
        }
    if call.body is not None:
        content["Body"] = reveal(call.body)
    return content


def _answer(response: urllib3.HTTPResponse, tries: int) -> Answer:
    return Answer(response.status, response.headers, response.data or b"", tries)


def _client(settings: InstanceSettings, login: MwaaLogin) -> Any:
    wire = settings.wire
    config = Config(
        connect_timeout=wire.connect_timeout,
        read_timeout=wire.read_timeout,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=wire.concurrency,
        user_agent_extra=f"envctl/{__version__}",
    )
    authority = settings.certificates.authority
    try:
        session = boto3.Session(profile_name=login.profile, region_name=login.region)
        credentials = session.get_credentials()
        if credentials is None:
            raise no_credentials(None)
        credentials.get_frozen_credentials()
        return session.client("mwaa", config=config, verify=str(authority) if authority else None)
    except (BotoCoreError, ClientError, ValueError, OSError) as error:
        raise no_credentials(error) from None
