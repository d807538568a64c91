"""References to Vault, read from a real OpenBao: stores, paths, versions, and how often it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores.relay import Relay

if TYPE_CHECKING:
    from tests.stores.bao import Bao
    from tests.stores.conftest import Place

pytestmark = pytest.mark.server

OLD, NEW = "canary-old-77aa01", "canary-new-64c9e2"


@pytest.fixture
def written(bao: Bao, place: Place) -> Place:
    """Two versions of one secret, and the store of version 1."""
    place.envctl.canaries |= {OLD, NEW}
    bao.root.secrets.kv.v2.delete_metadata_and_all_versions("ml/prod")
    bao.put("ml/prod", pg=OLD)
    bao.put("ml/prod", pg=NEW, other="another-value-9", number=5)
    if "kv1/" not in bao.root.sys.list_mounted_secrets_engines()["data"]:
        bao.root.sys.enable_secrets_engine("kv", path="kv1", options={"version": "1"})
    bao.root.secrets.kv.v1.create_or_update_secret("a/b", secret={"pg": OLD}, mount_point="kv1")
    return place


@pytest.mark.parametrize(
    ("reference", "version", "length"),
    [
        ("${vault:ml/prod#pg}", "2", "16-31"),
        ("${vault:ml/prod#pg@1}", "1", "16-31"),
        ("${vault:secret/ml/prod#pg}", "2", "16-31"),
        ("${vault:/secret/ml/prod#pg@2}", "2", "16-31"),
        ("${vault:kv1/a/b#pg}", None, "16-31"),
    ],
)
def test_where_a_path_leads(reference: str, version: str | None, length: str, written: Place) -> None:
    one = written.check(reference)[reference]
    assert (one["ok"], one["version"], one["length"]) == (True, version, length)


def test_a_mount_that_is_named(written: Place) -> None:
    written.configure(mount="kv1")
    assert written.check("${vault:a/b#pg}")["${vault:a/b#pg}"]["ok"]
    written.configure(mount="kv1", kv_version=1)
    assert written.check("${vault:a/b#pg}")["${vault:a/b#pg}"]["ok"]
    assert "keeps no versions" in written.refused("${vault:a/b#pg@1}")[0]


def test_a_namespace(written: Place, bao: Bao) -> None:
    bao.root.adapter.post("/v1/sys/namespaces/team-a")
    inside = bao.root
    inside.adapter.namespace = "team-a"
    inside.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
    inside.secrets.kv.v2.create_or_update_secret("ml/prod", secret={"only_here": NEW})
    reference = "${vault:ml/prod#only_here}"
    written.configure(namespace="team-a")
    assert written.check(reference)[reference]["ok"]
    written.configure()
    assert "no field 'only_here'" in written.refused(reference)[0]
    for variable in ("VAULT_NAMESPACE", "BAO_NAMESPACE"):
        written.envctl.settings[variable] = "team-a"
        assert written.check(reference)[reference]["ok"]
        del written.envctl.settings[variable]


def test_the_variables_that_everyone_knows(written: Place, bao: Bao) -> None:
    reference = "${vault:ml/prod#pg}"
    written.tree.environment("dev", "http://127.0.0.1:9", {"method": "none"})
    for address, token in (("VAULT_ADDR", "VAULT_TOKEN"), ("BAO_ADDR", "BAO_TOKEN")):
        written.envctl.settings[address] = bao.url
        assert "no token to log in" in written.refused(reference)[0]
        written.envctl.secrets[token] = bao.token
        assert written.check(reference)[reference]["ok"]
        del written.envctl.settings[address], written.envctl.secrets[token]
    assert written.refused(reference) == (
        "it is not known which Vault to ask",
        "write secrets: {vault: {url: ...}} in environment.yaml, or set VAULT_ADDR",
    )


def test_what_is_no_reference(written: Place) -> None:
    for text in ("${vault:ml/prod}", "${vault:#pg}", "${vault:ml/../prod#pg}", "${vault:ml//prod#pg}"):
        written.tree.spec(variables={"x": text})
        done = written.envctl("validate", "dev")
        assert done.code == 1
        assert "write ${vault:PATH#FIELD}" in done.out, done.said


def test_validate_asks_nobody(written: Place, bao: Bao) -> None:
    before = len(bao.reads())
    written.tree.spec(variables={"x": "${vault:ml/none#pg}"})
    assert written.envctl("validate", "dev").code == 0
    assert len(bao.reads()) == before


def test_paths_are_read_once_and_side_by_side(place: Place, bao: Bao) -> None:
    for index in range(50):
        bao.put(f"many/p{index}", **{f"f{field}": f"value-{index}-{field}-x" for field in range(10)})
    references = [f"${{vault:many/p{index}#f{field}}}" for index in range(50) for field in range(10)]
    before = len(bao.reads())
    with Relay(bao.url, delay=0.1) as relay:
        place.configure(url=relay.url)
        place.check(references[0])
        found = place.check(*references)
    assert found.pop("${BAO_LOGIN}")["uses"][0]["path"] == "secrets.vault.auth.token"
    assert len(found) == 500
    assert all(one["ok"] for one in found.values())
    reads = bao.reads()[before + 1 :]
    assert sorted(reads) == sorted(f"secret/data/many/p{index}" for index in range(50))
    assert relay.most >= 5


def test_the_table(written: Place) -> None:
    written.tree.spec(
        variables={"a": "${vault:ml/prod#pg}", "b": "x${vault:ml/prod#pg}", "c": "${vault:ml/prod#pgg}"},
        connections={"db": {"conn_type": "p", "password": "${vault:ml/prod#pg@1}", "host": "${NOT_SET}"}},
    )
    done = written.envctl("secrets", "check", "dev", verbose=False)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[-1] == "  5 references, 2 cannot be looked up"
    assert any(
        "ok  ${vault:ml/prod#pg} " in line and line.endswith("variable/a value and 1 more") for line in lines
    )
    assert any("ok  ${vault:ml/prod#pg@1} " in line and "v1   16-31" in line for line in lines)
    assert any("there is no field 'pgg' at ml/prod" in line for line in lines)
    assert any("did you mean 'pg'?" in line for line in lines)
    assert any("spec.yaml" in line and "NOT_SET is not set" in line for line in lines)
