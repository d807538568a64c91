"""Secrets from a real OpenBao on their way into a real Airflow: rotated, pinned, missing, and never shown."""

from __future__ import annotations

import socketserver
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.stores.bao import ROOT_TOKEN, Bao

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

REFERENCE = "${vault:ml/dev#pg}"
ONE, TWO, THREE = "canary-vault-one-3a", "canary-vault-two-3b", "canary-vault-three-3c"
SPEC: dict[str, Any] = {
    "connections": {"db": {"conn_type": "postgres", "host": "h", "password": REFERENCE}},
    "variables": {"plain": "1", "dsn": f"postgres://u:{REFERENCE}@h/db"},
}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with Bao(tmp_path_factory.mktemp("bao")) as server:
        yield server


@pytest.fixture
def vaulted(envctl: Envctl, tree: Tree, proxy: Proxy, bao: Bao) -> Envctl:
    """An environment whose secret stands in Vault, in its first version."""
    bao.root.secrets.kv.v2.delete_metadata_and_all_versions("ml/dev")
    bao.put("ml/dev", pg=ONE)
    envctl.canaries |= {ONE, TWO, THREE}
    envctl.secrets["VAULT_TOKEN"] = ROOT_TOKEN
    envctl.settings["ENVCTL_RETRIES"] = "0"
    tree.environment("dev", proxy.url, secrets={"vault": {"url": bao.url}})
    tree.spec(SPEC)
    return envctl


def away(tree: Tree, proxy: Proxy) -> None:
    """Let the environment's Vault be where nobody answers."""
    tree.environment("dev", proxy.url, secrets={"vault": {"url": "http://127.0.0.1:9"}})


def test_rotated_at_its_source(vaulted: Envctl, bao: Bao) -> None:
    assert vaulted("apply", "dev").code == 0
    assert vaulted("diff", "dev").code == 0
    bao.put("ml/dev", pg=TWO)
    done = vaulted.json("diff", "dev")
    assert done.code == 2
    change = done.changes["connection/db"]
    assert (change["action"], change["reason"]) == ("rewrite", "secret_rotated")
    assert change["versions"] == [{"reference": REFERENCE, "applied": "1", "desired": "2"}]
    text = vaulted("diff", "dev", verbose=False).out
    assert "! db    rotated    vault:ml/dev#pg v1 -> v2" in text, text
    assert "password   ${vault:ml/dev#pg} v2" in text, text
    assert vaulted("apply", "dev").code == 0
    assert vaulted("diff", "dev").code == 0


def test_the_same_secret_written_again_is_no_change(vaulted: Envctl, bao: Bao, proxy: Proxy) -> None:
    assert vaulted("apply", "dev").code == 0
    bao.put("ml/dev", pg=ONE)
    assert vaulted("diff", "dev").code == 0
    before = len(proxy.writes)
    assert vaulted("apply", "dev").code == 0
    assert len(proxy.writes) == before


def test_diff_works_without_the_store(vaulted: Envctl, tree: Tree, proxy: Proxy, api: Api) -> None:
    assert vaulted("apply", "dev").code == 0
    away(tree, proxy)
    done = vaulted.json("diff", "dev")
    assert done.code == 0, done.said
    assert {one["address"] for one in done.json["unverifiable"]} == {"connection/db", "variable/dsn"}
    (warning,) = [one for one in done.json["diagnostics"] if "vault" in one["message"]]
    assert warning["message"] == f"{REFERENCE} is not known: Vault at http://127.0.0.1:9 cannot be reached"
    assert warning["source"].startswith("environments/dev/spec.yaml:")
    api.set_variable("plain", "2")
    done = vaulted.json("diff", "dev")
    assert set(done.changes) == {"variable/plain"}
    # What needs no secret is applied all the same.
    assert vaulted("apply", "dev").code == 0
    assert api.value("plain") == "1"


def test_no_apply_by_halves(vaulted: Envctl, tree: Tree, proxy: Proxy) -> None:
    away(tree, proxy)
    for arguments in (("apply", "dev"), ("plan", "dev", "--out", "a.plan")):
        done = vaulted(*arguments)
        assert done.code == 1, done.said
        who = "connection/db, variable/dsn need"
        assert f"secrets cannot be looked up that {who}: nothing was written" in done.err
        assert f"spec.yaml:6:16: {REFERENCE} is not known: Vault at http://127.0.0.1:9" in done.err, done.err
        assert "check secrets.vault.url" in done.err
    assert proxy.writes == []
    done = vaulted.json("apply", "dev")
    assert done.json["diagnostics"][0]["severity"] == "error"


