"""What variables, files and references may hold about a Vault, and what is said of what they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trustme

from envctl.body import reveal
from envctl.model.secret import Secret
from envctl.secrets.backend import Surroundings, Unusable
from envctl.secrets.vault.entry import VaultAuth, VaultEntry
from envctl.secrets.vault.settings import VaultSettings, settings_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CANARY = "canary-of-a-token-3f"
ADDRESS = "http://127.0.0.1:8200"


def settings(folder: Path, variables: Mapping[str, str], **auth: Any) -> VaultSettings:
    entry = VaultEntry.model_construct(auth=VaultAuth.model_construct(method="token", wrapped=False))
    if auth:
        entry.auth = VaultAuth.model_construct(**{"wrapped": False, **auth})
    around = Surroundings(
        {"VAULT_ADDR": ADDRESS, "VAULT_TOKEN": "t", **variables},
        root=folder,
        folder=folder,
        layers=(),
        read_yaml=lambda _path, _found: None,
        shown=str,
        connect_timeout=1,
        read_timeout=1,
        retries=0,
        concurrency=1,
    )
    return settings_from(entry, around)


def refused(folder: Path, variables: Mapping[str, str], **auth: Any) -> str:
    with pytest.raises(Unusable) as caught:
        settings(folder, variables, **auth)
    said = f"{caught.value.missing.why}; {caught.value.missing.hint}"
    assert "canary" not in said
    return said


@pytest.mark.parametrize(
    "address",
    [
        f"https://user:{CANARY}@vault:8200",
        "vault:8200",
        "127.0.0.1:8200",
        f"https://vault/?token={CANARY}",
        "https://va ult",
        "https://vault:99999",
    ],
)
def test_addresses_that_cannot_be(address: str, tmp_path: Path) -> None:
    said = refused(tmp_path, {"VAULT_ADDR": address})
    assert said.startswith("VAULT_ADDR ")
    assert "must look like https://vault.example.com" in said
    said = refused(tmp_path, {"VAULT_ADDR": "", "BAO_ADDR": address})
    assert said.startswith("BAO_ADDR ")


def test_an_address_is_taken_without_its_margin(tmp_path: Path) -> None:
    assert settings(tmp_path, {"VAULT_ADDR": f" {ADDRESS}/\n"}).url == ADDRESS


@pytest.mark.parametrize("wrong", [f"{CANARY} x", f"{CANARY}\nx", f"{CANARY}é", f"{CANARY}\x07"])
def test_tokens_that_no_header_can_carry(wrong: str, tmp_path: Path) -> None:
    assert refused(tmp_path, {"VAULT_TOKEN": wrong}).startswith("VAULT_TOKEN must be printable ASCII")
    secret = Secret(wrong, "${T}")
    assert "${T} must be printable" in refused(tmp_path, {}, method="token", token=secret)
    assert "${T} must be printable" in refused(tmp_path, {}, method="jwt", role="r", jwt=secret)
    auth = {"method": "approle", "role_id": "r", "secret_id": secret}
    assert "${T} must be printable" in refused(tmp_path, {}, **auth, wrapped=True)
    assert reveal(settings(tmp_path, {}, **auth).credential) == wrong
    (tmp_path / "token").write_bytes(f"{CANARY} x".encode())
    assert "must be printable" in refused(tmp_path, {}, method="token", token_file="token")


def test_white_space_around_a_token_is_not_its(tmp_path: Path) -> None:
    assert reveal(settings(tmp_path, {"VAULT_TOKEN": f" {CANARY}\n"}).credential) == CANARY
    assert "there is no token" in refused(tmp_path, {"VAULT_TOKEN": " \n"})
    (tmp_path / "token").write_text(f"{CANARY}\n")
    assert reveal(settings(tmp_path, {}, method="token", token_file="token").credential) == CANARY


def test_namespaces_that_no_header_can_carry(tmp_path: Path) -> None:
    said = refused(tmp_path, {"VAULT_NAMESPACE": "téam"})
    assert said.startswith("VAULT_NAMESPACE must be printable ASCII")
    assert settings(tmp_path, {"VAULT_NAMESPACE": "team-a/\n"}).namespace == "team-a"


def test_a_file_that_holds_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("junk")
    said = refused(tmp_path, {"VAULT_CACERT": "ca.pem"})
    assert said.startswith("VAULT_CACERT ")
    assert "holds no certificate that can be read" in said
    assert "see VAULT_CACERT" in refused(tmp_path, {"VAULT_CACERT": "gone.pem"})
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert settings(tmp_path, {"VAULT_CACERT": "ca.pem"}).ca_file == tmp_path / "ca.pem"
