"""A stand-in for a Vault, for what a real one will not say or do on demand."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from envctl.model.reference import Reference
from envctl.model.secret import Secret
from envctl.secrets.vault.connection import VaultConnection
from envctl.secrets.vault.entry import VaultAuth
from envctl.secrets.vault.reading import Mounts, Reader
from envctl.secrets.vault.settings import VaultSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.secrets.backend import Found, Missing

DENIED = (403, {"errors": ["permission denied"]})
MOUNTS = (200, {"data": {"secret": {"secret/": {"type": "kv", "options": {"version": "2"}}}}})
DOCUMENT = (200, {"data": {"data": {"pg": "x"}, "metadata": {"version": 3}}})


def login(token: str) -> tuple[int, Any]:
    """Give the answer to a login."""
    return 200, {"auth": {"client_token": token, "lease_duration": 3600, "renewable": True}}


class Double:
    """Answers as `answer` says for a path and a token: a status, and JSON or a text; `short` breaks off."""

    def __init__(self, answer: Callable[[str, str], tuple[int, Any]], *, short: bool = False) -> None:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.removeprefix("/v1/")
                double.paths.append(path)
                status, content = answer(path, self.headers.get("X-Vault-Token") or "")
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                kind = "text/plain" if isinstance(content, str) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text[: len(text) // 2 if short else None].encode())
                self.close_connection = short

            do_GET = do_POST = do_PUT = do_LIST = _answer  # noqa: N815 - the names that http.server has

            def log_message(self, *_: object) -> None:
                pass

        self.paths: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def connection(self, credential: str = "credential-canary-1b", method: str = "token") -> VaultConnection:
        """Give a connection to it."""
        role = Secret("role-1", "role")
        settings = VaultSettings(
            url=f"http://127.0.0.1:{self._server.server_address[1]}",
            namespace=None,
            mount=None,
            kv_version=None,
            ca_file=None,
            auth=VaultAuth.model_construct(method=method, mount=None, wrapped=False, role_id=role),
            credential=Secret(credential, "it"),
            connect_timeout=5,
            read_timeout=5,
            retries=0,
            concurrency=4,
        )
        return VaultConnection(settings)

    def read(self, *names: str, method: str = "token") -> list[Found | Missing]:
        """Look up references, and give what there is for each."""
        connection = self.connection(method=method)
        references = [Reference("vault", name, f"${{vault:{name}}}") for name in names]
        found = Reader(connection, Mounts(connection, None, None), 4).read(references)
        return [found[one] for one in references]

    def why(self, method: str = "token") -> str:
        """Look up one reference that cannot be had, and give why and what to do."""
        (found,) = self.read("ml/prod#pg", method=method)
        return f"{found.why}; {found.hint}"  # type: ignore[union-attr] # what is found fails the test
