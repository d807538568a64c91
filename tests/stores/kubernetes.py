"""As much of a Kubernetes API server as Vault asks: whose a service account's token is.

A cluster cannot be had in a test run; OpenBao, which is real, asks this for a TokenReview.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

_CLAIMS = {
    "iss": "kubernetes/serviceaccount",
    "sub": "system:serviceaccount:ci:envctl",
    "kubernetes.io/serviceaccount/namespace": "ci",
    "kubernetes.io/serviceaccount/service-account.name": "envctl",
    "kubernetes.io/serviceaccount/service-account.uid": "42",
}
GOOD_TOKEN = jwt.encode(_CLAIMS, rsa.generate_private_key(65537, 2048), algorithm="RS256")


class _Reviewer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = asked["spec"]["token"] == GOOD_TOKEN
        status = {
            "authenticated": good,
            "user": {"username": "system:serviceaccount:ci:envctl", "uid": "42", "groups": []},
        }
        body = json.dumps({**asked, "status": status if good else {"authenticated": False}}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class TokenReviewer:
    """The server, on a free port of loopback."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Reviewer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
