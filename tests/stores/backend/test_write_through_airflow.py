"""Must-show: what envctl wrote to OpenBao is what a real Airflow reads by the provider's VaultBackend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envctl.sandbox import SandboxSpec, start
from tests.server.envctl import Envctl
from tests.server.tree import Tree
from tests.stores.backend.conftest import EVERYTHING, Backed
from tests.stores.bao import ROOT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.sandbox import Sandbox
    from tests.stores.bao import Bao

pytestmark = pytest.mark.server

PACKAGES = tuple((Path(__file__).parent / "airflow-packages.txt").read_text().split())
PASSWORD = "read-by-airflow-Rr7'\"é%2F"
MOUNT = "airflow-must-show"
READ = """
import json
from airflow.models import Variable
from airflow.sdk import BaseHook
db = BaseHook.get_connection("db")
print(json.dumps({
    "description": db.description,
    "db": [db.conn_type, db.host, db.login, db.password, db.port, db.schema, db.extra_dejson],
    "size": Variable.get("batch_size"),
    "flags": Variable.get("flags", deserialize_json=True),
    "nested": Variable.get("folder/nested key"),
    "shadowed": Variable.get("shadowed"),
    "plain": Variable.get("plain"),
    "described": Variable.get("described"),
}))
"""
SPEC = {
    "variables": {
        "batch_size": "500",
        "flags": {"value": {"new": True, "token": "${PW}"}},
        "folder/nested key": "${PW}",
        "plain": "from the database",
        "described": {"value": "it", "description": "Airflow passes over this"},
        "shadowed": "never read",
    },
    "connections": {
        "db": {
            "conn_type": "postgres",
            "host": "db.internal",
            "login": "airflow",
            "password": "${PW}",
            "port": 5432,
            "schema": "ml",
            "description": "where features are",
            "extra": {"sslmode": "require", "token": "${PW}"},
        }
    },
}


@pytest.fixture(scope="module")
def airflow(bao: Bao, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """An Airflow whose secrets backend is the store at MOUNT."""
    settings = {"url": bao.url, "token": ROOT_TOKEN, "mount_point": MOUNT}
    spec = SandboxSpec(
        name="backed",
        base=tmp_path_factory.mktemp("sandboxes"),
        packages=PACKAGES,
        environment={
            "AIRFLOW__SECRETS__BACKEND": "airflow.providers.hashicorp.secrets.vault.VaultBackend",
            "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(settings),
        },
    )
    with start(spec) as sandbox:
        yield sandbox


def test_airflow_reads_what_envctl_wrote(airflow: Sandbox, bao: Bao, tmp_path: Path) -> None:
    envctl = Envctl(tmp_path, set)
    envctl.secrets |= {"AIRFLOW_PASSWORD": airflow.password, "PW": PASSWORD}
    backed = Backed(Tree(tmp_path, airflow.url), envctl, bao)
    bao.root.sys.enable_secrets_engine("kv", path=MOUNT, options={"version": "2"})
    backed.mount, backed.manage = MOUNT, {}
    backed.put("variables/shadowed", value="from Vault")
    backed.configure({**EVERYTHING, "variables": {"exclude": ["plain", "shadowed"]}})
    backed.tree.spec(SPEC)
    done = envctl.json("apply", "dev")
    assert done.code == 0, done.said
    assert json.loads(airflow.run_python(READ)) == {
        "db": [
            *("postgres", "db.internal", "airflow", PASSWORD, 5432, "ml"),
            {"sslmode": "require", "token": PASSWORD},
        ],
        "size": "500",
        "flags": {"new": True, "token": PASSWORD},
        "nested": PASSWORD,
        "shadowed": "from Vault",
        "plain": "from the database",
        "described": "it",
        "description": "where features are",
    }
    warned = [one["message"] for one in done.json["diagnostics"]]
    assert any(text.startswith("Airflow reads variable/shadowed from Vault") for text in warned)
    assert envctl.json("apply", "dev").json["changes"] == []
