"""Applies killed at random moments: one more apply always brings the instance where it was to be.

`make test` kills 20 of them, `make campaign` 200. The moments are random, but the same in every run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cryptography.fernet import Fernet

from envctl.sandbox import DEFAULT_VERSION
from tests.server import guard
from tests.server.conftest import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

KILLS = 200 if os.environ.get("ENVCTL_CAMPAIGN") == "1" else 20 if VERSION == DEFAULT_VERSION else 6
SECRETS = 6
"""Few: without a key each costs a tenth of a second, and so does each text that is masked for its name."""
_COLUMNS = {
    "variable": "key, description, is_encrypted, val",
    "connection": "conn_id, conn_type, host, login, port, is_encrypted, password, extra",
    "slot_pool": "pool, slots, description, include_deferred",
}
_OWN = ("envctl.", guard.PREFIX)

State = dict[tuple[str, str], Any]


@dataclass
class World:
    """A spec that moves on, the secrets that it refers to, and what Airflow has to hold for it."""

    dice: random.Random
    variables: dict[str, Any] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def move_on(self) -> None:
        """Make, change and take away some objects of each kind, and rotate some secrets."""
        for held, full, make in (
            (self.variables, 150, self._variable),
            (self.connections, 24, self._connection),
            (self.pools, 10, self._pool),
        ):
            names = list(held)
            self.dice.shuffle(names)
            for name in names[: len(names) // 8]:
                del held[name]
            for name in names[len(names) // 8 : len(names) // 3]:
                held[name] = make()
            while len(held) < full:
                self.made += 1
                held[f"o{self.made:05}"] = make()
        for name in [f"PW_{number}" for number in range(SECRETS)]:
            if name not in self.secrets or self.dice.random() < 0.5:
                self.secrets[name] = f"pw-{self.dice.getrandbits(64):x}"

    def _word(self) -> str:
        return f"{self.dice.getrandbits(40):x}é"

    def _secret(self) -> str:
        return f"${{PW_{self.dice.randrange(SECRETS)}}}"

    def _variable(self) -> Any:
        kind = self.dice.randrange(8)
        if kind == 0:
            return self._secret()
        if kind < 3:
            return {"value": {"a": self._word(), "b": [self.dice.randrange(9)]}, "description": self._word()}
        return self._word()

    def _connection(self) -> dict[str, Any]:
        return {
            "conn_type": "postgres",
            "host": self._word(),
            "login": "airflow",
            "password": self._secret(),
            "port": self.dice.randrange(1, 60000),
            "extra": {"mode": self._word(), "api_token": self.dice.choice(("one", "two"))},
        }

    def _pool(self) -> dict[str, Any]:
        return {"slots": self.dice.randrange(1, 99), "description": self._word(), "include_deferred": False}

    def expected(self) -> State:
        """Give what an instance holds once all of this was applied."""
        found: State = {}
        for name, value in self.variables.items():
            entry = value if isinstance(value, dict) else {"value": value, "description": None}
            found["variable", name] = (self._plain(entry["value"]), entry["description"])
        for name, entry in self.connections.items():
            plain = {**entry, "password": self._plain(entry["password"])}
            found["connection", name] = tuple(plain.values())
        for name, entry in self.pools.items():
            found["slot_pool", name] = tuple(entry.values())
        return found

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("${"):
            return self.secrets[value[2:-1]]
        return value


def held(database: Path, key: str) -> State:
    """Give what the database has, in clear, but for what is not the spec's."""
    fernet = Fernet(key)
    found: State = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        for table, columns in _COLUMNS.items():
            query = f"SELECT {columns} FROM {table}"  # noqa: S608 - names from above
            for identifier, *row in connection.execute(query):
                if not identifier.startswith(_OWN) and identifier != "default_pool":
                    found[table, identifier] = _in_clear(table, row, fernet)
    return found


def _in_clear(table: str, row: list[Any], fernet: Fernet) -> tuple[Any, ...]:
    if table == "slot_pool":
        slots, description, deferred = row
        return slots, description, bool(deferred)
    if table == "variable":
        description, encrypted, value = row
        assert encrypted
        text = fernet.decrypt(value).decode()
        return (json.loads(text) if text.startswith("{") else text), description
    conn_type, host, login, port, encrypted, password, extra = row
    assert encrypted
    secret, more = (fernet.decrypt(one).decode() for one in (password, extra))
    return conn_type, host, login, secret, port, json.loads(more)


