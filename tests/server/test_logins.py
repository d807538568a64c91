"""Every login, at a real Airflow; with Google and Amazon played on loopback as far as their SDKs can tell."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
import requests

from tests.server.faults import answer
from tests.server.google_tokens import GoogleTokens
from tests.server.mwaa import NAME, REGION, SECRET_KEY, Mwaa, answered, refusal
from tests.server.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from tests.listener import Said
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Answer, Exchange
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC: dict[str, Any] = {
    "variables": {"a": "1", "deep/key": {"value": {"b": [1.5, "x"]}}},
    "connections": {"c": {"conn_type": "http", "password": "${DB_PASSWORD}"}},
    "pools": {"p": {"slots": 2}, "default_pool": {"slots": 64}},
}


@pytest.fixture(autouse=True)
def _something_to_do(tree: Tree, envctl: Envctl) -> None:
    tree.spec(SPEC)
    envctl.secrets["DB_PASSWORD"] = "db-password-canary"
    envctl.settings["ENVCTL_RETRIES"] = "2"


def works(envctl: Envctl) -> None:
    """Apply as a program, at -vvv; the runner looks for secrets in all that it says."""
    for command, code in (("diff", 2), ("apply", 0), ("diff", 0)):
        done = envctl.program(command, "dev", "-vvv")
        assert done.code == code, done.said


def fails(envctl: Envctl, error: str, hint: str) -> None:
    done = envctl("diff", "dev")
    assert done.code == 1, done.said
    assert error in done.err, done.said
    assert hint in done.err, done.said


def echo(exchange: Exchange) -> Answer:
    """Refuse, and repeat what came with the request."""
    return answer(500, repr(exchange.headers))(exchange)  # type: ignore[return-value]


def test_headers_are_sent_and_never_shown(envctl: Envctl, tree: Tree, server: Server, tmp_path: Path) -> None:
    envctl.secrets |= {"KEY": "header-canary-93", "TOKEN": token_of(server)}
    headers = {"X-Gateway-Key": "Key ${KEY}", "Authorization": "Bearer ${TOKEN}"}
    with Proxy(server.sandbox.url, base="/team/airflow") as gateway:
        gateway.wanted = {"x-gateway-key": "Key header-canary-93"}
        tree.environment("dev", f"{gateway.url}/", auth={"method": "none"}, airflow={"headers": headers})
        works(envctl)
        gateway.on("GET", "/connections", echo)
        fails(envctl, "answers 500", "")
        assert envctl.program("diff", "dev", "-vvv").code == 1
        envctl.secrets["KEY"] = "another-header-canary"
        fails(envctl, "asks for a login before it says what it is (401)", "gateway")


def token_of(server: Server) -> str:
    login = {"username": "admin", "password": server.sandbox.password}
    answer = requests.post(f"{server.sandbox.url}/auth/token", json=login, timeout=60)
    token: str = answer.json()["access_token"]
    return token


# --- a program ----------------------------------------------------------------------------------------

SCRIPT = """#!{python}
import json, os, pathlib, sys, urllib.request
counter = pathlib.Path({counter!r})
counter.write_text(counter.read_text() + "x" if counter.exists() else "x")
sys.stderr.write("noise before the token\\n")
if {stale!r} and counter.read_text() == "x":
    print({stale!r})
    sys.exit()
