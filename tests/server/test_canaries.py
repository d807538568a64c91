"""No secret comes out anywhere: every store, every place, every command, every failure, and crashes.

`make test` plants 24 and runs each command once, `make campaign` plants 200.
"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tests.server.canaries import CRASHER, CRASHES, Planted
from tests.server.envctl import forms
from tests.server.faults import answer, gone
from tests.stores.bao import ROOT_TOKEN, Bao
from tests.stores.moto import KEY_ID, REGION, SECRET_KEY, Moto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.api import Api
    from tests.server.envctl import Done, Envctl
    from tests.server.proxy import Answer, Exchange, Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

WHOLE = os.environ.get("ENVCTL_CAMPAIGN") == "1"
COUNT = 200 if WHOLE else 24


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bao, Moto]]:
    with Bao(tmp_path_factory.mktemp("bao")) as bao, Moto(tmp_path_factory.mktemp("moto")) as moto:
        bao.root.sys.enable_secrets_engine("kv", path="kv1", options={"version": "1"})
        bao.root.sys.enable_secrets_engine("kv", path="airflow", options={"version": "2"})
        yield bao, moto


@pytest.fixture
def planted(envctl: Envctl, tree: Tree, proxy: Proxy, stores: tuple[Bao, Moto], tmp_path: Path) -> Planted:
    bao, moto = stores
    moto.reset()
    (tmp_path / "tmp").mkdir()
    # With a key: without one each secret would cost a tenth of a second in each of many runs.
    key = "fingerprint-key-canary-0123456789abcdef"
    envctl.secrets["ENVCTL_FINGERPRINT_KEY"] = key
    envctl.secrets |= {"VAULT_TOKEN": ROOT_TOKEN, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    envctl.settings |= {
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": moto.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ENVCTL_RETRIES": "0",
        "TMPDIR": str(tmp_path / "tmp"),
        "HOME": str(tmp_path / "tmp"),
    }
    kept = {"include": ["kept_*"]}
    backend = {"vault": {"mount": "airflow"}, "write": {"variables": kept, "connections": kept}}
    tree.environment(
        "dev",
        proxy.url,
        secrets={"vault": {"url": bao.url}},
        secrets_backend=backend,
        policy={"max_deletes": "100%"},
    )
    found = Planted(envctl, tree, bao, moto, random.Random(20261124))  # noqa: S311 - canaries, no keys
    found.plant(COUNT)
    return found


class Watch:
    """Runs envctl as a program at -vvv, and looks through whatever it leaves behind.

    In the campaign each command is run in both formats, otherwise in one after the other.
    """

    def __init__(self, planted: Planted, api: Api, folder: Path) -> None:
        self.planted, self.api, self.folder = planted, api, folder
        self.runs = 0
        self.found: list[str] = []
        self._stop = threading.Event()

    def __call__(
        self, *arguments: str, code: int | None = None, settings: dict[str, str] | None = None
    ) -> list[Done]:
        """Run a command as text and as JSON; what it prints is looked through by the runner."""
        done = []
        for form in ("text", "json") if WHOLE else (("text", "json")[self.runs % 2],):
            one = self.planted.envctl.program(*arguments, "--format", form, "-vvv", **(settings or {}))
            assert code is None or one.code == code, one.said
            done.append(one)
            self.runs += 1
        self.look()
        return done

    def look(self) -> None:
        """Look through files, the ledger, and the arguments of every process."""
        spelt = {form for secret in self.planted.secrets for form in forms(secret)}
        left = (path for path in Path("/dev/shm").glob("envctl-*/*"))
        for path in (*self.folder.rglob("*"), *left):
            if path.is_file() and "environments" not in path.parts:
                text = path.read_bytes().decode(errors="replace")
                assert not [one for one in spelt if one in text], f"a secret is in {path}"
        if "envctl.ledger.default" in self.api.everything("variables"):
            text = repr(self.api.ledger())
            assert not [one for one in spelt if one in text], "a secret is in the ledger"

    def processes(self) -> None:
        """Look at the arguments of all processes until told to stop."""
        spelt = {form for secret in self.planted.secrets for form in forms(secret)}
        while not self._stop.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = path.read_bytes().decode(errors="replace")
                except OSError:
                    continue
                self.found = [one for one in spelt if one in text]
                if self.found:
                    return

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.processes)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert not self.found, "a secret is among a process's arguments"


@pytest.fixture
def watch(planted: Planted, api: Api, tmp_path: Path) -> Iterator[Watch]:
    with Watch(planted, api, tmp_path) as found:
        yield found
    print(f"{len(planted.secrets)} secrets, {found.runs} runs")


def echo(exchange: Exchange) -> Answer:
    """Refuse, and repeat all that was sent."""
    return answer(500, exchange.body.decode(errors="replace"))(exchange)  # type: ignore[return-value]


@pytest.mark.timeout(1800)
def test_success(watch: Watch, planted: Planted) -> None:
    watch("validate", code=0)
    watch("secrets", "check", "dev", code=0)
    watch("secrets", "view", "dev", code=0)
    watch("diff", "dev", code=2)
    watch("plan", "dev", "--out", "first.plan", code=2)
    watch("show", "first.plan", code=0)
    watch("apply", "dev", "--plan", "first.plan", code=0)
    watch("diff", "dev", code=0)
    watch("apply", "dev", "--rewrite-secrets", "*", code=0)
    planted.rotate()
    watch("diff", "dev", code=2)
    watch("plan", "dev", "--out", "second.plan", code=2)
    watch("show", "second.plan", code=0)
    watch("status", code=2)
    watch("diff", "dev", "--no-secrets")
    watch("ledger", "show", "dev", "--all", code=0)
    watch("apply", "dev", code=0)
    watch("status", "dev", code=0)
    for section in planted.spec.values():
        section.clear()
    planted.tree.spec(planted.spec)
    watch("diff", "dev", code=2)
    watch("release", "dev", "*", "--yes")
    watch("ledger", "repair", "dev", "--yes")
    watch("ledger", "forget", "dev", "--yes")
    watch("unlock", "dev")


@pytest.mark.timeout(1800)
def test_failures(watch: Watch, planted: Planted, proxy: Proxy, tree: Tree) -> None:
    """Airflow and the stores refuse, break off and repeat what they were sent."""
    for method, path in (("POST", "/auth/token"), ("PATCH", "/variables"), ("PATCH", "/connections")):
        proxy.on(method, path, echo)
        watch("apply", "dev")
        proxy.calm()
    for path in ("/connections", "/variables", "/eventLogs"):
        proxy.on("GET", path, gone)
        watch("diff", "dev")
        proxy.calm()
        proxy.up()
    planted.rotate()
    for name, value in (
        ("VAULT_TOKEN", "wrong-token-canary-1"),
        ("VAULT_NAMESPACE", "nobody"),
        ("AWS_SECRET_ACCESS_KEY", "wrong-key-canary-11"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("ENVCTL_AGE_KEY", "AGE-SECRET-KEY-1WRONGCANARY"),
    ):
        for command in (("secrets", "check", "dev"), ("diff", "dev"), ("apply", "dev")):
            watch(*command, settings={name: value})
    planted.bao.root.secrets.kv.v2.delete_latest_version_of_secret("canary/0/2")
    tree.environment("dev", proxy.url, secrets={"vault": {"url": "http://127.0.0.1:9"}})
    watch("secrets", "check", "dev", code=1)
    watch("apply", "dev")
    broken = {
        **planted.spec,
        "pools": {"p": {"slots": "${CANARY_0}"}},
        "variables": {"x": {"valu": "${CANARY_0}"}},
    }
    tree.spec(broken)
    watch("validate", code=1)
    watch("diff", "dev", code=1)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("place", CRASHES)
def test_crashes(place: str, watch: Watch, planted: Planted, tmp_path: Path) -> None:
    (tmp_path / "crash").mkdir()
    (tmp_path / "crash/sitecustomize.py").write_text(CRASHER)
    paths = os.pathsep.join((str(tmp_path / "crash"), str(Path(__file__).resolve().parents[2])))
    fell = 0
    planted.envctl.may_crash = True
    rest = (("diff", "dev"), ("plan", "dev", "--out", "x.plan")) if WHOLE else ()
    for command in (*rest, ("apply", "dev"), ("secrets", "check", "dev")):
        done = planted.envctl.program(*command, "-vvv", PYTHONPATH=paths, CRASH_AT=place)
        fell += "internal error" in done.err or done.code == 1
        watch.look()
    assert fell, place
