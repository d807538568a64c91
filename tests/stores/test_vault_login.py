"""Every way to log in to a real OpenBao, how long a login lasts, and what is said when one is refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from envctl.model.secret import Secret
from envctl.secrets.vault.connection import VaultConnection
from envctl.secrets.vault.entry import VaultAuth
from envctl.secrets.vault.settings import VaultSettings
from tests.stores.kubernetes import GOOD_TOKEN, TokenReviewer

if TYPE_CHECKING:
    from pathlib import Path

    import hvac

    from tests.stores.bao import Bao
    from tests.stores.conftest import Place

pytestmark = pytest.mark.server

POLICY = 'path "secret/data/ml/*" { capabilities = ["read"] }'
REFERENCE = "${vault:ml/prod#pg}"


@pytest.fixture
def root(bao: Bao) -> hvac.Client:
    """The root's client, with a secret and a policy to read it."""
    bao.put("ml/prod", pg="canary-login-88c1")
    bao.root.sys.create_or_update_policy("reader", POLICY)
    return bao.root


def enabled(root: hvac.Client, method: str) -> None:
    if f"{method}/" not in root.sys.list_auth_methods()["data"]:
        root.sys.enable_auth_method(method)


def approle(root: hvac.Client, **options: Any) -> tuple[str, str]:
    """Make a role that may read, and give its id and a secret id."""
    enabled(root, "approle")
    root.auth.approle.create_or_update_approle("ci", token_policies=["reader"], **options)
    role = root.auth.approle.read_role_id("ci")["data"]["role_id"]
    return role, root.auth.approle.generate_secret_id("ci")["data"]["secret_id"]


def is_had(place: Place) -> bool:
    return bool(place.check(REFERENCE)[REFERENCE]["ok"])