body = json.dumps({{"username": "admin", "password": os.environ["AIRFLOW_PASSWORD"]}}).encode()
ask = urllib.request.Request("{url}/auth/token", body, {{"Content-Type": "application/json"}})
print(json.load(urllib.request.urlopen(ask))["access_token"])
"""


@pytest.mark.parametrize("stale", ["", "no-jwt-token-canary-1f"], ids=["good", "stale"])
def test_a_program(stale: str, envctl: Envctl, tree: Tree, proxy: Proxy, tmp_path: Path) -> None:
    script = tmp_path / "login"
    counter = tmp_path / "runs"
    script.write_text(SCRIPT.format(python=sys.executable, counter=str(counter), url=proxy.url, stale=stale))
    script.chmod(0o755)
    tree.environment("dev", proxy.url, auth={"method": "command", "command": [str(script)]})
    envctl.canaries |= {stale}
    done = envctl.program("apply", "dev", "-vvv")
    assert done.code == 0, done.said
    assert len(counter.read_text()) == (2 if stale else 1)
    assert proxy.count("POST", "/auth/token") == 1
    assert envctl.program("diff", "dev").code == 0


def test_an_expired_token_that_was_given(envctl: Envctl, tree: Tree, server: Server) -> None:
    """One that the server has not signed itself is told apart by nothing but what it says."""
    head, _, tail = token_of(server).split(".")
    claims = "eyJzdWIiOiAiYWRtaW4iLCAiZXhwIjogMTcwMDAwMDAwMH0"
    envctl.secrets["TOKEN"] = f"{head}.{claims}.{tail}"
    tree.environment("dev", tree.url, auth={"method": "token", "token": "${TOKEN}"})
    fails(envctl, "refuses the token: it expired at 2023-11-14 22:13:20 UTC", "airflow.auth.token refers to")


# --- Google -------------------------------------------------------------------------------------------


@pytest.fixture
def google(server: Server, envctl: Envctl, tree: Tree, tmp_path: Path) -> Iterator[GoogleTokens]:
    tree.environment("dev", tree.url, auth={"method": "google"})
    with GoogleTokens(lambda: token_of(server)) as found:
        key = found.key_file(tmp_path / "key.json")
        envctl.settings["GOOGLE_APPLICATION_CREDENTIALS"] = str(key)
        envctl.canaries.add(json.loads(key.read_text())["private_key"].splitlines()[1])
        yield found


def test_google(envctl: Envctl, google: GoogleTokens) -> None:
    works(envctl)
    assert len(google.given) == 3, "once for each run"
    assert not [one for one in google.came if one.path != "/token"]


def test_a_google_token_that_is_refused_is_asked_for_again(envctl: Envctl, google: GoogleTokens) -> None:
    good = google._token
    given = iter(("not-a-good-token-canary",))
    google._token = lambda: next(given, None) or good()
    envctl.canaries.add("not-a-good-token-canary")
    done = envctl.program("apply", "dev", "-vvv")
    assert done.code == 0, done.said
    assert len(google.given) == 2


def test_google_says_no(envctl: Envctl, google: GoogleTokens, tree: Tree, tmp_path: Path) -> None:
    with GoogleTokens(str) as another:
        another.key_file(tmp_path / "key.json")
    content = json.loads((tmp_path / "key.json").read_text())
    (tmp_path / "key.json").write_text(json.dumps({**content, "token_uri": f"{google.url}/token"}))
    fails(envctl, "Google gives no token for these credentials (RefreshError)", "print-access-token")
    (tmp_path / "key.json").write_text(json.dumps({**content, "token_uri": "http://127.0.0.1:9/token"}))
    fails(envctl, "Google cannot be reached for a token", "check the network")
    (tmp_path / "key.json").write_text('{"type": "service_account", "private_key": "key-canary"}')
    envctl.canaries.add("key-canary")
    fails(envctl, "there are no application default credentials that can be used", "gcloud auth")
    envctl.settings["GOOGLE_APPLICATION_CREDENTIALS"] = str(tmp_path / "gone")
    fails(envctl, "there are no application default credentials that can be used", "gcloud auth")


# --- Amazon -------------------------------------------------------------------------------------------


@pytest.fixture
def mwaa(server: Server, envctl: Envctl, tree: Tree) -> Iterator[Mwaa]:
    auth = {"method": "mwaa", "environment": NAME, "region": REGION}
    tree.environment("dev", "https://0123abcd.c1.eu-west-1.airflow.amazonaws.com", auth=auth)
    with Mwaa(server.sandbox.url, server.api.token) as found:
        envctl.settings |= found.variables
        envctl.secrets["AWS_SECRET_ACCESS_KEY"] = SECRET_KEY
        yield found


def test_mwaa(envctl: Envctl, mwaa: Mwaa, proxy: Proxy) -> None:
    works(envctl)
    assert {"/version", "/variables", "/connections", "/pools"} <= {one["Path"] for one in mwaa.asked}
    assert not proxy.seen, "nothing goes to the instance itself"


def _say(said: Said, _asked: object) -> Said:
    return said


def test_mwaa_has_no_roles_to_ask_for(envctl: Envctl, mwaa: Mwaa, tree: Tree) -> None:
    """They stand outside of the API, below whose root AWS makes every request."""
    tree.spec(roles={"ml_reader": {"permissions": {"Pools": ["can_read"]}}}, pools={"p": {"slots": 1}})
    done = envctl.json("diff", "dev")
    assert (done.code, done.json["not_compared"], list(done.changes)) == (2, ["roles"], ["pool/p"]), done.said
    (warning,) = [one for one in done.json["diagnostics"] if one["message"].startswith("roles: not compared")]
    assert (warning["severity"], "leave roles and users out" in warning["hint"]) == ("warning", True)
    assert not [one for one in mwaa.asked if one["Path"] == "/roles"]


def test_mwaa_says_no(envctl: Envctl, mwaa: Mwaa, tree: Tree) -> None:
    place = f"MWAA environment {NAME} in {REGION}"
    canary = "said-by-aws-canary"
    envctl.settings["ENVCTL_RETRIES"] = "0"
    envctl.canaries.add(canary)
    for said, error, hint in (
        (
            refusal(403, "AccessDeniedException", {"Message": canary}),
            "may not call the API of",
            "InvokeRestApi",
        ),
        (refusal(403, "ExpiredTokenException"), "the login at AWS has expired", "aws sso login"),
        (refusal(403, "InvalidSignatureException"), "AWS does not accept the credentials", "clock"),
        (refusal(400, "ValidationException"), "AWS refuses GET /version: ValidationException", ""),
        (refusal(500, "InternalServerException"), f"{place} answers 500", "API server says why"),
        (refusal(429, "ThrottlingException"), f"{place} answers 429", "try again later"),
        (answered(403, {"detail": "Forbidden"}), f"{place} asks for a login before it says what it is", ""),
        (answered(503, {}), f"{place} answers 503", ""),
        (answered(307, {}), f"{place} redirects to elsewhere", ""),
    ):
        mwaa.faults = [partial(_say, said)]
        fails(envctl, error, hint)
    mwaa.faults.clear()
    envctl.secrets["AWS_SECRET_ACCESS_KEY"] = ""
    fails(envctl, "airflow.auth: half of the credentials for AWS is missing", "set both")
    envctl.settings["AWS_ACCESS_KEY_ID"] = ""
    fails(envctl, "airflow.auth: no credentials for AWS were found", "airflow.auth.profile")
    envctl.settings["AWS_PROFILE"] = "nobody"
    fails(envctl, "airflow.auth: there is no such profile of AWS", "airflow.auth.profile")


def test_mwaa_wrong_environment(envctl: Envctl, mwaa: Mwaa, tree: Tree) -> None:
    tree.environment("dev", "https://x", auth={"method": "mwaa", "environment": "other", "region": REGION})
    fails(envctl, f"there is no MWAA environment other in {REGION}", "check airflow.auth.environment")
    envctl.settings["AWS_ENDPOINT_URL_MWAA"] = "http://127.0.0.1:9"
    fails(envctl, f"MWAA environment other in {REGION} cannot be reached: no connection", "auth.region")


def test_what_passes_is_asked_of_mwaa_again(envctl: Envctl, mwaa: Mwaa) -> None:
    """As over HTTP; what else a write needs whose end is not known, `diff` tells afterwards."""
    failed: list[tuple[str, str]] = []
    busy = refusal(429, "ThrottlingException")
    faults = [refusal(500, "InternalServerException"), answered(502, {}), busy]

    def once_each(asked: dict[str, Any]) -> Said | None:
        key = (asked["Method"], asked["Path"])
        is_read = key[0] == "GET"
        is_its_turn = failed.count(key) == (1 if is_read else 0)
        failed.append(key)
        if not is_its_turn:
            return None
        # Of a write that is answered with 500 or 502 nobody knows whether it was done.
        return faults[len(failed) % len(faults)] if is_read else busy

    mwaa.faults = [once_each]
    began = time.monotonic()
    works(envctl)
    assert time.monotonic() - began < 60
