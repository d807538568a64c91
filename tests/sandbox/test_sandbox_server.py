"""The sandbox with real Airflows."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import envctl
from envctl.errors import SandboxError
from envctl.sandbox import DEFAULT_VERSION, Sandbox, SandboxSpec, ensure_installed, start
from envctl.sandbox.places import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server


def call(sandbox: Sandbox, method: str, path: str, body: object = None, user: str | None = None) -> Any:
    """Call the API as a user; gives the parsed answer, or the status if that is an error."""
    name = user or sandbox.username
    authorization = login(sandbox, name, sandbox.password_of(name))
    request = urllib.request.Request(
        sandbox.url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": authorization, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def login(sandbox: Sandbox, user: str, password: str) -> str:
    """Give the Authorization header."""
    if sandbox.auth_method == "basic":
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    body = json.dumps({"username": user, "password": password}).encode()
    request = urllib.request.Request(
        f"{sandbox.url}/auth/token", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return f"Bearer {json.load(answer)['access_token']}"


def is_open(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def group_is_gone(leader: int, seconds: float = 5) -> bool:
    """Tell whether no process of the group is left; the system collects orphans a little later."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


# --- Airflow 3 ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def airflow3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API__INSTANCE_NAME", "leaked from the caller")
        patch.setenv("AIRFLOW_VAR_LEAKED", "yes")
        spec = SandboxSpec(
            name="three",
            users={"admin": "admin", "viewer": "viewer"},
            environment={"AIRFLOW__API__MAXIMUM_PAGE_LIMIT": "7"},
            base=tmp_path_factory.mktemp("sandboxes"),
        )
        with start(spec) as sandbox:
            yield sandbox
    assert not sandbox.record.folder.exists()


def test_users_have_their_roles(airflow3: Sandbox) -> None:
    assert call(airflow3, "GET", "/api/v2/version")["version"] == DEFAULT_VERSION
    assert call(airflow3, "GET", "/api/v2/variables")["total_entries"] == 0
    assert call(airflow3, "GET", "/api/v2/connections")["total_entries"] == 0
    assert call(airflow3, "GET", "/api/v2/variables", user="viewer") == 403
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        login(airflow3, "admin", "guessed")
    caught.value.close()


def test_settings_reach_the_server_and_the_callers_do_not(airflow3: Sandbox) -> None:
    sections = call(airflow3, "GET", "/api/v2/config")["sections"]
    config = {
        (section["name"], option["key"]): option["value"]
        for section in sections
        for option in section["options"]
    }
    assert config["api", "maximum_page_limit"] == "7"
    assert config.get(("api", "instance_name")) != "leaked from the caller"


def test_code_sees_what_the_api_wrote(airflow3: Sandbox) -> None:
    call(airflow3, "POST", "/api/v2/variables", {"key": "batch_size", "value": "500"})
    connection = {
        "connection_id": "db",
        "conn_type": "postgres",
        "host": "h",
        "password": "only readable here",
    }
    call(airflow3, "POST", "/api/v2/connections", connection)
    seen = airflow3.run_python(
        "from airflow.models import Connection as Stored\n"
        "from airflow.sdk import Connection, Variable\n"  # as DAG code does
        "one, other = Connection.get('db'), Stored.get_connection_from_secrets('db')\n"
        "assert one.password == other.password\n"
        "print(Variable.get('batch_size'), Variable.get('leaked', None), one.host, one.password, sep='|')"
    )
    assert seen == "500|None|h|only readable here\n"


def test_a_dag_can_be_loaded(airflow3: Sandbox) -> None:
    dag = "from airflow.sdk import DAG\nwith DAG('score_daily', schedule=None): pass\n"
    (airflow3.dags_folder / "score.py").write_text(dag)
    airflow3.run_airflow("dags", "reserialize")
    (found,) = call(airflow3, "GET", "/api/v2/dags")["dags"]
    assert found["dag_id"] == "score_daily"


def test_no_time_is_lost_on_warnings(airflow3: Sandbox) -> None:
    log = airflow3.log.read_text()
    assert "HMAC key is" not in log
    assert "looks like production" not in log
    assert airflow3.password not in log


# --- Airflow 2 ------------------------------------------------------------------------------------