def test_without_secrets_on_purpose(vaulted: Envctl, tree: Tree, proxy: Proxy, bao: Bao) -> None:
    assert vaulted("apply", "dev").code == 0
    before = len(bao.reads())
    done = vaulted.json("diff", "dev", "--no-secrets")
    assert done.code == 0
    assert done.json["summary"]["unverifiable"] == 2
    assert done.json["diagnostics"] == []
    assert len(bao.reads()) == before


def test_a_plan_writes_the_version_that_it_showed(vaulted: Envctl, bao: Bao, tmp_path: Path) -> None:
    assert vaulted("apply", "dev").code == 0
    bao.put("ml/dev", pg=TWO)
    assert vaulted("plan", "dev", "--out", "a.plan").code == 2
    assert TWO not in (tmp_path / "a.plan").read_text()
    shown = vaulted("show", "a.plan", verbose=False).out
    assert "vault:ml/dev#pg v1 -> v2" in shown, shown
    bao.put("ml/dev", pg=THREE)
    done = vaulted("apply", "dev", "--plan", "a.plan")
    assert done.code == 0, done.said
    change = vaulted.json("diff", "dev").changes["connection/db"]
    assert change["versions"] == [{"reference": REFERENCE, "applied": "2", "desired": "3"}]


def test_a_plan_reads_no_more_than_it_writes(vaulted: Envctl, tree: Tree, bao: Bao) -> None:
    bao.put("ml/other", pg="canary-vault-other-9")
    vaulted.canaries.add("canary-vault-other-9")
    more = {**SPEC, "variables": {**SPEC["variables"], "other": "${vault:ml/other#pg}"}}
    tree.spec(more)
    assert vaulted("apply", "dev").code == 0
    bao.put("ml/dev", pg=TWO)
    assert vaulted("plan", "dev", "--out", "a.plan").code == 2
    before = len(bao.reads())
    assert vaulted("apply", "dev", "--plan", "a.plan").code == 0
    assert bao.reads()[before:] == ["secret/data/ml/dev"]
    assert vaulted("diff", "dev").code == 0


def test_a_version_that_is_gone_by_then(vaulted: Envctl, bao: Bao, proxy: Proxy) -> None:
    assert vaulted("apply", "dev").code == 0
    bao.put("ml/dev", pg=TWO)
    assert vaulted("plan", "dev", "--out", "a.plan").code == 2
    bao.root.secrets.kv.v2.destroy_secret_versions("ml/dev", [2])
    before = len(proxy.writes)
    done = vaulted("apply", "dev", "--plan", "a.plan")
    assert done.code == 1, done.said
    assert "version 2 of secret/ml/dev" in done.err
    assert len(proxy.writes) == before


def test_the_login_to_airflow_may_stand_there(vaulted: Envctl, tree: Tree, proxy: Proxy, bao: Bao) -> None:
    bao.put("ml/login", airflow=vaulted.secrets.pop("AIRFLOW_PASSWORD"))
    auth = {"method": "password", "username": "admin", "password": "${vault:ml/login#airflow}"}
    tree.environment("dev", proxy.url, auth, secrets={"vault": {"url": bao.url}})
    assert vaulted("apply", "dev").code == 0
    assert vaulted("diff", "dev", "--no-secrets").code == 0
    tree.environment("dev", proxy.url, auth, secrets={"vault": {"url": "http://127.0.0.1:9"}})
    done = vaulted("diff", "dev")
    assert done.code == 1
    assert "environment.yaml" in done.err
    assert "${vault:ml/login#airflow}: Vault at http://127.0.0.1:9 cannot be reached" in done.err
    assert vaulted("unlock", "dev").code == 1


def test_a_vault_that_is_down_is_waited_for_once(vaulted: Envctl, tree: Tree, proxy: Proxy) -> None:
    """The login to Airflow is looked up first, all else after it: not where nobody answers."""
    calls: list[int] = []

    class HangUp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(1)

    with socketserver.TCPServer(("127.0.0.1", 0), HangUp) as down:
        threading.Thread(target=down.serve_forever, daemon=True).start()
        auth = {"method": "password", "username": "admin", "password": "${vault:ml/login#airflow}"}
        url = f"http://127.0.0.1:{down.server_address[1]}"
        tree.environment("dev", proxy.url, auth, secrets={"vault": {"url": url}})
        done = vaulted("diff", "dev")
        down.shutdown()
    assert done.code == 1, done.said
    assert "${vault:ml/login#airflow}: Vault at" in done.err
    assert calls == [1]
    assert proxy.seen == []
