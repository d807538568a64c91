"""A real OpenBao and moto for the tests of this folder, and spec trees that refer to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.envctl import Envctl
from tests.server.tree import Tree
from tests.stores.aws import Aws
from tests.stores.bao import ROOT_TOKEN, Bao
from tests.stores.moto import KEY_ID, REGION, SECRET_KEY, Gate, Moto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with Bao(tmp_path_factory.mktemp("bao")) as server:
        yield server


class Place:
    """A tree whose environment `dev` has no Airflow, and envctl to look up its references."""

    def __init__(self, folder: Path, bao: Bao) -> None:
        self.folder = folder
        self.bao = bao
        self.tree = Tree(folder, NOWHERE)
        self.envctl = Envctl(folder, lambda: {ROOT_TOKEN})
        self.envctl.settings["HOME"] = str(folder)
        self.envctl.settings["ENVCTL_RETRIES"] = "1"
        self.configure()

    def configure(self, **vault: Any) -> None:
        """Write dev's environment.yaml with these keys below secrets.vault; the root token when no other."""
        self.envctl.secrets.setdefault("BAO_LOGIN", ROOT_TOKEN)
        auth = {"method": "token", "token": "${BAO_LOGIN}"}
        self.tree.environment(
            "dev",
            NOWHERE,
            {"method": "none"},
            secrets={"vault": {"url": self.bao.url, "auth": auth, **vault}},
        )

    def check(self, *references: str, verbose: bool = True) -> dict[str, dict[str, Any]]:
        """Look references up, and give what `envctl secrets check` says of each."""
        self.tree.spec(variables={f"v{index}": one for index, one in enumerate(references)})
        done = self.envctl.json("secrets", "check", "dev", *([] if verbose else ["-q"]))
        found = {one["reference"]: one for one in done.json["references"]}
        assert done.code == (0 if all(one["ok"] for one in found.values()) else 1), done.said
        return found

    def refused(self, reference: str = "${vault:ml/prod#pg}") -> tuple[str, str]:
        """Look up one reference that cannot be had, and give why and what to do."""
        one = self.check(reference)[reference]
        assert not one["ok"]
        assert one["uses"][0]["source"].startswith("environments/dev/spec.yaml:")
        return one["problem"], one["hint"]


@pytest.fixture
def place(tmp_path: Path, bao: Bao) -> Place:
    return Place(tmp_path, bao)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """The moto of the session."""
    with Moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def gate(moto: Moto) -> Iterator[Gate]:
    """A gate in front of the empty moto."""
    moto.reset()
    with Gate(moto.url) as gate:
        yield gate


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: Gate, moto: Moto) -> Aws:
    """A spec tree whose references are looked up in that moto, by variables alone.

    Nothing of whoever runs the tests is in reach of boto3: neither variables, nor files, nor metadata.
    """
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", gate.url)
    monkeypatch.chdir(tmp_path)
    return Aws(tmp_path, gate, moto)
