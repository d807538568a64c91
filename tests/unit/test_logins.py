"""One connection for everybody who asks the same server with the same login."""

from __future__ import annotations

from msgspec.structs import replace

from envctl.model.secret import Secret
from envctl.secrets.logins import Logins
from envctl.secrets.vault.connection import VaultConnection
from envctl.secrets.vault.entry import VaultAuth
from envctl.secrets.vault.settings import VaultSettings


def settings() -> VaultSettings:
    return VaultSettings(
        url="https://vault.example.com:8200",
        namespace=None,
        mount="secret",
        kv_version=None,
        ca_file=None,
        auth=VaultAuth.model_construct(method="approle", role_id="r", wrapped=True),
        credential=Secret("hvs.wrapping-token", "${WRAPPED}"),
        connect_timeout=5,
        read_timeout=5,
        retries=1,
        concurrency=4,
    )


def test_a_connection_serves_all_kv_stores_of_a_server() -> None:
    logins, other = Logins(), replace(settings(), mount="airflow", kv_version=2)
    one = logins.once(VaultConnection, settings().access)
    assert logins.once(VaultConnection, other.access) is one


def test_another_server_namespace_or_login_has_its_own() -> None:
    logins, one = Logins(), settings()
    others = (
        replace(one, url="https://elsewhere:8200"),
        replace(one, namespace="team-a"),
        replace(one, auth=VaultAuth.model_construct(method="approle", role_id="other", wrapped=True)),
        replace(one, credential=Secret("hvs.another", "${WRAPPED}")),
    )
    assert len({id(logins.once(VaultConnection, each.access)) for each in (one, *others)}) == 5


def test_environments_share_nothing() -> None:
    one, other = Logins(), Logins()
    shared = settings().access
    assert one.once(VaultConnection, shared) is not other.once(VaultConnection, shared)
