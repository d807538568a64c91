"""A token from a program: run once, again when it expires or is refused, and never shown."""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envctl.airflow.logins.command import CommandWay
from envctl.airflow.logins.jwt import expiry_of
from envctl.airflow.logins.way import bearer
from envctl.airflow.session import Session
from envctl.airflow.settings import CommandLogin, InstanceSettings, TokenLogin
from envctl.errors import LoginRefused
from envctl.model.request import ApiCall
from envctl.model.secret import Secret
from tests.listener import Came, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "opaque-canary-77aa"


def jwt(expiry: object) -> str:
    head, claims = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS512"}, {"exp": expiry})
    )
    return f"{head}.{claims}.c2lnbmF0dXJl"


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], CommandLogin]:
    """Make a shell script that notes each of its runs in the file `runs`."""

    def make(body: str) -> CommandLogin:
        script = tmp_path / "login"
        script.write_text(f"#!/bin/sh\necho run >>{tmp_path}/runs\n{body}\n")
        script.chmod(0o755)
        return CommandLogin((str(script), "print", "access-token"))

    return make


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def failure(login: CommandLogin, seconds: float = 10) -> LoginRefused:
    with pytest.raises(LoginRefused) as caught:
        CommandWay(login, seconds).headers()
    assert CANARY not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


def test_it_is_run_once_for_all_threads(program: Callable[[str], CommandLogin], tmp_path: Path) -> None:
    way = CommandWay(program(f'sleep 0.1; echo "{CANARY} $#" | tr " " -'), 10)
    threads = [threading.Thread(target=way.headers) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert way.headers() == bearer(f"{CANARY}-2")
    assert runs(tmp_path) == 1
    assert way.secrets == {f"{CANARY}-2"}


@pytest.mark.parametrize(("lives", "expected"), [(3600, 1), (10.5, 2), (5, 1), (-60, 1)])
def test_one_that_says_when_it_expires_is_fetched_before(
    lives: float, expected: int, program: Callable[[str], CommandLogin], tmp_path: Path
) -> None:
    """One that comes as good as expired is left to the server: to ask again would give no better one."""
    way = CommandWay(program(f"echo {jwt(time.time() + lives)}"), 10)
    way.headers()
    time.sleep(0.6)
    way.headers()
    assert runs(tmp_path) == expected


def test_a_refused_one_is_fetched_again_once(
    program: Callable[[str], CommandLogin], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    login = program(f'if [ $(wc -l <"{tmp_path}/runs") = 1 ]; then echo old-canary; else echo {CANARY}; fi')

    def airflow(came: Came) -> Said:
        good = came.headers["authorization"] == f"Bearer {CANARY}"
        return Said(200 if good else 401, b"{}" if good else b'{"detail": "no"}')

    caplog.set_level(logging.DEBUG)
    with Listener(airflow) as server:
        session = Session(InstanceSettings(server.url, login))
        for _ in range(3):
            session.request(ApiCall("GET", "/variables"), "look")
        assert runs(tmp_path) == 2
        assert len(server.came) == 4
        server.answer = lambda _: Said(401, b'{"detail": "no, %s"}' % CANARY.encode())
        with pytest.raises(LoginRefused) as caught:
            session.request(ApiCall("GET", "/variables"), "look")
    assert "refuses the login of method command: Unauthorized" in caught.value.message
    assert "was run again" in str(caught.value.hint)
    assert "canary" not in f"{caught.value.message} {caplog.text}"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("exit 3", "it ended with 3"),
        ("echo 'ERROR: no active account' >&2; exit 1", "it ended with 1: ERROR: no active account"),
        (f"echo {CANARY}; echo 'cannot use {CANARY}' >&2; exit 1", "it ended with 1"),
        (f"echo 'cannot use {CANARY}' >&2; exit 1", "it ended with 1: cannot use …"),
        (f"echo 'token={CANARY}' >&2; printf 'was\\033[1mred\\n' >&2; exit 1", "it ended with 1: was [1mred"),
        ("kill -9 $$", "it was ended by signal 9"),
        ("true", "it printed nothing"),
        ("echo", "it printed nothing"),
        (f"echo {CANARY}; echo {CANARY}", "what it printed is no token: it cannot stand in a header"),
        (f"echo {CANARY} x", "what it printed is no token: it cannot stand in a header"),
        (f"echo {CANARY}ä", "what it printed is no token: it cannot stand in a header"),
        (f"printf '{CANARY}\\0'", "what it printed is no token: it cannot stand in a header"),
        (
            f"printf '{CANARY}%20000d' 0 | tr ' ' a",
            "what it printed is no token: it cannot stand in a header",
        ),
    ],
)
def test_a_program_without_a_token(body: str, why: str, program: Callable[[str], CommandLogin]) -> None:
    login = program(body)
    assert failure(login).message == f"airflow.auth.command: {login.command[0]} gave no token: {why}"


def test_a_program_that_does_not_end_is_ended_with_all_that_it_started(
    program: Callable[[str], CommandLogin], tmp_path: Path
) -> None:
    error = failure(program(f"sleep 300 & echo $! >{tmp_path}/child; echo {CANARY}; wait"), seconds=0.5)
    assert "it did not end within 0.5 s" in error.message
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    os.kill(child, 9)
    pytest.fail("what the program started is still there")


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    assert "there is no such program" in failure(CommandLogin(("no-such-program-here",))).message
    script = tmp_path / "script"
    script.write_text("echo x")
    assert "it may not be executed" in failure(CommandLogin((str(script),))).message
    script.chmod(0o755)
    assert "it cannot be started: Exec format error" in failure(CommandLogin((str(script),))).message


def test_no_shell_is_between(program: Callable[[str], CommandLogin]) -> None:
    login = program('echo "$1" | tr " " -')
    way = CommandWay(CommandLogin((login.command[0], "$HOME; echo 2")), 10)
    assert way.headers() == bearer("$HOME;-echo-2")


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.b", jwt("soon"), jwt(None), jwt(1e99), jwt([1])])
def test_what_does_not_say_when_it_expires(token: str) -> None:
    assert expiry_of(token) is None


def test_a_token_that_is_given_says_when_it_expired() -> None:
    token = jwt(1_700_000_000)
    assert expiry_of(token) == 1_700_000_000
    with Listener(lambda _: Said(401, b'{"detail": "Invalid"}')) as server:
        session = Session(InstanceSettings(server.url, TokenLogin(Secret(token, "${T}"))))
        with pytest.raises(LoginRefused) as caught:
            session.request(ApiCall("GET", "/variables"), "look")
    assert caught.value.message == f"{server.netloc} refuses the token: it expired at 2023-11-14 22:13:20 UTC"
