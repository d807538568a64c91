"""The real Airflow of a run: booted once, and brought to a known state before a measurement."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.process import BenchError
from envctl.sandbox import Sandbox, SandboxSpec, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.world import World

_DATABASE = "airflow.db"
_TABLES = ("variable", "connection", "log")
"""Where what envctl reads and writes is kept: with the log also who changed what."""
_AS_BOOTED = "as-booted"
_PATIENCE = 30.0


class Instance:
    """One Airflow, whose variables, connections and event log can be kept as they are, and brought back.

    That is done in its database, past the API: a thousand times quicker, and each measurement finds the
    same state, down to the event log. The log is never made empty: a real one has an entry from when the
    server was started, and without any envctl could not tell what came later, and would not ask.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._keep(_AS_BOOTED)

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(urlsplit(self.sandbox.url).port or 0)

    def empty(self) -> None:
        """Make it as it was when it was booted: without objects, ledger and lock."""
        self._bring_back(_AS_BOOTED)

    def become(self, name: str, fill: Callable[[], object]) -> None:
        """Bring back the state of that name; the first time it is made by `fill`, on an empty instance."""
        if not self._file(name).exists():
            self.empty()
            fill()
            self._keep(name)
        self._bring_back(name)

    def expect(self, world: World) -> None:
        """Raise `BenchError` unless it holds the objects of a world; envctl's own do not count."""
        with self._database() as database:
            variables = _count(database, "variable", "key")
            connections = _count(database, "connection", "conn_id")
        if (variables, connections) != (world.variables, world.connections):
            raise BenchError(
                f"there are {variables} variables and {connections} connections, not {world.words}"
            )

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"

    def _keep(self, name: str) -> None:
        self._exchange(self._file(name), "CREATE TABLE kept.{0} AS SELECT * FROM main.{0}")

    def _bring_back(self, name: str) -> None:
        statements = ("DELETE FROM main.{0}", "INSERT INTO main.{0} SELECT * FROM kept.{0}")
        self._exchange(self._file(name), *statements)

    def _exchange(self, file: Path, *statements: str) -> None:
        """Run statements for each table with a kept state at hand, all or nothing."""
        with self._database() as database:
            database.execute("ATTACH DATABASE ? AS kept", (str(file),))
            database.execute("BEGIN IMMEDIATE")
            for statement in statements:
                for table in _TABLES:
                    database.execute(statement.format(table))
            database.execute("COMMIT")

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        file = self.sandbox.home / _DATABASE
        if not file.exists():
            raise BenchError(f"the sandbox keeps no {_DATABASE}")
        with closing(sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)) as database:
            yield database


def _count(database: sqlite3.Connection, table: str, key: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE {key} NOT LIKE 'envctl.%'"  # noqa: S608 - names of ours
    return int(database.execute(query).fetchone()[0])


@contextmanager
def booted(folder: Path, say: Callable[[str], None]) -> Iterator[Instance]:
    """Boot an Airflow in a folder, with no one's settings; it is gone at the end of the block."""
    states = folder / "states"
    states.mkdir()
    with start(SandboxSpec(name="bench", base=folder / "sandbox"), progress=say) as sandbox:
        yield Instance(sandbox, states)
