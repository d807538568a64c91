"""Nothing of whoever runs the tests is in reach of boto3: neither variables, nor files, nor metadata."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.stores.aws import Aws
from tests.stores.moto import KEY_ID, REGION, SECRET_KEY, Gate, Moto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    """A spec tree whose references are looked up in that moto, by variables alone."""
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
