"""AWS as far as MWAA goes, on loopback: `InvokeRestApi` as botocore's description of it has it.

It is not AWS: what AWS does beyond that description is not known here. moto has no such operation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from tests.listener import Came, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Callable

NAME, REGION = "my-environment", "eu-west-1"
KEY_ID, SECRET_KEY = "AKIAMWAATESTS0000001", "mwaa-secret-key-canary-5d10"


def refusal(status: int, code: str, body: object = None) -> Said:
    """Answer as AWS does where it says no itself."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": f"{code}:http://x/"}
    return Said(status, json.dumps(body or {"Message": f"no, said {code}"}).encode(), headers)


def answered(status: int, content: object) -> Said:
    """Answer as AWS does when the environment has answered."""
    body = {"RestApiStatusCode": status, "RestApiResponse": content}
    if status < 400:
        return Said(200, json.dumps(body).encode())
    kind = "RestApiClientException" if status < 500 else "RestApiServerException"
    return refusal(400, kind, body)


class Mwaa(Listener):
    """Has a real Airflow answer; `faults` may answer instead, by what was asked."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(self._invoke)
        self._airflow, self._token = url, token
        self.asked: list[dict[str, Any]] = []
        self.faults: list[Callable[[dict[str, Any]], Said | None]] = []

    @property
    def variables(self) -> dict[str, str]:
        """What a program has to have set to find this AWS, but for the secret key."""
        return {
            "AWS_ENDPOINT_URL_MWAA": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def _invoke(self, came: Came) -> Said | None:
        if f"Credential={KEY_ID}/" not in came.headers.get("authorization", ""):
            return refusal(403, "UnrecognizedClientException")
        assert f"/{REGION}/airflow/aws4_request" in came.headers["authorization"]
        if (came.method, came.path) != ("POST", f"/restapi/{NAME}"):
            return refusal(404, "ResourceNotFoundException")
        asked = came.json
        self.asked.append(asked)
        for fault in self.faults:
            if (said := fault(asked)) is not None:
                return said
        query = urlencode(asked.get("QueryParameters") or {}, doseq=True)
        answer = requests.request(
            asked["Method"],
            f"{self._airflow}/api/v2{asked['Path']}?{query}",
            json=asked.get("Body"),
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=60,
        )
        return answered(answer.status_code, answer.json() if answer.content else None)
