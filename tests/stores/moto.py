"""A real moto server on loopback, stopped by id, and a gate in front of it that counts what is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

import boto3
import requests

from tests.server.proxy import Answer, Exchange, Proxy
from tests.stores.bao import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

REGION = "eu-central-1"
KEY_ID, SECRET_KEY = "AKIAMOTOTESTS0000001", "aws-secret-key-canary-81b6"
_TRIES = 600


def program() -> Path:
    """Give the path of the server, which the package moto brings."""
    found = Path(sys.executable).parent / "moto_server"
    assert found.exists(), "moto is not installed: make setup"
    return found


class Moto:
    """A server. Use as a context manager."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program(), "-H", "127.0.0.1", "-p", str(self.port)],
                stdout=log,
                stderr=log,
                env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"},
            )
        for _ in range(_TRIES):
            try:
                requests.get(f"{self.url}/moto-api/", timeout=5)
            except requests.RequestException:
                assert self._process.poll() is None, (self.home / "log").read_text()
                time.sleep(0.05)
            else:
                return self
        raise AssertionError((self.home / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def reset(self) -> None:
        """Forget everything."""
        requests.post(f"{self.url}/moto-api/reset", timeout=10).raise_for_status()

    def client(self, service: str) -> Any:
        """Give a client that may do everything."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET_KEY,
        )

    def secret(self, name: str, text: str | None = None, **fields: Any) -> str:
        """Make a secret of a text, or of fields as JSON; give its ARN."""
        content = json.dumps(fields) if text is None else text
        return str(self.client("secretsmanager").create_secret(Name=name, SecretString=content)["ARN"])

    def renewed(self, name: str, text: str) -> str:
        """Write a new version of a secret, and give its id."""
        answer = self.client("secretsmanager").put_secret_value(SecretId=name, SecretString=text)
        return str(answer["VersionId"])

    def parameter(self, name: str, text: str, kind: str = "SecureString") -> int:
        """Write a parameter, and give its version."""
        answer = self.client("ssm").put_parameter(Name=name, Value=text, Type=kind, Overwrite=True)
        return int(answer["Version"])


class Gate(Proxy):
    """A proxy in front of moto; `faults` are by the name of the action."""

    def __init__(self, upstream: str, **options: Any) -> None:
        self.actions: list[str] = []
        self.faults: dict[str, Callable[[Exchange], Answer | None]] = {}
        super().__init__(upstream, **options)

    def handle(self, exchange: Exchange) -> Answer | None:
        target = exchange.headers.get("x-amz-target")
        named = parse_qs(exchange.body.decode()).get("Action", [""])[0] if target is None else target
        action = named.rpartition(".")[2]
        self.actions.append(action)
        fault = self.faults.get(action)
        return fault(exchange) if fault else exchange.forward()


def refused(status: int, code: str, said: str = "") -> Callable[[Exchange], Answer]:
    """Give a fault that answers as AWS refuses."""
    body = json.dumps({"__type": code, "Message": said}).encode()
    return lambda _: Answer(status, {"Content-Type": "application/x-amz-json-1.1"}, body)
