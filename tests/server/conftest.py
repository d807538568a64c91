"""One real Airflow for all tests of this folder, cleaned between them, with a proxy in front of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from envctl.sandbox import DEFAULT_VERSION, Sandbox, SandboxSpec, start
from tests.server import guard
from tests.server.envctl import Envctl
from tests.server.old_api import api_of
from tests.server.proxy import Proxy
from tests.server.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.api import Api

VERSION = os.environ.get("ENVCTL_TEST_AIRFLOW") or DEFAULT_VERSION
"""The Airflow of the session: `ENVCTL_TEST_AIRFLOW=2.11.2 pytest tests/server`."""


@dataclass(frozen=True)
class Server:
    """The shared Airflow, the tests' own way into it, and the planted objects' rows."""

    sandbox: Sandbox
    api: Api
    planted: guard.Rows

    @property
    def rows(self) -> guard.Rows:
        return guard.rows(self.sandbox.home / "airflow.db")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The Airflow of the session."""
    spec = SandboxSpec(
        name="shared",
        version=VERSION,
        users={"admin": "admin", "viewer": "viewer"},
        base=tmp_path_factory.mktemp("sandboxes"),
    )
    with start(spec) as sandbox:
        api = api_of(VERSION, sandbox)
        guard.plant(api)
        planted = guard.rows(sandbox.home / "airflow.db")
        assert sum(map(len, planted.values())) == len(guard.ids())
        yield Server(sandbox, api, planted)


@pytest.fixture(autouse=True)
def _unmanaged_objects_stay_as_they_are(server: Server) -> Iterator[None]:
    """Must-show 3: whatever a test does, unmanaged objects are byte for byte the same afterwards."""
    yield
    assert server.rows == server.planted


@pytest.fixture
def api(server: Server) -> Api:
    """The API of the shared Airflow, which holds nothing but the planted objects."""
    server.api.clean(guard.ids())
    return server.api


@pytest.fixture
def proxy(server: Server, api: Api) -> Iterator[Proxy]:
    """A proxy in front of the clean shared Airflow; a mask must never be sent through it."""
    with Proxy(server.sandbox.url) as proxy:
        yield proxy
        assert proxy.asterisks_are_typed or not [one for one in proxy.seen if b"***" in one.body]


@pytest.fixture
def tree(tmp_path: Path, proxy: Proxy, server: Server) -> Tree:
    """A spec tree whose environment `dev` is the shared Airflow behind the proxy."""
    return Tree(tmp_path, proxy.url, server.api.auth_method)


@pytest.fixture
def envctl(server: Server, proxy: Proxy, tmp_path: Path) -> Envctl:
    """The command line, in the folder of the spec tree."""
    runner = Envctl(tmp_path, lambda: proxy.tokens | {server.api.token})
    runner.secrets["AIRFLOW_PASSWORD"] = server.sandbox.password
    runner.canaries.update(guard.SECRETS, [server.sandbox.password_of("viewer")])
    return runner
