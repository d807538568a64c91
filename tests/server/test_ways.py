"""Ways to an instance: below a path, through proxies, with an address and a login from outside."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.server.proxy import Answer, Exchange, Proxy

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


def test_below_a_path(envctl: Envctl, tree: Tree, server: Server) -> None:
    with Proxy(server.sandbox.url, base="/team-a/airflow") as proxy:
        tree.environment("dev", f"{proxy.url}/")
        tree.spec("variables: {a/b: {value: '1', description: !unmanaged }}")
        assert envctl("apply", "dev").code == 0
        assert envctl("diff", "dev").code == 0
        assert proxy.count("PATCH") == 1


def test_through_a_proxy(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    tree.environment("dev", server.sandbox.url)
    tree.spec(variables={"a": "1"})
    envctl.settings |= {"NO_PROXY": "", "HTTP_PROXY": proxy.url, "ENVCTL_RETRIES": "1"}
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert proxy.count("PATCH", "/variables") == 1

    proxy.on("GET", "/version", lambda _: Answer(407, {}, b""))
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "407" in done.err
    proxy.down()
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "the proxy before it cannot be reached" in done.err
    assert "HTTP_PROXY" in done.err


def test_address_and_login_from_outside(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    """What CI sets wins over the files; none of it is shown."""
    tree.environment("dev-eu.1", "https://airflow.example.com", auth={"method": "token", "token": "${NONE}"})
    tree.write("dev-eu.1/spec.yaml", {"variables": {"a": "1"}})
    prefix = "ENVCTL_ENVIRONMENTS__DEV_EU_1__AIRFLOW__"
    envctl.settings |= {
        f"{prefix}URL": proxy.url,
        f"{prefix}AUTH__METHOD": "password",
        f"{prefix}AUTH__USERNAME": "admin",
    }
    password = f"{prefix}AUTH__PASSWORD"
    envctl.secrets = {password: "a-wrong-password-${NO_REFERENCE}"}
    done = envctl("apply", "dev-eu.1")
    assert done.code == 1, done.said
    assert "refuses the login of user admin" in done.err
    envctl.secrets = {password: server.sandbox.password}
    done = envctl("apply", "dev-eu.1")
    assert done.code == 0, done.said

    del envctl.secrets[password]
    done = envctl("apply", "dev-eu.1")
    assert done.code == 1, done.said
    assert "method password needs password" in done.err
    envctl.settings[f"{prefix}URI"] = "http://x"
    envctl.secrets = {password: server.sandbox.password}
    done = envctl("apply", "dev-eu.1")
    assert done.code == 1, done.said
    assert "unknown key 'uri'" in done.err
    assert "did you mean 'url'?" in done.err


def test_a_gateway_that_takes_small_bodies_only(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """Nginx takes 1 MB unless told otherwise: what is refused is divided."""

    def small_only(exchange: Exchange) -> Answer:
        if len(exchange.body) > 20_000:
            return Answer(413, {"Content-Type": "text/html"}, b"<html>413</html>")
        return exchange.forward()

    proxy.on("PATCH", "/variables", small_only)
    tree.spec(variables={f"v{number}": "x" * 3000 for number in range(20)} | {"large": "x" * 30_000})
    done = envctl.json("apply", "dev")
    assert done.code == 5, done.said
    outcomes = Counter(change["outcome"] for change in done.json["changes"])
    assert outcomes == {"applied": 20, "failed": 1}
    assert "413: Request Entity Too Large" in done.changes["variable/large"]["error"]
    assert len(api.value("v7")) == 3000


def test_two_at_once(envctl: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    """Two pipelines apply one spec: one has the lock, the other says so or finds nothing left to do."""
    keys = [f"v{number:03}" for number in range(300)]
    tree.spec(variables=dict.fromkeys(keys, "1"), connections={"c": {"conn_type": "http"}})
    with envctl.started("apply", "dev") as one, envctl.started("apply", "dev") as other:
        ended = [one.wait(), other.wait()]
    assert {done.code for done in ended} <= {0, 4}, [done.said for done in ended]
    assert any("converged" in done.out for done in ended)
    done = envctl.json("apply", "dev")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert set(keys) <= set(api.all("variables"))


def test_no_thread_and_no_socket_is_left(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    """Neither when all goes well nor after an error, in a process that is told to mind."""
    tree.spec(variables={f"v{number:03}": "1" for number in range(250)})
    code = (
        "import gc, sys, threading, time\n"
        "from envctl.cli.main import run\n"
        "for command in ('apply', 'diff', 'diff'):\n"
        "    assert run([command, 'dev', '--quiet']) == 0\n"
        "gc.collect()\n"
        "time.sleep(0.2)\n"
        "left = [one.name for one in threading.enumerate() if one is not threading.main_thread()]\n"
        "assert not left, left\n"
    )
    variables = envctl._program_variables() | {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=envctl.folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
