"""What the server repeats of a request is never shown; the runner looks for secrets in every run."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.server.conftest import VERSION
from tests.server.envctl import Done
from tests.server.faults import answer, answer_after, objects_in, rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

PASSWORD = "secrets-test-password-Qx7'\"\\é"
READABLE = "readable-test-secret-Lm9"
"""Never the password of a connection: those the server masks wherever it meets them."""
SPEC = """
variables: {url: "postgres://u:${PW}@h", flags: {value: {token: "${PW}", a: 1}}}
connections:
  c: {conn_type: http, password: "${PW}", extra: {api_key: "${PW}"}}
  d: {conn_type: http}
"""


@pytest.fixture
def loaded(envctl: Envctl, tree: Tree) -> Envctl:
    envctl.secrets["PW"] = PASSWORD
    tree.spec(SPEC)
    return envctl


@pytest.mark.parametrize(
    "spell", [str, json.dumps, repr, quote, lambda text: b64encode(text.encode()).decode()]
)
def test_the_guard_of_these_tests_sees_a_secret(spell: Callable[[str], str], loaded: Envctl) -> None:
    with pytest.raises(AssertionError, match="a secret was shown"):
        loaded._checked(Done(0, f"it is {spell(PASSWORD)}!", ""))


def test_a_422_that_repeats_the_input(loaded: Envctl, proxy: Proxy, api: Api) -> None:
    """The real server echoes the whole entity under `input`; Airflow 2 does so in the text of a 400."""

    def spoilt(body: Any) -> Any:
        for entity in objects_in(body):
            if entity["connection_id"] == "c":
                entity["password"] = [entity["password"]]
                entity["nonsense"] = entity["extra"]
        return body

    proxy.on_write("/connections", rewritten(spoilt))
    done = loaded("apply", "dev")
    assert done.code == 5, done.said
    assert "failed   connection/c" in done.out
    if not api.old:
        assert "Input should be a valid string" in done.out
        assert "nonsense: Extra inputs are not permitted" in done.out
    assert "1 applied   1 failed   2 not attempted" in done.out


@pytest.mark.parametrize(("status", "spell"), [(400, str), (409, repr), (422, json.dumps), (500, quote)])
def test_an_error_that_repeats_the_secret(
    status: int, spell: Callable[[str], str], loaded: Envctl, proxy: Proxy, api: Api
) -> None:
    proxy.on_write("/connections", answer(status, f"cannot store {spell(PASSWORD)} in there"))
    done = loaded("apply", "dev")
    assert done.code == 5, done.said
    assert "failed   connection/c" in done.out
    # A single object that is refused with 409 is there already, whatever else is said.
    words = "it exists by now" if api.old and status == 409 else "they repeat a secret"
    assert words in done.out


@pytest.mark.skipif(VERSION.startswith("2."), reason="nobody logs in to Airflow 2: test_basic_login")
def test_a_login_that_repeats_the_password(loaded: Envctl, proxy: Proxy) -> None:
    proxy.on("POST", "/auth/token", answer(401, f"{loaded.secrets['AIRFLOW_PASSWORD']} is wrong"))
    done = loaded("diff", "dev")
    assert done.code == 1, done.said
    proxy.calm()
    proxy.on("POST", "/auth/token", answer(422, [{"loc": ["body"], "msg": "x", "input": PASSWORD}]))
    assert loaded("diff", "dev").code == 1


def test_live_values_where_secrets_belong_are_not_shown(loaded: Envctl, api: Api, tree: Tree) -> None:
    """Somebody else's secret that Airflow does not mask, since its key does not look secret."""
    api.set_variable("harmless", "a-live-secret-in-clear-8")
    loaded.canaries.add("a-live-secret-in-clear-8")
    tree.spec(variables={"harmless": "${PW}"})
    for command in ("diff", "apply"):
        done = loaded.json(command, "dev")
        assert done.code == {"diff": 2, "apply": 0}[command], done.said
        assert done.changes["variable/harmless"]["fields"] == [
            {
                "path": "value",
                "verdict": "different",
                "live_hidden": True,
                "desired": "${PW}",
                "secret": True,
            }
        ]
        api.set_variable("harmless", "a-live-secret-in-clear-8")
    assert loaded("diff", "dev").code == 2


def test_a_secret_that_is_no_text(loaded: Envctl, api: Api) -> None:
    """Bytes that are not UTF-8, as an old CI may hand them over."""
    loaded.secrets["PW"] = b"caf\xe9-bytes-that-are-no-text".decode("utf-8", "surrogateescape")
    done = loaded("apply", "dev")
    assert done.code in (1, 5), done.said
    assert "PW" in done.err + done.out
    assert "c" not in api.all("connections")


def test_lost_answers_at_vv(loaded: Envctl, proxy: Proxy, api: Api) -> None:
    proxy.on_write("/connections", answer_after(502), nth={1})
    if not api.old:  # which has no tokens to expire
        proxy.on_write("/variables", answer(401, "Token Expired"), nth={1})
    done = loaded("apply", "dev")
    assert done.code == 0, done.said
    assert api.old or "the login is no longer accepted; trying with another" in done.err


def test_a_secret_that_can_be_read_live_is_never_shown(loaded: Envctl, tree: Tree) -> None:
    """Under an innocent key Airflow answers in clear what `${PW}` put there; the runner looks for it."""
    loaded.secrets["PW"] = READABLE
    tree.spec({"variables": {"bucket": "${PW}", "notes": {"value": {"a": "x ${PW} y", "b": 1}}}})
    assert loaded("apply", "dev").code == 0
    # Changed at its source: the old value stands live where a secret belongs.
    loaded.canaries.add(READABLE)
    loaded.secrets["PW"] = "another-test-password-Zw2"
    for shown in (loaded("diff", "dev", "-vv"), loaded.json("diff", "dev")):
        assert shown.code == 2, shown.said
    assert "(hidden)" in loaded("diff", "dev").out
    # No longer a secret in the spec, but known from elsewhere in it.
    loaded.secrets["PW"] = READABLE
    tree.spec({"variables": {"bucket": "plain", "notes": {"value": {"b": 2}}, "other": "${PW}"}})
    done = loaded.json("diff", "dev")
    assert done.changes["variable/bucket"]["fields"][0]["live_hidden"] is True
    assert "(hidden)" in loaded("diff", "dev").out
