"""A spec with a mistake that can be seen on this machine: nobody hears of it, neither Airflow nor a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

MISTAKES = {
    "not YAML": "variables: [",
    "an unknown key": "variables: {a: {vaule: x}}",
    "another type": "pools: {p: {slots: many}}",
    "a mask": "variables: {a: '***'}",
    "a bare null": "variables: {a: ~}",
    "a port": "connections: {c: {conn_type: http, port: 70000}}",
    "an extra": "connections: {c: {conn_type: http, extra: 5}}",
    "a reference that is not set": "variables: {a: '${SET_NOWHERE}'}",
}
COMMANDS = (("diff", "dev"), ("status", "dev"), ("plan", "dev", "--out", "p.plan"), ("apply", "dev"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_nothing_is_sent(envctl: Envctl, tree: Tree, proxy: Proxy, command: tuple[str, ...]) -> None:
    """The store that a reference names would be asked through the same proxy."""
    tree.environment(
        "dev", proxy.url, secrets={"vault": {"url": proxy.url, "auth": {"method": "token", "token": "${PW}"}}}
    )
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    tree.write("dev/sound.yaml", "connections: {sound: {conn_type: http, password: '${vault:kv/a#b}'}}")
    for name, text in MISTAKES.items():
        tree.write("dev/mistake.yaml", text)
        done = envctl(*command)
        assert done.code == 1, (name, done.said)
        assert "environments/dev/mistake.yaml:" in done.err, (name, done.said)
        assert "environments/dev/environment.yaml" not in done.err, (name, done.said)
        assert proxy.seen == [], name


def test_of_several_environments_too(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url)
    tree.environment("stage", proxy.url)
    tree.write("dev/spec.yaml", {"variables": {"a": "1"}})
    for text in MISTAKES.values():
        tree.write("stage/mistake.yaml", text)
        done = envctl("diff", "dev", "stage")
        assert done.code == 1, done.said
        assert proxy.seen == [], text


def test_a_secret_to_be_rewritten_that_there_is_not(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec({"variables": {"a": "1"}})
    done = envctl("diff", "dev", "--rewrite-secrets", "connection/mistyped")
    assert done.code == 64, done.said
    assert proxy.seen == []


def test_status_asks_for_the_others(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    for name in ("dev", "stage"):
        tree.environment(name, proxy.url)
        tree.write(f"{name}/spec.yaml", {"variables": {"a": "1"}})
    tree.write("stage/mistake.yaml", MISTAKES["a mask"])
    done = envctl.json("status", "dev", "stage")
    assert done.code == 1, done.said
    assert [one["state"] for one in done.json["environments"]] == ["pending", "error"]
    assert proxy.count("GET", "/version") == 1