def test_airflow_2(tmp_path: Path) -> None:
    users = {"admin": "admin", "viewer": "viewer"}
    with start(SandboxSpec(name="two", version="2.11.2", users=users, base=tmp_path)) as sandbox:
        with urllib.request.urlopen(f"{sandbox.url}/api/v1/version", timeout=20) as answer:
            assert json.load(answer)["version"] == "2.11.2"
        assert call(sandbox, "GET", "/api/v1/connections")["total_entries"] == 0
        assert call(sandbox, "POST", "/api/v1/variables", {"key": "a", "value": "b"})["value"] == "b"
        assert call(sandbox, "POST", "/api/v1/variables", {"key": "a", "value": "c"}, user="viewer") == 403
        assert call(sandbox, "GET", "/api/v1/config", user="admin") != 403
        assert roles_of_users(sandbox) == {"admin": ["Admin"], "viewer": ["Viewer"]}
        assert sandbox.run_python("from airflow.models import Variable; print(Variable.get('a'))") == "b\n"
    assert group_is_gone(sandbox.pid)
    assert not is_open(sandbox.url)
    assert list(tmp_path.iterdir()) == []


# --- other Airflows, and another auth manager -----------------------------------------------------


@pytest.mark.parametrize(
    ("version", "auth_manager"), [("3.1.8", "simple"), ("3.2.2", "simple"), (DEFAULT_VERSION, "fab")]
)
def test_every_tested_airflow_3_boots(version: str, auth_manager: str, tmp_path: Path) -> None:
    users = {"admin": "admin", "op": "op", "viewer": "viewer"}
    spec = SandboxSpec(name="other", version=version, users=users, base=tmp_path, auth_manager=auth_manager)
    with start(spec) as sandbox:
        assert (sandbox.auth_manager, sandbox.auth_method) == (auth_manager, "password")
        assert call(sandbox, "GET", "/api/v2/version")["version"] == version
        assert call(sandbox, "POST", "/api/v2/pools", {"name": "p", "slots": 1}, user="op")["slots"] == 1
        assert call(sandbox, "GET", "/api/v2/variables", user="viewer") == 403
        if auth_manager == "fab":
            assert roles_of_users(sandbox) == {"admin": ["Admin"], "op": ["Op"], "viewer": ["Viewer"]}


def test_another_auth_manager_is_another_sandbox(airflow3: Sandbox) -> None:
    spec = SandboxSpec(name="three", base=airflow3.record.folder.parent, auth_manager="fab")
    with pytest.raises(SandboxError, match="the auth manager simple"):
        start(spec)


def roles_of_users(sandbox: Sandbox) -> dict[str, list[str]]:
    users = call(sandbox, "GET", "/auth/fab/v1/users")["users"]
    return {user["username"]: [role["name"] for role in user["roles"]] for user in users}


# --- from the command line ------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of its own, but for the installed Airflows: those take too long to make."""
    ensure_installed(DEFAULT_VERSION)
    (tmp_path / "airflow").symlink_to(cache_folder() / "airflow")
    return tmp_path


def command(cache: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `envctl sandbox ARGUMENTS` as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from envctl.cli.sandbox import sandbox_app; sandbox_app()", *arguments],
        env={
            **os.environ,
            "ENVCTL_CACHE_DIR": str(cache),
            "PYTHONPATH": str(Path(envctl.__file__).parents[1]),
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def result(running: subprocess.Popen[str]) -> str:
    """Wait for a command and give its stdout."""
    stdout, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    return stdout


def test_up_twice_killed_up_down(cache: Path) -> None:
    both = [command(cache, "up", "twin", "--format", "json") for _ in range(2)]
    one, other = (json.loads(result(each))["sandboxes"][0] for each in both)
    try:
        assert one == other
        assert is_open(one["url"])
        os.kill(one["pid"], signal.SIGKILL)
        (again,) = json.loads(result(command(cache, "up", "twin", "--format", "json")))["sandboxes"]
        assert again["pid"] != one["pid"]
        assert again["password"] != one["password"]
    finally:
        assert result(command(cache, "down", "twin")) == "stopped twin\n"
    for each in (one, again):
        assert group_is_gone(each["pid"])
        assert not is_open(each["url"])
    assert sorted(path.name for path in cache.iterdir()) == ["airflow", "sandboxes"]
    assert list((cache / "sandboxes").iterdir()) == []
