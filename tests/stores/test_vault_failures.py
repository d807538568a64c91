"""What is said when a real OpenBao does not give what was asked for: the reference, the place, what to do."""

from __future__ import annotations

import gc
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from envctl.secrets.vault import reading
from tests.stores.bao import Bao
from tests.stores.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores.conftest import Place

pytestmark = [
    pytest.mark.server,
    # A server that is killed between a connection and its handshake makes Python's own ssl module lose a
    # socket: `SSLSocket._create` of 3.11 raises without closing when it sees the connection reset.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
    ),
]

REFERENCE = "${vault:ml/prod#pg}"
GONE = ("cannot be reached", "is sealed", "broke off in the middle of an answer", "does not answer in time")


@pytest.fixture
def written(bao: Bao, place: Place) -> Place:
    bao.root.secrets.kv.v2.delete_metadata_and_all_versions("ml/prod")
    bao.put("ml/prod", pg="canary-one-19b3", number=5, nested={"a": "b"})
    bao.put("ml/prod", pg="canary-two-19b4")
    return place


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for loopback with its key, and the authority that signed it."""
    folder = tmp_path_factory.mktemp("authority")
    root = trustme.CA()
    root.cert_pem.write_to_path(str(folder / "ca.pem"))
    signed = root.issue_cert("127.0.0.1")
    signed.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    return folder / "server.pem", folder / "ca.pem"


@pytest.fixture(scope="module")
def sealed(authority: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    """A server with TLS that keeps its data, and can be restarted and sealed."""
    certificate, root = authority
    with Bao(tmp_path_factory.mktemp("raft"), certificate, root) as server:
        server.put("ml/prod", pg="canary-raft-5c5c")
        yield server
    gc.collect()  # so that what is lost is told of here, where it is known


def test_a_field_that_there_is_not(written: Place) -> None:
    assert written.refused("${vault:ml/prod#gp}")[0] == "there is no field 'gp' at ml/prod"


def test_a_field_that_is_no_text(written: Place) -> None:
    for field in ("number", "nested"):
        why, hint = written.refused(f"${{vault:ml/prod#{field}@1}}")
        assert (why, hint) == (f"the field '{field}' at ml/prod is no text", "write it as a text")


def test_a_path_that_there_is_not(written: Place) -> None:
    why, hint = written.refused("${vault:ml/gone#pg}")
    assert why.startswith("there is nothing at secret/ml/gone in Vault at http://127.0.0.1:")
    assert "write the secret there" in hint


def test_a_version_that_there_is_not(written: Place) -> None:
    why, hint = written.refused("${vault:ml/prod#pg@9}")
    assert why.startswith("there is no version 9 of secret/ml/prod")
    assert hint == "the latest is 2; leave @VERSION out to follow it"


def test_versions_that_are_gone(written: Place, bao: Bao) -> None:
    versions = bao.root.secrets.kv.v2
    versions.delete_secret_versions("ml/prod", [1])
    assert "version 1 of secret/ml/prod" in written.refused("${vault:ml/prod#pg@1}")[0]
    assert written.refused("${vault:ml/prod#pg@1}")[0].endswith("was deleted")
    versions.destroy_secret_versions("ml/prod", [1])
    assert written.refused("${vault:ml/prod#pg@1}")[0].endswith("was destroyed")
    versions.delete_latest_version_of_secret("ml/prod")
    assert written.refused()[0].endswith("was deleted")


def test_a_path_that_is_denied(written: Place, bao: Bao) -> None:
    written.envctl.secrets["BAO_LOGIN"] = bao.token_for(
        'path "secret/data/other" { capabilities = ["read"] }'
    )
    why, hint = written.refused()
    assert why.startswith("the login may not read secret/ml/prod in Vault at http")
    assert hint == 'it needs a policy with: path "secret/data/ml/prod" {capabilities = ["read"]}'


def test_a_token_that_has_expired(written: Place, bao: Bao) -> None:
    policy = 'path "secret/data/*" { capabilities = ["read"] }'
    written.envctl.secrets["BAO_LOGIN"] = bao.token_for(policy, ttl="1s")
    time.sleep(1.5)
    why, hint = written.refused()
    assert why.endswith("does not accept the token: it has expired, or was revoked")
    assert "log in again" in hint


def test_a_namespace_that_there_is_not(written: Place) -> None:
    written.configure(namespace="nobodys")
    assert "has no namespace nobodys" in written.refused()[0]


def test_a_method_that_there_is_not(written: Place) -> None:
    auth = {"method": "approle", "mount": "nowhere", "role_id": "r", "secret_id": "${BAO_LOGIN}"}
    written.configure(auth=auth)
    assert "refuses the login of method approle" in written.refused()[0]


def test_nobody_is_there(written: Place) -> None:
    written.configure(url="http://127.0.0.1:9")
    why, hint = written.refused()
    assert why == "Vault at http://127.0.0.1:9 cannot be reached"
    assert "check secrets.vault.url" in hint


def test_slower_than_the_time_limit(written: Place, bao: Bao) -> None:
    written.envctl.settings["ENVCTL_READ_TIMEOUT"] = "0.3"
    with Relay(bao.url, delay=3) as relay:
        written.configure(url=relay.url)
        why, hint = written.refused()
    assert why.endswith("does not answer in time")
    assert "ENVCTL_READ_TIMEOUT" in hint


def test_a_certificate_that_nobody_trusts(place: Place, sealed: Bao, authority: tuple[Path, Path]) -> None:
    place.envctl.secrets["BAO_LOGIN"] = sealed.token
    place.configure(url=sealed.url)
    why, hint = place.refused()
    assert why.endswith("cannot be trusted: its certificate does not fit")
    assert "ca_file" in hint
    place.configure(url=sealed.url, ca_file=str(authority[1]))
    assert place.check(REFERENCE)[REFERENCE]["ok"]
    place.configure(url=sealed.url)
    place.envctl.settings["VAULT_CACERT"] = str(authority[1])
    assert place.check(REFERENCE)[REFERENCE]["ok"]


def test_plain_http_where_tls_is_spoken(place: Place, sealed: Bao, bao: Bao) -> None:
    place.configure(url=sealed.url.replace("https:", "http:"))
    why, hint = place.refused()
    assert why.endswith("does not answer plain HTTP: it speaks TLS")
    assert "https://" in hint
    place.configure(url=bao.url.replace("http:", "https:"))
    why, hint = place.refused()
    assert why.endswith("does not speak TLS")
    assert "http://" in hint


def test_a_login_that_may_not_look_at_itself(written: Place, bao: Bao) -> None:
    written.envctl.secrets["BAO_LOGIN"] = bao.token_for(
        'path "auth/token/lookup-self" { capabilities = ["deny"] }', no_default_policy=True
    )
    assert written.refused()[0].startswith("the login may not read secret/ml/prod in Vault at http")


def test_restarted_between_two_reads(
    place: Place, sealed: Bao, authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reference is had or says what is wrong, and those that are had are whole."""
    place.envctl.secrets["BAO_LOGIN"] = sealed.token
    place.envctl.settings["ENVCTL_RETRIES"] = "6"
    place.configure(url=sealed.url, ca_file=str(authority[1]))
    for index in range(12):
        sealed.put(f"many/p{index}", pg=f"canary-many-{index:02}")
    asked = count()
    restarts: list[threading.Thread] = []
    before = threading.Lock()

    def restart() -> None:
        sealed.start()
        sealed.unseal()

    def counted(*arguments: Any) -> Any:
        with before:
            if next(asked) == 3:
                sealed.stop()
                restarts.append(threading.Thread(target=restart))
                restarts[0].start()
        return read(*arguments)

    read = reading._v2
    monkeypatch.setattr(reading, "_v2", counted)
    found = place.check(*(f"${{vault:many/p{index}#pg}}" for index in range(12)))
    restarts[0].join()
    del found["${BAO_LOGIN}"]
    for one in found.values():
        told = one["problem"] or ""
        assert one["ok"] or told.endswith(GONE) or "fails: " in told, one
        assert not one["ok"] or (one["version"], one["length"]) == ("1", "8-15")
    assert any(one["ok"] for one in found.values())
    # And once it is back, all of it is had.
    deadline = time.monotonic() + 20
    while not all(one["ok"] for one in place.check(*found).values()):
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_sealed_and_restarted(place: Place, sealed: Bao, authority: tuple[Path, Path]) -> None:
    place.envctl.secrets["BAO_LOGIN"] = sealed.token
    place.configure(url=sealed.url, ca_file=str(authority[1]))
    sealed.root.sys.seal()
    why, hint = place.refused()
    assert (why, hint) == (f"Vault at {sealed.url} is sealed", "somebody with the keys has to unseal it")
    sealed.stop()
    assert place.refused()[0].endswith("cannot be reached")
    # It comes back while it is asked, and is waited for.
    place.envctl.settings["ENVCTL_RETRIES"] = "6"

    def come_back() -> None:
        time.sleep(0.4)
        sealed.start()
        sealed.unseal()

    again = threading.Thread(target=come_back)
    again.start()
    found = place.check(REFERENCE)[REFERENCE]
    again.join()
    assert found["ok"] or found["problem"].endswith("is sealed")
    deadline = time.monotonic() + 20
    while not place.check(REFERENCE)[REFERENCE]["ok"]:
        assert time.monotonic() < deadline
        time.sleep(0.3)
