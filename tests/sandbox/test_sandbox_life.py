"""Starting, finding and ending, with a small program in the place of Airflow: what goes wrong and when."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from envctl.cli import sandbox as cli
from envctl.errors import SandboxError, UsageError
from envctl.sandbox import DEFAULT_VERSION, Sandbox, SandboxSpec, process, running, server, start, stop_named
from envctl.sandbox.process import ServerProcess, find_by_log, is_alive, is_held, spawn, terminate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.programs

# Answers like Airflow 3 as far as the sandbox asks. FAKE_* decide how it misbehaves.
PROGRAM = """
import http.server, json, os, signal, sys, time
if sys.argv[1:3] == ["db", "migrate"]:
    open(os.path.join(os.environ["AIRFLOW_HOME"], "airflow.db"), "wb").close(); sys.exit()
port, mode = int(sys.argv[sys.argv.index("--port") + 1]), os.environ.get("FAKE_MODE", "")
if mode == "dies":
    print("boom: no such table"); sys.exit(1)
if mode == "port":
    with open(os.environ["FAKE_TRIES"], "a") as tries: tries.write(f"{port}\\n")
    if len(open(os.environ["FAKE_TRIES"]).readlines()) < int(os.environ["FAKE_PASS"]):
        print("[Errno 98] error while attempting to bind: address already in use"); sys.exit(1)
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "forks" and os.fork() == 0:
    time.sleep(300); os._exit(0)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.answer(200)
    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = json.load(open("simple_auth_manager_passwords.json.generated"))
        self.answer(201 if known[given["username"]] == given["password"] and mode != "no login" else 401)
    def answer(self, status):
        self.send_response(status); self.send_header("Content-Length", "0"); self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache with the small program in the place of Airflow; gives the folder of sandboxes."""
    monkeypatch.setenv("ENVCTL_CACHE_DIR", str(tmp_path))
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    program = venv / "bin" / "airflow"
    program.write_text(f"#!{sys.executable}\n{PROGRAM}")
    program.chmod(0o755)
    (venv / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(server, "ensure_installed", lambda _version, _packages, progress: venv)
    yield tmp_path / "sandboxes"
    for each in running():
        each.stop()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def group_is_gone(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return True
    return False


def is_open(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


# --- processes ------------------------------------------------------------------------------------


def shell(tmp_path: Path, script: str) -> ServerProcess:
    started = spawn(
        ["/bin/sh", "-c", script], environment=dict(os.environ), folder=tmp_path, log=tmp_path / "server.log"
    )
    until(lambda: "up" in started.log.read_text())
    return started


def test_a_process_runs_apart_and_is_ended(tmp_path: Path) -> None:
    started = shell(tmp_path, "echo up; exec sleep 100")
    assert is_alive(started)
    assert os.getsid(started.pid) == started.pid != os.getsid(0)
    terminate(started)
    assert not is_alive(started)
    with pytest.raises(ProcessLookupError):
        os.kill(started.pid, 0)


def test_one_that_does_not_want_to_end_is_killed(tmp_path: Path) -> None:
    started = shell(tmp_path, "trap '' TERM; echo up; while :; do sleep 0.1; done")
    terminate(started, patience=0.3)
    assert not is_alive(started)


def test_what_a_killed_leader_left_behind_counts_and_is_ended(tmp_path: Path) -> None:
    started = shell(tmp_path, "sleep 100 & echo up; wait")
    os.kill(started.pid, signal.SIGKILL)
    until(lambda: not is_alive(started))
    assert is_held(started.log)
    terminate(started)
    assert not is_held(started.log)


def test_a_process_id_that_was_handed_out_again_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with subprocess.Popen(["sleep", "100"], start_new_session=True) as innocent:
        began = process._began(innocent.pid)
        assert began is not None
        # Even while something holds the log.
        held = shell(tmp_path, "echo up; exec sleep 100")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(process, "PATIENCE", 0.2)
            with pytest.raises(SandboxError, match="cannot be ended"):
                terminate(ServerProcess(innocent.pid, "another time", log), patience=0.2)
        assert innocent.poll() is None
        terminate(held)
        innocent.kill()


def test_a_server_can_be_found_by_its_log(tmp_path: Path) -> None:
    started = shell(tmp_path, "echo up; exec sleep 100")
    found = find_by_log(tmp_path / "server.log")
    assert found is not None
    assert found.pid == started.pid
    terminate(found)
    assert not is_alive(started)
    assert find_by_log(tmp_path / "server.log") is None


# --- up and down ----------------------------------------------------------------------------------


def test_up_again_gives_the_same_and_down_leaves_nothing(base: Path) -> None:
    one = start(SandboxSpec(name="x"))
    lines: list[str] = []
    assert start(SandboxSpec(name="x"), progress=lines.append) == one
    assert lines == ["sandbox x runs already"]
    assert running() == (one,)
    record = base / "x" / "sandbox.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert (base / "x").stat().st_mode & 0o777 == 0o700
    assert one.password not in repr(one)
    one.stop()
    one.stop()
    assert names_in(base) == []
    assert not is_open(one.url)
    assert running() == ()
    assert not stop_named("x")


def test_passwords_are_random_unless_given(base: Path) -> None:
    spec = SandboxSpec(users={"admin": "admin", "viewer": "viewer"}, passwords={"viewer": "known"})
    with start(spec) as one:
        assert one.username == "admin"
        assert len(one.password) >= 16
        assert one.password_of("viewer") == "known"
        with pytest.raises(UsageError, match="no user 'ann'"):
            one.password_of("ann")


def test_two_at_once_start_one(base: Path) -> None:
    found: list[Sandbox] = []
    threads = [threading.Thread(target=lambda: found.append(start(SandboxSpec()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({each.pid for each in found}) == 1
    assert names_in(base) == ["sandbox"]


@pytest.mark.parametrize("how", ["up", "down", "list"])
def test_what_a_killed_server_left_is_cleaned_up(base: Path, how: str) -> None:
    one = start(SandboxSpec(environment={"FAKE_MODE": "forks"}))
    os.kill(one.pid, signal.SIGKILL)
    until(lambda: not is_alive(one.record.process))
    assert is_held(one.log)  # by its child, which answers nothing and would stay for ever
    if how == "list":
        assert running() == ()
    if how == "down":
        assert stop_named("sandbox")
    if how == "up":
        other = start(SandboxSpec())
        assert other.pid != one.pid
        one.stop()  # knows that this is another one
        assert running() == (other,)
        other.stop()
    assert names_in(base) == []
    until(lambda: group_is_gone(one.pid))  # the system itself collects orphans, a little later


def test_a_start_that_was_killed_is_ended_by_the_next(base: Path) -> None:
    code = "from envctl.sandbox import server, start, SandboxSpec; import pathlib, sys\n"
    code += "server.ensure_installed = lambda version, packages, progress: pathlib.Path(sys.argv[1])\n"
    code += "start(SandboxSpec(environment={'FAKE_MODE': 'no login'}))"
    with subprocess.Popen([sys.executable, "-c", code, str(base.parent / "venv")]) as starter:
        until((base / "sandbox" / "sandbox.json").exists)
        (orphan,) = running()
        assert not orphan.is_ready
        starter.kill()
    (base / "sandbox" / "sandbox.json").unlink()  # as if killed even before it was written
    assert running() == ()
    assert names_in(base) == []
    assert not is_alive(orphan.record.process)


def test_a_server_that_hangs_is_told(base: Path) -> None:
    one = start(SandboxSpec())
    os.kill(one.pid, signal.SIGSTOP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("envctl.sandbox.probe._REQUEST_SECONDS", 0.2)
        with pytest.raises(SandboxError, match="runs, but does not answer"):
            start(SandboxSpec())
        patch.setattr(process, "PATIENCE", 0.2)
        terminate(one.record.process, patience=0.2)
    assert running() == ()


def test_a_damaged_record_stops_nobody_from_going_down(base: Path) -> None:
    one = start(SandboxSpec())
    (base / "sandbox" / "sandbox.json").write_text("{")
    assert running() == ()
    assert is_alive(one.record.process)
    with pytest.raises(SandboxError, match="cannot be understood"):
        start(SandboxSpec())
    assert stop_named("sandbox")
    assert names_in(base) == []
    assert not is_alive(one.record.process)


def test_one_that_does_not_listen_to_term_goes_too(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start(SandboxSpec(environment={"FAKE_MODE": "stubborn"}))
    terminate(one.record.process, patience=0.2)
    one.stop()
    assert names_in(base) == []


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_server_that_dies_is_told_with_its_last_words(base: Path) -> None:
    with pytest.raises(SandboxError, match="ended while it was starting") as caught:
        start(SandboxSpec(environment={"FAKE_MODE": "dies"}))
    assert "boom: no such table" in str(caught.value.hint)
    assert names_in(base) == []


def test_a_server_without_a_login_is_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envctl.sandbox.probe._LOGIN_SECONDS", 0.3)
    with pytest.raises(SandboxError, match="no login works"):
        start(SandboxSpec(environment={"FAKE_MODE": "no login"}))
    assert names_in(base) == []


def test_a_server_that_is_silent_is_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "START_SECONDS", 0.3)
    monkeypatch.setattr("envctl.sandbox.probe.Probe.answers", lambda _self: False)
    with pytest.raises(SandboxError, match=r"did not answer within 0\.3 s"):
        start(SandboxSpec())
    assert names_in(base) == []


def test_an_interrupt_leaves_nothing(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_self: object, _seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("envctl.sandbox.probe.Probe.wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start(SandboxSpec())
    assert names_in(base) == []


@pytest.mark.parametrize(("passes_at", "tries"), [(2, 2), (3, 3), (4, 3)])
def test_a_lost_port_is_replaced_by_another(base: Path, passes_at: int, tries: int) -> None:
    log = base.parent / "tries"
    settings = {"FAKE_MODE": "port", "FAKE_TRIES": str(log), "FAKE_PASS": str(passes_at)}
    spec = SandboxSpec(environment=settings)
    if passes_at > tries:
        with pytest.raises(SandboxError, match="was taken by another program"):
            start(spec)
    else:
        start(spec).stop()
    assert len(log.read_text().split()) == tries
    assert names_in(base) == []


def test_another_order_under_the_same_name_is_refused(base: Path) -> None:
    with start(SandboxSpec()) as one:
        for other in (
            SandboxSpec(version="2.11.2"),
            SandboxSpec(port=1),
            SandboxSpec(users={"ann": "admin"}),
            SandboxSpec(passwords={"admin": "other"}),
            SandboxSpec(environment={"AIRFLOW__API__MAXIMUM_PAGE_LIMIT": "7"}),
        ):
            with pytest.raises(SandboxError, match="sandbox sandbox runs already, with"):
                start(other)
        assert start(SandboxSpec(port=int(one.url.rpartition(":")[2]))) == one


def test_code_in_the_sandbox(base: Path) -> None:
    with start(SandboxSpec()) as one:
        assert one.run_python("import os; print(os.environ['AIRFLOW_HOME'])") == f"{one.home}\n"
        with pytest.raises(SandboxError, match="ended with 1") as caught:
            one.run_python("raise RuntimeError('so it goes')")
        assert "so it goes" in str(caught.value.hint)
        with pytest.raises(SandboxError, match=r"longer than 0\.2 s"):
            one.run_python("import time; time.sleep(60)", timeout=0.2)


# --- the command line -----------------------------------------------------------------------------


def test_the_command_line(base: Path) -> None:
    assert cli.DEFAULT_VERSION == DEFAULT_VERSION
    runner = CliRunner()
    up = runner.invoke(cli.sandbox_app, ["up", "x"])
    (one,) = running()
    assert up.exit_code == 0, up.output
    assert f"x   {one.url}   Airflow {DEFAULT_VERSION}" in up.stdout
    assert f"export ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__PASSWORD='{one.password}'" in up.stdout
    assert "AUTH__METHOD='password'" in up.stdout
    assert "starting Airflow" in up.stderr
    assert "starting" not in up.stdout
    again = json.loads(runner.invoke(cli.sandbox_app, ["up", "x", "--format", "json"]).stdout)
    assert again["format_version"] == 1
    assert again["sandboxes"][0]["password"] == one.password
    listed = runner.invoke(cli.sandbox_app, ["list", "--format", "json"])
    assert one.password not in listed.output
    assert json.loads(listed.stdout)["sandboxes"][0]["url"] == one.url
    assert "x   http://127.0.0.1:" in runner.invoke(cli.sandbox_app, ["list"]).stdout
    assert runner.invoke(cli.sandbox_app, ["down", "--all"]).stdout == "stopped x\n"
    nothing = runner.invoke(cli.sandbox_app, ["down", "x"])
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "no sandbox named x runs" in nothing.stderr
    assert names_in(base) == []
