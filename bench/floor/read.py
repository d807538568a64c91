"""The floor of reading: log in, get every page of variables and connections, decode them, compare nothing.

    read.py URL USERNAME PASSWORD CONNECTIONS

A program of its own on urllib3, with nothing of envctl. CONNECTIONS is how many stay open side by side.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import urllib3

PAGE = 100


class Instance:
    """One login, and a pool of connections that are kept alive."""

    def __init__(self, url: str, username: str, password: str, connections: int) -> None:
        parts = urlsplit(url)
        self.connections = connections
        self.headers = {"Content-Type": "application/json"}
        self.pool = urllib3.HTTPConnectionPool(
            str(parts.hostname), parts.port, maxsize=connections, block=True
        )
        token = self.call("POST", "/auth/token", {"username": username, "password": password})
        self.headers["Authorization"] = f"Bearer {token['access_token']}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send one request and give what was answered, decoded."""
        data = None if body is None else json.dumps(body).encode()
        answer = self.pool.request(method, path, body=data, headers=self.headers)
        if answer.status not in {200, 201}:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        return json.loads(answer.data)

    def page(self, section: str, offset: int) -> Any:
        """Give one page of a list."""
        return self.call("GET", f"/api/v2/{section}?limit={PAGE}&offset={offset}&order_by=id")

    def read(self) -> int:
        """Read everything side by side, and give how many objects there are."""
        with ThreadPoolExecutor(self.connections) as crew:
            sections = ("variables", "connections")
            totals = [page["total_entries"] for page in crew.map(self.page, sections, (0, 0))]
            rest = [
                (section, offset)
                for section, total in zip(sections, totals, strict=True)
                for offset in range(PAGE, total, PAGE)
            ]
            for _ in crew.map(lambda one: self.page(*one), rest):
                pass
        return sum(totals)


if __name__ == "__main__":
    address, user, word, count = sys.argv[1:]
    print(Instance(address, user, word, int(count)).read())
