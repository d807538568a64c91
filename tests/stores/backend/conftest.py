"""An environment whose Airflow reads from OpenBao: the shared Airflow, and a KV store for each test."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import hvac
import pytest

from tests.server.conftest import (
    _unmanaged_objects_stay_as_they_are,
    api,
    envctl,
    proxy,
    server,
    tree,
)
from tests.server.guard import MANAGE
from tests.stores.bao import ROOT_TOKEN, Bao

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.envctl import Envctl
    from tests.server.tree import Tree

__all__ = ["_unmanaged_objects_stay_as_they_are", "api", "envctl", "proxy", "server", "tree"]

EVERYTHING: dict[str, Any] = {"variables": {}, "connections": {}}
_numbers = count(1)


class Backed:
    """The environment `dev`, its Airflow's secrets backend, and what stands there."""

    def __init__(self, tree: Tree, envctl: Envctl, bao: Bao, kv_version: int = 2) -> None:
        self.tree, self.envctl, self.bao, self.kv_version = tree, envctl, bao, kv_version
        self.mount = f"airflow{next(_numbers)}"
        self.manage: dict[str, Any] = MANAGE
        envctl.secrets["BAO_LOGIN"] = ROOT_TOKEN
        # With a key fingerprints take no time, and here every leaf has one.
        envctl.secrets["ENVCTL_FINGERPRINT_KEY"] = "fingerprint-key-of-these-tests-2f81c6"
        bao.root.sys.enable_secrets_engine("kv", path=self.mount, options={"version": str(kv_version)})

    def configure(
        self, write: dict[str, Any] | None = None, policy: dict[str, Any] | None = None, **vault: Any
    ) -> None:
        """Write dev's environment.yaml with this `write`, and these keys below `vault`."""
        auth = {"method": "token", "token": "${BAO_LOGIN}"}
        backend: dict[str, Any] = {
            "vault": {
                "url": self.bao.url,
                "auth": auth,
                "mount": self.mount,
                "kv_version": self.kv_version,
                **vault,
            }
        }
        if write is not None:
            backend["write"] = write
        url = self.tree.url
        self.tree.environment("dev", url, secrets_backend=backend, manage=self.manage, policy=policy or {})

    def get(self, path: str) -> dict[str, Any] | None:
        """Give the document at a path, None when there is none."""
        kv = self.bao.root.secrets.kv
        try:
            if self.kv_version == 1:
                return dict(kv.v1.read_secret(path, mount_point=self.mount)["data"])
            return dict(self._version(path)["data"]["data"])
        except hvac.exceptions.InvalidPath:
            return None

    def version(self, path: str) -> int:
        return int(self._version(path)["data"]["metadata"]["version"])

    def put(self, path: str, **fields: Any) -> None:
        if self.kv_version == 1:
            self.bao.root.secrets.kv.v1.create_or_update_secret(path, fields, mount_point=self.mount)
        else:
            self.bao.put(path, self.mount, **fields)

    def delete(self, path: str) -> None:
        self.bao.root.secrets.kv.v2.delete_latest_version_of_secret(path, mount_point=self.mount)

    def undelete(self, path: str, version: int) -> None:
        self.bao.root.secrets.kv.v2.undelete_secret_versions(path, [version], mount_point=self.mount)

    def warnings(self, *command: str) -> list[str]:
        """Give what a diff, or another command, warns of."""
        done = self.envctl.json(*(command or ("diff", "dev")))
        return [one["message"] for one in done.json["diagnostics"] if one["severity"] == "warning"]

    def _version(self, path: str) -> Any:
        return self.bao.root.secrets.kv.v2.read_secret_version(
            path, mount_point=self.mount, raise_on_deleted_version=True
        )


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with Bao(tmp_path_factory.mktemp("bao")) as started:
        yield started


@pytest.fixture
def backed(tree: Tree, envctl: Envctl, bao: Bao) -> Backed:
    """One that keeps everything in Vault."""
    one = Backed(tree, envctl, bao)
    one.configure(EVERYTHING)
    return one
