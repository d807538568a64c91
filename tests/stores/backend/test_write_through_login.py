"""A login that works once, for references and for what is kept in Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.stores.backend.conftest import EVERYTHING

if TYPE_CHECKING:
    from tests.stores.backend.conftest import Backed

pytestmark = pytest.mark.server

SPEC = {"variables": {"one": "${vault:ml/wrapped#pg}", "two": "b1"}}
KEPT = "canary-of-a-wrapped-login-3d"


@pytest.fixture
def _wrapped(backed: Backed) -> None:
    """Configure a wrapped AppRole for `secrets.vault`, which the secrets backend has from there."""
    root, name = backed.bao.root, f"ci-{backed.mount}"
    backed.bao.put("ml/wrapped", pg=KEPT)
    backed.envctl.canaries.add(KEPT)
    kinds = ("data", "metadata", "delete")
    rights = [f'path "{backed.mount}/{one}/*" {{capabilities = ["list", "read", "create"]}}' for one in kinds]
    rights.append('path "secret/data/ml/*" {capabilities = ["read"]}')
    root.sys.create_or_update_policy(name, "\n".join(rights))
    if "approle/" not in root.sys.list_auth_methods()["data"]:
        root.sys.enable_auth_method("approle")
    root.auth.approle.create_or_update_approle(name, token_policies=[name], secret_id_num_uses=1)
    role = root.auth.approle.read_role_id(name)["data"]["role_id"]
    wrapped = root.adapter.post(f"/v1/auth/approle/role/{name}/secret-id", wrap_ttl="60s")
    backed.envctl.secrets |= {"BAO_ROLE": role, "BAO_WRAPPED": wrapped["wrap_info"]["token"]}
    auth: dict[str, Any] = {"method": "approle", "role_id": "${BAO_ROLE}", "secret_id": "${BAO_WRAPPED}"}
    backed.tree.environment(
        "dev",
        backed.tree.url,
        secrets={"vault": {"url": backed.bao.url, "auth": {**auth, "wrapped": True}}},
        secrets_backend={"vault": {"mount": backed.mount}, "write": EVERYTHING},
        manage=backed.manage,
    )
    backed.tree.spec(SPEC)


@pytest.mark.usefixtures("_wrapped")
def test_a_wrapping_token_is_unwrapped_once(backed: Backed) -> None:
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert backed.get("variables/one") == {"value": KEPT}
    assert backed.get("variables/two") == {"value": "b1"}


@pytest.mark.usefixtures("_wrapped")
def test_without_secrets_what_stands_there_is_read_all_the_same(backed: Backed) -> None:
    backed.put("variables/two", value="b1")
    done = backed.envctl.json("diff", "dev", "--no-secrets")
    assert done.code == 2, done.said
    actions = {name: one["action"] for name, one in done.changes.items()}
    assert actions == {"variable/one": "create", "variable/two": "adopt"}
