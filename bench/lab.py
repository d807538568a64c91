"""What cases work with: places, programs, the instance, and what is made only once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench import airflowctl
from bench.figures import Results
from bench.instance import Instance, booted
from bench.process import BenchError, Command, measure, output
from bench.trees import make_tree
from bench.turns import Contender, nothing, take_turns
from bench.who import ENVCTL
from bench.world import PASSWORD, World, write_entities, write_imports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import ExitStack

    from bench.figures import Table

_BIN = Path(sys.executable).parent
_HERE = Path(__file__).resolve().parent
_CONCURRENCY = "from envctl.settings import Settings; print(Settings.model_fields['concurrency'].default)"
CHUNK = 1000
"""Objects in a bulk request of the floor; from 250 to 5,000 it takes the same time within the noise."""
KEY = {"ENVCTL_FINGERPRINT_KEY": "a-key-for-the-fingerprints-of-the-benchmark"}
"""What spares the slow hash of each secret; no command has it unless a case says so."""
OFFLINE = "http://127.0.0.1:9"
"""The address of environments that are never connected to."""


class Lab:
    """One run of the benchmark. The Airflow is booted, and airflowctl installed, when first needed."""

    def __init__(self, folder: Path, stack: ExitStack, say: Callable[[str], None], *, quick: bool) -> None:
        self.folder = folder
        self.say = say
        self.quick = quick
        self.results = Results()
        """What this run has measured so far."""
        self._stack = stack
        self._homes: dict[str, Path] = {}
        self._warmed: set[tuple[str, ...]] = set()
        self.home = self._made("home")

    # Places and what stands in them

    @cached_property
    def instance(self) -> Instance:
        """The real Airflow."""
        return self._stack.enter_context(booted(self.folder, self.say))

    @property
    def url(self) -> str:
        """Where that Airflow answers."""
        return self.instance.sandbox.url

    @cached_property
    def peer(self) -> Path:
        """The virtual environment of airflowctl."""
        self.say("making sure that airflowctl is installed")
        return airflowctl.install()

    @cached_property
    def connections(self) -> int:
        """How many connections envctl opens to an instance; the floor opens as many."""
        told = subprocess.run(
            [sys.executable, "-c", _CONCURRENCY], capture_output=True, text=True, check=True
        )
        return int(told.stdout)

    def tree(self, world: World, urls: Sequence[str] = ()) -> Path:
        """Give a folder to run envctl in: a spec tree of the world, for the real Airflow or others."""
        places = tuple(urls) or (self.url,)
        folder = self.folder / "trees" / f"{world.name}-{len(places)}-{places[0].rpartition(':')[2]}"
        return folder if folder.exists() else make_tree(folder, world, places)

    def offline_tree(self, world: World) -> Path:
        """Give a spec tree that nothing is to be connected to for."""
        return self.tree(world, (OFFLINE,))

    def entities(self, world: World) -> Path:
        """Give the file with a world's objects as API bodies."""
        file = self._made("files") / f"{world.name}.json"
        if not file.exists():
            write_entities(world, file)
        return file

    def imports(self, world: World) -> tuple[Path, Path]:
        """Give the files with a world's variables and connections that `airflow` and `airflowctl` import."""
        files = self._made("files")
        variables = files / f"{world.name}-variables.json"
        connections = files / f"{world.name}-connections.json"
        if not connections.exists():
            write_imports(world, variables, connections)
        return variables, connections

    def applied(self, world: World, *, keyed: bool = False) -> None:
        """Bring the Airflow to the state after `envctl apply` of a world, perhaps with a fingerprint key."""
        name = f"{world.name}-keyed" if keyed else world.name
        self.instance.become(name, lambda: self._apply(world, KEY if keyed else {}))

    # Programs

    def envctl(self, folder: Path, *words: str) -> Command:
        """Give an envctl command that runs in a folder; it and its variables are all that it knows."""
        return Command((str(_BIN / "envctl"), *words), self._variables, folder)

    def python(self, *words: str) -> Command:
        """Give the Python of envctl's own virtual environment with what it shall run."""
        return Command((str(_BIN / "python"), *words), self._variables, self.folder)

    def script(self, program: str, *words: str) -> Command:
        """Give a script of this package as a program of its own."""
        root = {"PYTHONPATH": str(_HERE.parent)}
        return self.python(str(_HERE / program), *words).with_variables(root)

    def module(self, name: str, *words: str) -> Command:
        """Give a module of this package as a program that may import the rest of it."""
        return replace(self.python("-m", name, *words), folder=_HERE.parent)

    def bare(self, program: str, *words: str, url: str = "", connections: int = 0) -> Command:
        """Give one of the bare scripts, with a login and a number of connections (envctl's when left out)."""
        sandbox = self.instance.sandbox
        login = (url or self.url, sandbox.username, sandbox.password)
        return self.script(f"floor/{program}", *login, str(connections or self.connections), *words)

    def airflowctl(self, *words: str, url: str = "") -> Command:
        """Give an airflowctl command that talks to a server, which it is logged in to already."""
        there = url or self.url
        if there not in self._homes:
            self._homes[there] = self._made(f"airflowctl-{len(self._homes)}")
            airflowctl.remember(there, self._homes[there])
        variables = {"AIRFLOW_HOME": str(self._homes[there]), "AIRFLOW_CLI_TOKEN": self._token}
        program = str(self.peer / "bin" / "airflowctl")
        return Command((program, *words), {**self._variables, **variables}, self.folder)

    def airflow(self, *words: str) -> Command:
        """Give an `airflow` command on the server itself."""
        sandbox = self.instance.sandbox
        variables = {**sandbox.environment(), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
        return Command((str(sandbox.record.venv / "bin" / "airflow"), *words), variables, sandbox.home)

    def measure(self, name: str, title: str, contenders: Iterable[Contender], note: str = "") -> Table:
        """Let contenders take turns, each warm: whose code was never run before runs once for nothing."""
        all_of_them = tuple(contenders)
        for one in all_of_them:
            self._warm(one)
        return take_turns(name, title, all_of_them, self.say, note)

    def ours(
        self,
        command: Command,
        runs: int,
        before: Callable[[], None] = nothing,
        after: Callable[[], None] = nothing,
    ) -> Contender:
        """Give envctl as a contender."""
        return Contender(ENVCTL, (command,), runs, before, after)

    # What is behind

    def _apply(self, world: World, variables: Mapping[str, str]) -> None:
        """Apply a world, and make sure that a diff finds all of it the same, with nothing left in doubt."""
        folder = self.tree(world)
        measure(self.envctl(folder, "apply", "bench").with_variables(variables))
        diff = self.envctl(folder, "diff", "bench", "--format", "json").with_variables(variables)
        summary = json.loads(output(diff))["summary"]
        known = {name: count for name, count in summary.items() if count}
        if known != {"in_sync": world.variables + world.connections}:
            raise BenchError(f"after apply not all of {world.words} is in sync: {known}")

    def _warm(self, contender: Contender) -> None:
        """Run a contender whose program is new to this run: at first Python compiles what it imports."""
        programs = {command.argv[:2] for command in contender.commands}
        if programs <= self._warmed:
            return
        self._warmed |= programs
        contender.before()
        for command in contender.commands:
            measure(command)

    @cached_property
    def _token(self) -> str:
        sandbox = self.instance.sandbox
        return airflowctl.token_for(sandbox.url, sandbox.username, sandbox.password)

    @property
    def _variables(self) -> Mapping[str, str]:
        """The environment of whatever is measured; the login only once there is an Airflow."""
        booted_already = "instance" in self.__dict__
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PG_PASSWORD": PASSWORD,
            "AIRFLOW_PASSWORD": self.instance.sandbox.password if booted_already else "none",
        }

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder
