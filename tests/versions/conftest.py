"""Two real Airflows, an old one and a new one, each with a proxy before it and a spec tree of its own."""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from envctl.sandbox import DEFAULT_VERSION, SandboxSpec, start
from tests.server import guard
from tests.server.conftest import Server
from tests.server.envctl import REPOSITORY, Envctl
from tests.server.old_api import api_of
from tests.server.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.api import Api
    from tests.server.envctl import Done

OLD, NEW = "2.11.2", DEFAULT_VERSION
USERS = {"admin": "admin", "op": "op", "viewer": "viewer"}
PASSWORD = "versions-pg-password-61c0"
_OF_THE_MOMENT = {"time", "url", "airflow_version"}


@dataclass(frozen=True)
class Place:
    """One Airflow with the sample tree of the repository, whose environment `dev` it is."""

    server: Server
    proxy: Proxy
    envctl: Envctl
    folder: Path

    @property
    def api(self) -> Api:
        return self.server.api

    def write(self, text: str) -> None:
        """Write a further file of dev's spec."""
        (self.folder / "environments" / "dev" / "further.yaml").write_text(text, encoding="utf-8")

    def json(self, *arguments: str) -> Done:
        return self.envctl.json(*arguments)

    def log_in_as(self, user: str) -> None:
        """Have dev's login be another one, one of USERS."""
        file = self.folder / "environments" / "dev" / "environment.yaml"
        file.write_text(re.sub(r"username: \w+", f"username: {user}", file.read_text()))
        self.envctl.secrets["AIRFLOW_DEV_PASSWORD"] = self.server.sandbox.password_of(user)


DAGS = """
from datetime import datetime
from airflow import DAG
for one in ("train", "score"):
    globals()[one] = DAG(one, schedule=None, start_date=datetime(2024, 1, 1))
"""


def told(done: Done) -> dict[str, Any]:
    """Give a JSON report without what speaks of the instance and of the moment."""
    content: dict[str, Any] = _without(done.json)
    return content


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(item) for key, item in value.items() if key not in _OF_THE_MOMENT}
    return [_without(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Both Airflows, with objects in them that no spec has."""
    with ExitStack() as stack:
        found = {}
        for version in (OLD, NEW):
            base = tmp_path_factory.mktemp(f"airflow-{version}")
            spec = SandboxSpec(name="versions", version=version, base=base, users=USERS)
            sandbox = stack.enter_context(start(spec))
            api = api_of(version, sandbox)
            guard.plant(api)
            found[version] = Server(sandbox, api, guard.rows(sandbox.home / "airflow.db"))
        yield found


def _place(server: Server, proxy: Proxy, folder: Path) -> Place:
    server.api.clean(guard.ids())
    shutil.copytree(REPOSITORY / "environments", folder / "environments")
    file = folder / "environments" / "dev" / "environment.yaml"
    method = f"method: {server.api.auth_method}, username: admin"
    text = file.read_text().replace("https://airflow.dev.example.com", proxy.url)
    file.write_text(text.replace("method: password, username: envctl", method))
    runner = Envctl(folder, lambda: proxy.tokens | {server.api.token})
    runner.secrets |= {"AIRFLOW_DEV_PASSWORD": server.sandbox.password, "PG_PASSWORD": PASSWORD}
    runner.canaries.update(guard.SECRETS)
    return Place(server, proxy, runner, folder)


@pytest.fixture
def places(servers: dict[str, Server], tmp_path: Path) -> Iterator[dict[str, Place]]:
    """Both Airflows, clean; whatever a test does, what is unmanaged stays as it is, byte for byte."""
    with ExitStack() as stack:
        found = {}
        for version, server in servers.items():
            proxy = stack.enter_context(Proxy(server.sandbox.url))
            folder = tmp_path / version
            folder.mkdir()
            found[version] = _place(server, proxy, folder)
        yield found
        for place in found.values():
            assert place.server.rows == place.server.planted


@pytest.fixture
def old(places: dict[str, Place]) -> Place:
    """The Airflow 2.11."""
    return places[OLD]


@pytest.fixture
def dags(old: Place) -> Iterator[None]:
    """Two DAGs on the Airflow 2.11, `train` and `score`, paused as Airflow makes them."""
    file = old.server.sandbox.dags_folder / "two.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(DAGS)
    old.server.sandbox.run_airflow("dags", "reserialize")
    yield
    file.unlink()
    for one in ("train", "score"):
        old.api.call("DELETE", f"/dags/{one}")