def test_a_token_in_a_file(place: Place, root: hvac.Client, tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text(f"{root.token}\n")
    place.configure(auth={"method": "token"})
    assert "no token to log in" in place.refused()[0]  # a file that nobody asked for is not read
    place.configure(auth={"token_file": "~/.vault-token"})
    assert is_had(place)
    place.configure(auth={"token_file": "gone"})
    assert "gone: no such file" in place.refused()[0]


def test_approle(place: Place, root: hvac.Client) -> None:
    role, secret = approle(root)
    place.envctl.secrets |= {"ROLE": role, "SECRET": secret}
    place.configure(auth={"method": "approle", "role_id": "${ROLE}", "secret_id": "${SECRET}"})
    assert is_had(place)
    place.envctl.secrets["SECRET"] = "no-such-secret-id-4a"
    why, hint = place.refused()
    assert "refuses the login of method approle: invalid role or secret ID" in why
    assert hint == "check secrets.vault.auth of the environment"


def test_a_wrapped_secret_id_works_once(place: Place, root: hvac.Client) -> None:
    role, _ = approle(root)
    answer = root.adapter.post("/v1/auth/approle/role/ci/secret-id", wrap_ttl="60s")
    place.envctl.secrets |= {"ROLE": role, "WRAPPED": answer["wrap_info"]["token"]}
    auth = {"method": "approle", "role_id": "${ROLE}", "secret_id": "${WRAPPED}", "wrapped": True}
    place.configure(auth=auth)
    assert is_had(place)
    why, hint = place.refused()
    assert "refuses the login of method approle" in why
    assert hint == "a wrapping token works once, and not for long: have a new one made"


@pytest.fixture
def signed(root: hvac.Client) -> Any:
    """What makes identity tokens such as GitLab's and GitHub's, which the server trusts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    enabled(root, "jwt")
    root.auth.jwt.configure(jwt_validation_pubkeys=[public], bound_issuer="https://gitlab.example.com")
    root.auth.jwt.create_role(
        "ci",
        role_type="jwt",
        allowed_redirect_uris=["https://gitlab.example.com/x"],
        user_claim="sub",
        bound_audiences=["vault"],
        token_policies=["reader"],
    )

    def make(audience: str = "vault", seconds: int = 60) -> str:
        claims = {
            "iss": "https://gitlab.example.com",
            "sub": "project_path:ml/specs:ref:main",
            "aud": audience,
            "exp": int(time.time()) + seconds,
            "iat": int(time.time()),
        }
        return jwt.encode(claims, key, algorithm="RS256")

    return make


def test_jwt(place: Place, signed: Any, tmp_path: Path) -> None:
    place.envctl.secrets["ID_TOKEN"] = signed()
    place.configure(auth={"method": "jwt", "role": "ci", "jwt": "${ID_TOKEN}"})
    assert is_had(place)
    (tmp_path / "token").write_text(signed() + "\n")
    place.configure(auth={"method": "jwt", "role": "ci", "jwt_file": str(tmp_path / "token")})
    assert is_had(place)
    for token, why in (
        (signed("somebody else"), "the token is for another audience than the role takes"),
        (signed(seconds=-3600), "the token has expired"),
        ("no.jwt.at-all", "the token's signature is of no key that the method knows"),
    ):
        (tmp_path / "token").write_text(token)
        assert place.refused()[0].endswith(f"refuses the login of method jwt: {why}")
    place.configure(auth={"method": "jwt", "role": "nobody", "jwt": "${ID_TOKEN}"})
    assert place.refused()[0].endswith("refuses the login of method jwt: there is no such role")


def test_kubernetes(place: Place, root: hvac.Client, tmp_path: Path) -> None:
    enabled(root, "kubernetes")
    (tmp_path / "sa").write_text(GOOD_TOKEN)
    with TokenReviewer() as reviewer:
        root.auth.kubernetes.configure(
            reviewer.url,
            kubernetes_ca_cert=trustme.CA().cert_pem.bytes().decode(),
            token_reviewer_jwt=jwt.encode({"sub": "reviewer"}, "k" * 32),
            disable_local_ca_jwt=True,
        )
        root.auth.kubernetes.create_role("ci", ["envctl"], ["ci"], policies=["reader"])
        place.configure(auth={"method": "kubernetes", "role": "ci", "jwt_file": str(tmp_path / "sa")})
        assert is_had(place)
        (tmp_path / "sa").write_text("another-canary-of-the-cluster")
        assert "refuses the login of method kubernetes" in place.refused()[0]
    place.configure(auth={"method": "kubernetes", "role": "ci"})
    assert "/var/run/secrets/kubernetes.io/serviceaccount/token: no such file" in place.refused()[0]


def connection(bao: Bao, credential: str, **auth: Any) -> VaultConnection:
    settings = VaultSettings(
        url=bao.url,
        namespace=None,
        mount=None,
        kv_version=None,
        ca_file=None,
        auth=VaultAuth.model_construct(**auth),
        credential=Secret(credential, "it"),
        connect_timeout=5,
        read_timeout=5,
        retries=1,
        concurrency=4,
    )
    return VaultConnection(settings)


def reads(one: VaultConnection) -> str:
    answer = one.ask(
        lambda client: client.secrets.kv.v2.read_secret_version("ml/prod", raise_on_deleted_version=True)
    )
    return str(answer["data"]["data"]["pg"])


def test_a_login_outlives_its_token(bao: Bao, root: hvac.Client) -> None:
    role, secret = approle(root, token_ttl="2s", token_max_ttl="3s")
    auth = {"method": "approle", "role_id": Secret(role, "role"), "wrapped": False, "mount": None}
    one = connection(bao, secret, **auth)
    tokens = set()
    for _ in range(12):
        assert reads(one) == "canary-login-88c1"
        assert one._client is not None
        tokens.add(one._client.token)
        time.sleep(0.5)
    assert len(tokens) >= 2  # it was renewed, and in the end replaced


def test_a_token_is_renewed(bao: Bao, root: hvac.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envctl.secrets.vault.login._UNCHECKED", 0.2)
    root.sys.create_or_update_policy("reader", POLICY)
    token = root.auth.token.create(policies=["reader"], ttl="2s")["auth"]["client_token"]
    one = connection(bao, token, method="token", wrapped=False, mount=None)
    for _ in range(10):
        assert reads(one) == "canary-login-88c1"
        time.sleep(0.5)
