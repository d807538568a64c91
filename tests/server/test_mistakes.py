"""A spec with a mistake that can be seen on this machine: nobody hears of it, neither Airflow nor a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.age_keys import encrypted_file, pair

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
SOUND = "connections: {sound: {conn_type: http, password: '${vault:kv/a#b}'}}"
KEY, PUBLIC = pair()
COMMANDS = (("diff", "dev"), ("status", "dev"), ("plan", "dev", "--out", "p.plan"), ("apply", "dev"))


def vault_at(proxy: Proxy) -> dict[str, Any]:
    """A Vault that is asked through the proxy of the instance, where every request is seen."""
    return {"vault": {"url": proxy.url, "auth": {"method": "token", "token": "${PW}"}}}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_nothing_is_sent(envctl: Envctl, tree: Tree, proxy: Proxy, command: tuple[str, ...]) -> None:
    tree.environment("dev", proxy.url, secrets=vault_at(proxy))
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    tree.write("dev/sound.yaml", SOUND)
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


@pytest.mark.parametrize("command", COMMANDS[:1] + COMMANDS[2:], ids=lambda words: words[0])
def test_a_secret_to_be_rewritten_that_there_is_not(
    envctl: Envctl, tree: Tree, proxy: Proxy, command: tuple[str, ...]
) -> None:
    tree.environment("dev", proxy.url, secrets=vault_at(proxy))
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    tree.spec(SOUND)
    done = envctl(*command, "--rewrite-secrets", "connection/mistyped")
    assert done.code == 64, done.said
    assert proxy.seen == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_value_in_the_encrypted_file(
    envctl: Envctl, tree: Tree, proxy: Proxy, command: tuple[str, ...]
) -> None:
    """It lies in the tree: it is decrypted before anybody is asked."""
    tree.environment("dev", proxy.url, secrets=vault_at(proxy))
    envctl.secrets |= {"PW": "mistakes-vault-token-5c", "ENVCTL_AGE_KEY": KEY}
    tree.write("dev/sound.yaml", SOUND)
    tree.write("dev/secrets.enc.yaml", encrypted_file({"slots": "a-good-many-7e"}, PUBLIC))
    envctl.canaries.add("a-good-many-7e")
    tree.write("dev/mistake.yaml", "pools: {p: {slots: '${age:slots}'}}")
    done = envctl(*command)
    assert done.code == 1, done.said
    assert "environments/dev/mistake.yaml:" in done.err
    assert proxy.seen == []


LOGIN = {"method": "password", "username": "${SET_NOWHERE}", "password": "${vault:kv/a#b}"}
WAYS: dict[str, dict[str, Any]] = {
    "the login": {"auth": LOGIN},
    "a file": {"airflow": {"ca_file": "nowhere.pem"}},
    "the store of the login": {
        "auth": {**LOGIN, "username": "admin"},
        "secrets": {"vault": {"url": "http://127.0.0.1:9", "auth": {"method": "token", "token": "${NO}"}}},
    },
    "a value of the backend in the encrypted file": {
        "secrets_backend": {"vault": {"auth": {"method": "token", "token": "${age:token}"}}}
    },
    "the backend": {"secrets_backend": {"vault": {"auth": {"method": "token", "token": "${SET_NOWHERE}"}}}},
}


@pytest.mark.parametrize("name", WAYS)
def test_a_mistake_in_the_way_to_one_of_several(envctl: Envctl, tree: Tree, proxy: Proxy, name: str) -> None:
    tree.environment("dev", proxy.url)
    tree.write("dev/spec.yaml", {"variables": {"a": "1"}})
    keys: dict[str, Any] = {"secrets": vault_at(proxy), **WAYS[name]}
    tree.environment("stage", proxy.url, **keys)
    tree.write("stage/secrets.enc.yaml", encrypted_file({"token": "backend-token-3f"}, PUBLIC))
    envctl.canaries.add("backend-token-3f")
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    for command in (("diff", "dev", "stage"), ("diff", "dev", "stage", "--no-secrets"), ("apply", "stage")):
        done = envctl(*command)
        assert done.code == 1, done.said
        assert "environments/stage/environment.yaml:" in done.err, done.said
        assert proxy.seen == []


def test_status_compares_the_others(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("dev", proxy.url)
    tree.spec({"variables": {"a": "1"}})
    tree.environment("stage", proxy.url, LOGIN, secrets=vault_at(proxy))
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    done = envctl.json("status", "--no-secrets")
    assert done.code == 1, done.said
    dev, stage = done.json["environments"]
    assert (dev["state"], dev["summary"]["create"]) == ("pending", 1)
    assert (stage["environment"], stage["state"]) == ("stage", "error")
    assert "SET_NOWHERE" in stage["diagnostics"][0]["message"]


@pytest.mark.parametrize(
    "command",
    [
        ("ledger", "show", "dev"),
        ("release", "dev", "variable/a"),
        ("unlock", "dev"),
        ("diff", "dev", "--no-secrets"),
    ],
    ids=" ".join,
)
def test_a_login_that_lacks_something_here(
    envctl: Envctl, tree: Tree, proxy: Proxy, command: tuple[str, ...]
) -> None:
    """Where nothing but the login is looked up."""
    tree.environment("dev", proxy.url, LOGIN, secrets=vault_at(proxy))
    tree.spec({"variables": {"a": "1"}})
    envctl.secrets["PW"] = "mistakes-vault-token-5c"
    done = envctl(*command)
    assert done.code == 1, done.said
    assert "SET_NOWHERE" in done.err
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
