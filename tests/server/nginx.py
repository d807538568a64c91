"""A real nginx before a real Airflow: it ends TLS, serves it under a path, and asks for what it is told to.

    with Nginx(sandbox.url, authority, tmp_path, demand_certificate=True) as nginx:
        nginx.url  # https://127.0.0.1:PORT/team/airflow, without a slash at the end

It runs in the foreground as a child of the tests, with its own configuration, pid file and logs in a folder
of theirs; what the machine has of nginx in /etc is neither read nor changed.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

from envctl.sandbox.ports import HOST, reserved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import trustme

PREFIX = "/team/airflow"
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/bin"
_INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "nginx-light")
_UPDATE = ("apt-get", "update")
_MOST_SECONDS = 300
_PATIENCE = 10.0


@cache
def nginx_binary() -> str:
    """Give nginx's path; installed by apt-get if it is missing. Raises RuntimeError if it cannot be had."""
    found = _find()
    # A machine that has never asked for package lists does not know the package.
    for commands in ((_INSTALL,), (_UPDATE, _INSTALL)):
        if found or not shutil.which("apt-get"):
            break
        for command in commands:
            subprocess.run(command, capture_output=True, check=False, timeout=_MOST_SECONDS)
        found = _find()
    if not found:
        raise RuntimeError("there is no nginx and apt-get cannot install it: install the package nginx-light")
    return found


def _find() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path=_PLACES)


@dataclass
class Nginx:
    """One nginx, running for the length of a block.

    `authority` signs its certificate for 127.0.0.1, and with `demand_certificate` those of clients. A request
    without one is answered 400, one without the `demand_header` (name and value) 403.
    """

    upstream: str
    authority: trustme.CA
    folder: Path
    demand_certificate: bool = False
    demand_header: tuple[str, str] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        """Where Airflow is through it, without a slash at the end."""
        return f"https://{HOST}:{self.port}{PREFIX}"

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority, for clients."""
        return self.folder / "ca.pem"

    @property
    def access_log(self) -> str:
        """Give what was asked for so far, a line each."""
        return (self.folder / "access.log").read_text(encoding="utf-8")

    def client_certificate(self, name: str = "envctl") -> tuple[Path, Path]:
        """Make a client's certificate and key, signed by the authority, and give their files."""
        made = self.authority.issue_cert(common_name=name)
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        made.cert_chain_pems[0].write_to_path(str(certificate))
        made.private_key_pem.write_to_path(str(key))
        return certificate, key

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        own = self.authority.issue_cert(HOST)
        own.private_key_and_cert_chain_pem.write_to_path(str(self.folder / "server.pem"))
        with reserved() as self.port:
            config = self.folder / "nginx.conf"
            config.write_text(self._config(), encoding="utf-8")
            self._process = subprocess.Popen(
                [
                    nginx_binary(),
                    "-p",
                    str(self.folder),
                    "-c",
                    str(config),
                    "-e",
                    str(self.folder / "error.log"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                self._wait()
            except BaseException:
                self._end()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not start: {(self.folder / 'error.log').read_text(encoding='utf-8')}")

    def _end(self) -> None:
        """End it: asked with SIGTERM, the first process ends its workers too."""
        self._process.terminate()
        self._process.wait(timeout=_PATIENCE)

    def _config(self) -> str:
        temporary = "".join(
            f"  {kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return _CONFIG.format_map({**self._fields(), "temporary": temporary})

    def _fields(self) -> Mapping[str, object]:
        verify = f"ssl_client_certificate {self.ca_file}; ssl_verify_client on;"
        demanded = ""
        if self.demand_header:
            name, value = self.demand_header
            variable = "$http_" + name.lower().replace("-", "_")
            demanded = f'if ({variable} != "{value}") {{ return 403; }}'
        return {
            "folder": self.folder,
            "host": HOST,
            "port": self.port,
            "prefix": PREFIX,
            "upstream": self.upstream,
            "verify": verify if self.demand_certificate else "",
            "demanded": demanded,
        }


# `proxy_pass` with a slash at its end takes the prefix away, and would decode what stands after it (%2F in a
# Variable's key): so the rest of the raw address goes on instead.
_CONFIG = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
{temporary}  map $request_uri $rest {{ "~^{prefix}(?<found>/.*)$" $found; }}
  client_max_body_size 8m;
  server {{
    listen {host}:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    {verify}
    location {prefix}/ {{
      {demanded}
      proxy_pass {upstream}$rest;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Prefix {prefix};
    }}
  }}
}}
"""