@dataclass
class Field:
    """Where applies are killed, and what is looked at afterwards."""

    envctl: Envctl
    tree: Tree
    proxy: Proxy
    server: Server
    world: World

    def move_on(self) -> None:
        self.world.move_on()
        self.envctl.secrets.update(self.world.secrets)
        self.tree.spec(
            variables=self.world.variables, connections=self.world.connections, pools=self.world.pools
        )
        self.proxy.calm()

    def check(self, what: str, *, lock_may_stay: bool = False) -> None:
        """Look at everything; a lock may stay where there was nothing to write, and so nothing to lock."""
        key = self.server.sandbox.environment()["AIRFLOW__CORE__FERNET_KEY"]
        found, expected = held(self.server.sandbox.home / "airflow.db", key), self.world.expected()
        wrong = [one for one in sorted({*found, *expected}) if found.get(one) != expected.get(one)]
        assert not wrong, f"{what}: not as an apply leaves it that is not killed: {wrong}"
        assert self.server.rows == self.server.planted, f"{what}: what is unmanaged was touched"
        locks = [one for one in self.server.api.all("connections") if one.startswith("envctl.")]
        assert not locks or (lock_may_stay and locks == ["envctl.lock"]), f"{what}: {locks} is left"

    def unkilled(self) -> float:
        """Apply, and give the seconds that it took."""
        began = time.monotonic()
        with self.envctl.started("apply", "dev", "--quiet") as running:
            done = running.wait()
        took = time.monotonic() - began
        assert done.code == 0, done.said
        self.check("not killed")
        return took

    def killed(self, moment: Moment) -> str:
        """Kill an apply and say how far it had come; wait until Airflow is done with what it was sent."""
        with self.envctl.started("apply", "dev", "--quiet") as running:
            process = running.process
            while len(self.proxy.writes) < moment.writes and process.poll() is None:
                time.sleep(0.005)
            time.sleep(moment.seconds)
            process.send_signal(signal.SIGKILL)
            code = process.wait()
        deadline = time.monotonic() + 60
        while any(one.status is None for one in self.proxy.seen):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        if code != -signal.SIGKILL:
            return "ended before"
        return f"at write {len(self.proxy.writes):02}" if self.proxy.writes else "before any write"


class Moment(NamedTuple):
    """When to kill: so many seconds after so many writes have come; 0 is the start."""

    writes: int
    seconds: float


def moments(dice: random.Random, writes: int, duration: float) -> list[Moment]:
    """Give the moments: half of them over all of an apply, half over its writes, which take less of it."""
    half = KILLS // 2
    found = [Moment(0, duration * (part + dice.random()) / half) for part in range(half)]
    found += [Moment(1 + part * writes // half, dice.random() * 0.15) for part in range(half)]
    dice.shuffle(found)
    return found


@pytest.mark.timeout(60 * KILLS)
def test_one_more_apply_after_a_kill(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    world = World(random.Random(20261122))  # noqa: S311 - moments to kill at, no keys
    policy = {"prune": "managed", "max_deletes": "100%"}
    tree.environment("dev", proxy.url, manage=guard.MANAGE, policy=policy)
    place = Field(envctl, tree, proxy, server, world)
    place.move_on()
    place.unkilled()
    # The first one makes everything; from then on some of it moves each time.
    place.move_on()
    duration, writes = place.unkilled(), len(proxy.writes)

    told: Counter[str] = Counter()
    for number, moment in enumerate(moments(world.dice, writes, duration)):
        place.move_on()
        how_far = place.killed(moment)
        told[how_far] += 1
        what = f"kill {number}, {moment}, {how_far}"
        print(what)
        before = len(proxy.all_writes)
        done = envctl("apply", "dev", verbose=False)
        assert done.code == 0, f"{what}: {done.said}"
        place.check(what, lock_may_stay=len(proxy.all_writes) == before)
        shown = envctl.json("diff", "dev")
        assert (shown.code, shown.json.get("changes")) == (0, []), f"{what}: {shown.said}"
        assert shown.json["summary"]["adopt"] == 0, f"{what}: {shown.said}"
    print(f"\n{KILLS} kills within {duration:.1f} s and {writes} writes:", dict(sorted(told.items())))
    assert sum(count for how_far, count in told.items() if how_far.startswith("at")) >= KILLS // 4, told
