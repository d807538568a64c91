"""Must-show 7 and what belongs to it: pipes, terminals, questions, and what stands on which stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.server.faults import answer

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC = """
variables: {a: "1", flags: {value: {x: true}}, gone: !remove ""}
connections: {c: {conn_type: http, password: "${PW}"}}
"""


@pytest.fixture
def piped(envctl: Envctl, tree: Tree) -> Envctl:
    envctl.secrets["PW"] = "terminal-password-5"
    tree.spec(SPEC)
    return envctl


def test_piped_output_is_the_result_and_nothing_else(piped: Envctl, api: Api) -> None:
    warning = "environments/dev/spec.yaml:2:"
    for command, code in (("validate", 0), ("diff", 2), ("apply", 0), ("diff", 0)):
        done = piped.program(command, "dev")
        assert done.code == code, done.said
        assert "\x1b" not in done.out + done.err
        assert "\r" not in done.out + done.err
        if command == "validate":
            continue
        assert done.out.startswith("dev   http://127.0.0.1:")
        assert warning not in done.out
        assert done.err.startswith(warning)
        assert len(done.err.splitlines()) == 2
    assert api.value("a") == "1"


def test_json_and_logs_have_a_stream_each(piped: Envctl) -> None:
    done = piped.program("-vv", "diff", "dev", "--format", "json")
    assert done.code == 2, done.said
    assert json.loads(done.out)["summary"]["create"] == 3
    assert "DEBUG envctl.airflow.http_transport: GET " in done.err
    assert "\x1b" not in done.out + done.err
    assert piped.program("--quiet", "diff", "dev").err == ""


def test_a_server_gives_no_orders_to_a_terminal_through_the_log(piped: Envctl, proxy: Proxy) -> None:
    proxy.on("DELETE", "/connections/envctl.lock", answer(403, "no\x1b[2J\x1b]0;title\x07\u202e"))
    done = piped.program("apply", "dev")
    assert done.code == 0, done.said
    (line,) = (line for line in done.err.splitlines() if line.startswith("WARNING envctl.ledger.lock: "))
    assert "no␛[2J␛]0;title␇\ufffd" in line
    assert all(letter.isprintable() for letter in line)


def test_colour_where_it_is_asked_for(piped: Envctl) -> None:
    assert "\x1b[" in piped.program("diff", "dev", "--color", "always").out
    assert "\x1b[" not in piped.program("diff", "dev", CI="true").out
    done = piped.at_terminal("diff", "dev")
    assert done.code == 2, done.said
    assert "\x1b[" in done.out
    for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        done = piped.at_terminal("diff", "dev", settings=settings)
        assert done.code == 2
        assert "\x1b[3" not in done.out


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_reader_that_goes_away(format_: str, piped: Envctl, tree: Tree) -> None:
    tree.spec(variables={f"v{number:05}": "x" * 60 for number in range(3000)})
    done = piped.program("diff", "dev", "--format", format_, shell_behind="| head -1")
    assert len(done.out.splitlines()) == 1
    assert done.err == ""


@pytest.mark.parametrize(("words", "code"), [("y", 0), ("yes", 0), ("n", 3), ("", 3)])
def test_apply_asks_at_a_terminal(words: str, code: int, piped: Envctl, api: Api, proxy: Proxy) -> None:
    done = piped.at_terminal("apply", "dev", question="apply this to dev? [y/N]", answer=words)
    assert done.code == code, done.said
    applied = code == 0
    assert ("a" in api.all("variables")) is applied
    assert bool(proxy.writes) is applied
    if not applied:
        assert "not applied: nobody said yes" in done.out


def test_ctrl_c_at_the_question_writes_nothing(piped: Envctl, proxy: Proxy) -> None:
    done = piped.at_terminal("apply", "dev", question="apply this to dev? [y/N]", answer="^C", seconds=15)
    assert done.code not in (0, 2), done.said
    assert proxy.writes == []


def test_yes_asks_nothing(piped: Envctl, api: Api) -> None:
    done = piped.at_terminal("apply", "dev", "--yes", question="[y/N]", answer="n")
    assert done.code == 0, done.said
    assert "[y/N]" not in done.out
    assert api.value("a") == "1"


@pytest.mark.parametrize(("words", "code"), [("dev", 0), ("y", 3), ("DEV", 3)])
def test_protected_asks_for_the_name(words: str, code: int, piped: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url, policy={"protected": True})
    done = piped.at_terminal("apply", "dev", question="type its name to apply:", answer=words)
    assert done.code == code, done.said
    assert bool(proxy.writes) is (code == 0)


def test_in_ci_nobody_is_asked(piped: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    tree.environment("dev", proxy.url, policy={"protected": "strict"})
    done = piped.program("apply", "dev", CI="true")
    assert done.code == 3, done.said
    assert "refuses this plan: protected is strict, and there is nobody to ask" in done.err
    assert "--yes allows it" in done.err
    assert proxy.writes == []
    tree.environment("dev", proxy.url, policy={"protected": True})
    done = piped.program("apply", "dev", CI="true")
    assert done.code == 0, done.said
    api.delete("variables", "a")
    tree.environment("dev", proxy.url, policy={"protected": "strict"})
    assert piped.program("apply", "dev", "--yes").code == 0


def test_a_question_does_not_land_in_the_json(piped: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url, policy={"protected": "strict"})
    done = piped.json("apply", "dev")
    assert (done.code, done.json["refused_by"][0]["flag"]) == (3, "--yes")
