"""The nginx of the tests, before a real Airflow: what the tests of logins and addresses stand on."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.server.nginx import Nginx

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Server

pytestmark = pytest.mark.server

HEADER = ("X-Gateway-Key", "open sesame")


def ask(
    nginx: Nginx,
    method: str,
    path: str,
    context: ssl.SSLContext,
    body: object = None,
    token: str = "",
    *,
    header: bool = True,
) -> Any:
    """Give the parsed answer, or the status if that is an error."""
    headers = {"Content-Type": "application/json", **({HEADER[0]: HEADER[1]} if header else {})}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(nginx.url + path, method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_airflow_behind_nginx(server: Server, tmp_path: Path) -> None:
    authority = trustme.CA()
    nginx = Nginx(
        server.sandbox.url, authority, tmp_path / "nginx", demand_certificate=True, demand_header=HEADER
    )
    with nginx:
        bare = ssl.create_default_context(cafile=str(nginx.ca_file))
        known = ssl.create_default_context(cafile=str(nginx.ca_file))
        known.load_cert_chain(*nginx.client_certificate())
        assert ask(nginx, "GET", "/api/v2/version", known)["version"] == server.sandbox.version
        assert ask(nginx, "GET", "/api/v2/version", bare) == 400
        assert ask(nginx, "GET", "/api/v2/version", known, header=False) == 403
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(nginx, "GET", "/api/v2/version", ssl.create_default_context())
        login = {"username": "admin", "password": server.sandbox.password}
        token = ask(nginx, "POST", "/auth/token", known, login)["access_token"]
        body = {"key": "/a b/ü?", "value": "1"}
        place = "/api/v2/variables/%2Fa%20b%2F%C3%BC%3F"
        ask(nginx, "POST", "/api/v2/variables", known, body, token)
        assert ask(nginx, "GET", place, known, token=token)["key"] == body["key"]
        assert ask(nginx, "DELETE", place, known, token=token) is None
    assert "GET /team/airflow/api/v2/version" in nginx.access_log
    assert nginx._process.returncode == 0
