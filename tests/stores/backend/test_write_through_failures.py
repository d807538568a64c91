"""What goes wrong with a secrets backend: races, rights, servers that are gone, ids that are no paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from envctl.depot.shelf import Shelf
from tests.stores.backend.conftest import EVERYTHING
from tests.stores.bao import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.stores.backend.conftest import Backed

pytestmark = pytest.mark.server

LIVE = "live-in-vault-canary-Pp4"
SPEC: dict[str, Any] = {"variables": {"one": "a1", "two": "b1"}, "pools": {"gpu": {"slots": 1}}}


@pytest.fixture(autouse=True)
def _secrets(backed: Backed) -> None:
    backed.envctl.canaries.add(LIVE)


def before(method: str, act: Callable[[], object]) -> Any:
    """Let somebody do something just before envctl's first use of a method of the store."""
    real = getattr(Shelf, method)
    done: list[object] = []

    def raced(self: Shelf, *arguments: Any) -> Any:
        if not done:
            done.append(act())
        return real(self, *arguments)

    return mock.patch.object(Shelf, method, raced)


def test_a_lost_race_writes_nothing_over(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    assert backed.envctl("apply", "dev").code == 0
    backed.tree.spec({**SPEC, "variables": {"one": "a2", "two": "b2"}})
    with before("put", lambda: backed.put("variables/one", value=LIVE)):
        done = backed.envctl.json("apply", "dev")
    assert done.code == 5, done.said
    assert done.changes["variable/one"]["outcome"] == "failed"
    assert "was written by somebody after it was read" in done.changes["variable/one"]["error"]
    assert done.changes["variable/two"]["outcome"] == "applied"
    assert backed.get("variables/one") == {"value": LIVE}
    again = backed.envctl.json("apply", "dev")
    assert again.changes["variable/one"]["reason"] == "conflict", again.said
    assert backed.get("variables/one") == {"value": "a2"}


def test_a_lost_race_to_create(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    with before("put", lambda: backed.put("variables/one", value=LIVE)):
        done = backed.envctl.json("apply", "dev")
    assert done.changes["variable/one"]["outcome"] == "failed", done.said
    assert backed.get("variables/one") == {"value": LIVE}


def test_a_lost_race_to_delete(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    assert backed.envctl("apply", "dev").code == 0
    backed.tree.spec({**SPEC, "variables": {"two": "b1"}})
    with before("remove", lambda: backed.put("variables/one", value=LIVE)):
        done = backed.envctl.json("apply", "dev")
    assert done.code == 5, done.said
    assert "version 1 was deleted, version 2 was left" in done.changes["variable/one"]["error"]
    assert backed.get("variables/one") == {"value": LIVE}


def test_a_server_that_is_gone_fails_this_environment_only(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    backed.configure(EVERYTHING, url=f"http://127.0.0.1:{free_port()}")
    backed.tree.environment("other", backed.tree.url)
    backed.tree.write("other/spec.yaml", {"pools": {"gpu": {"slots": 1}}})
    done = backed.envctl.json("status", "dev", "other")
    assert done.code == 1, done.said
    rows = {one["environment"]: one for one in done.json["environments"]}
    assert "cannot be reached" in rows["dev"]["error"]["message"]
    assert "error" not in rows["other"]
    for command in ("diff", "apply"):
        failed = backed.envctl(command, "dev")
        assert failed.code == 1, failed.said
        assert "the secrets backend that Airflow reads" in failed.err


def test_a_server_that_is_gone_is_but_a_warning_where_nothing_is_kept(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    backed.configure(url=f"http://127.0.0.1:{free_port()}")
    done = backed.envctl.json("diff", "dev")
    assert done.code == 2, done.said
    unknown = "whether Airflow reads other values from Vault is not known"
    assert any(unknown in one for one in backed.warnings())
    assert backed.envctl("apply", "dev").code == 0
    backed.configure(auth={"method": "token", "token_file": "/nowhere"})
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert any("/nowhere: no such file" in one for one in backed.warnings())


def test_a_server_that_goes_in_the_middle(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    with before("put", backed.bao.stop):
        done = backed.envctl.json("apply", "dev")
    backed.bao.start()
    assert done.code == 5, done.said
    outcomes = {name: one["outcome"] for name, one in done.changes.items()}
    assert outcomes == {"pool/gpu": "applied", "variable/one": "failed", "variable/two": "not_attempted"}
    assert "may have been written" in done.changes["variable/one"]["error"]


@pytest.mark.parametrize(
    ("policy", "lacking"),
    [
        ('path "elsewhere/*" {capabilities = ["list"]}', "may not list MOUNT/variables"),
        ('path "MOUNT/metadata/*" {capabilities = ["list"]}', "may not read MOUNT/variables/one"),
    ],
)
def test_a_right_that_is_lacking_is_named(policy: str, lacking: str, backed: Backed) -> None:
    backed.put("variables/one", value=LIVE)
    backed.tree.spec(SPEC)
    backed.envctl.secrets["BAO_LOGIN"] = backed.bao.token_for(policy.replace("MOUNT", backed.mount))
    done = backed.envctl("diff", "dev")
    assert done.code == 1, done.said
    assert lacking.replace("MOUNT", backed.mount) in done.err
    assert f'path "{backed.mount}/metadata/variables/*" {{capabilities = ["list"]}}' in done.err


def test_the_policy_that_is_named_suffices(backed: Backed) -> None:
    backed.put("variables/one", value=LIVE)
    backed.tree.spec(SPEC)
    shown = ""
    with mock.patch.object(Shelf, "_list", side_effect=AssertionError):
        shelf = Shelf(mock.Mock(), backed.mount, 2, 1)
        shown = shelf.needed("variables") + "\n" + shelf.needed("connections")
    backed.envctl.secrets["BAO_LOGIN"] = backed.bao.token_for(shown)
    assert backed.envctl("apply", "dev").code == 0
    backed.tree.spec({**SPEC, "variables": {"two": "b1"}})
    done = backed.envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert backed.get("variables/one") is None


def test_a_right_to_write_that_is_lacking(backed: Backed, api: Api) -> None:
    backed.tree.spec(SPEC)
    rights = f'path "{backed.mount}/metadata/*" {{capabilities = ["list"]}}'
    rights += f'\npath "{backed.mount}/data/*" {{capabilities = ["read"]}}'
    backed.envctl.secrets["BAO_LOGIN"] = backed.bao.token_for(rights)
    done = backed.envctl.json("apply", "dev")
    assert done.code == 5, done.said
    error = done.changes["variable/two"]["error"]
    assert f"the login may not write {backed.mount}/variables/two" in error
    assert '{capabilities = ["read", "create", "update"]}' in error
    assert api.pool("gpu")["slots"] == 1


def test_a_store_that_is_not_there(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    backed.configure(EVERYTHING, mount="nowhere")
    done = backed.envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "there is no KV store nowhere" in done.err


@pytest.mark.parametrize(("version", "other"), [(1, 2), (2, 1)])
def test_a_store_of_the_other_version(version: int, other: int, backed: Backed) -> None:
    name = f"other{version}"
    backed.bao.root.sys.enable_secrets_engine("kv", path=name, options={"version": str(version)})
    backed.tree.spec(SPEC)
    backed.configure(EVERYTHING, mount=name, kv_version=other)
    done = backed.envctl("diff", "dev")
    assert done.code == 1, done.said
    assert (
        f"is a KV store of version {version}, and Airflow is said to read it as version {other}" in done.err
    )


def test_ids_that_are_no_paths(backed: Backed) -> None:
    backed.tree.spec(variables={"a//b": "x1", "../c": "x1", "fine/d": "x1"})
    done = backed.envctl("validate")
    assert done.code == 1, done.said
    assert done.err.count("cannot be kept in Vault") + done.out.count("cannot be kept in Vault") == 2


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ({"vault": {"variables_path": ""}}, "must be a path"),
        ({"vault": {"variables_path": "a/../b"}}, "must be a path"),
        ({"vault": {"variables_path": None}, "write": {"variables": {}}}, "variables_path is null"),
        ({"write": {"variables": {}}}, "vault"),
        ({"vault": {}, "write": {"pools": {}}}, "pools"),
        ({"vault": {"kv_version": 3}}, "must be one of 1, 2"),
        ({"vault": {"mout": "x"}}, "mount"),
    ],
)
def test_mistakes_in_the_file(backend: dict[str, Any], words: str, backed: Backed) -> None:
    backed.tree.environment("dev", backed.tree.url, secrets_backend=backend)
    backed.tree.spec(SPEC)
    done = backed.envctl("validate")
    assert done.code == 1, done.said
    assert words in done.err + done.out


def test_a_login_that_is_not_set(backed: Backed) -> None:
    backed.tree.spec(SPEC)
    del backed.envctl.secrets["BAO_LOGIN"]
    for command in ("diff", "apply"):
        done = backed.envctl(command, "dev")
        assert done.code == 1, done.said
        assert "environments/dev/environment.yaml:" in done.err
        assert "environment variable BAO_LOGIN is not set" in done.err


def test_the_login_of_secrets_vault_will_do(backed: Backed) -> None:
    auth = {"method": "token", "token": "${BAO_LOGIN}"}
    backed.tree.environment(
        "dev",
        backed.tree.url,
        secrets={"vault": {"url": backed.bao.url, "auth": auth}},
        secrets_backend={"vault": {"mount": backed.mount}, "write": EVERYTHING},
        manage=backed.manage,
    )
    backed.tree.spec(SPEC)
    assert backed.envctl("apply", "dev").code == 0
    assert backed.get("variables/one") == {"value": "a1"}
