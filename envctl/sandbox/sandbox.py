"""A running sandbox, in the hands of whoever uses it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from envctl.errors import SandboxError, UsageError
from envctl.sandbox import environment, record, registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from envctl.sandbox.record import Record

_TAIL_LINES = 8


@dataclass(frozen=True)
class Sandbox:
    """A real Airflow on loopback. As a context manager it is stopped at the end of the block."""

    record: Record

    @property
    def name(self) -> str:
        """The name it was started under."""
        return self.record.name

    @property
    def version(self) -> str:
        """The Airflow version, such as `3.3.2`."""
        return self.record.version

    @property
    def url(self) -> str:
        """Where it answers, such as `http://127.0.0.1:41233`, without a slash at the end."""
        return self.record.url

    @property
    def username(self) -> str:
        """The first user's name."""
        return self.record.users[0].name

    @property
    def password(self) -> str:
        """The first user's password."""
        return self.record.users[0].password

    @property
    def auth_method(self) -> str:
        """What envctl's `airflow.auth.method` has to be: `password` (Airflow 3) or `basic` (Airflow 2)."""
        return self.record.recipe.auth_method

    @property
    def auth_manager(self) -> str:
        """What tells who may log in: `simple` or `fab`."""
        return self.record.auth_manager

    @property
    def pid(self) -> int:
        """The server's first process, which leads its process group."""
        return self.record.process.pid

    @property
    def log(self) -> Path:
        """The file that all the server's output goes to."""
        return self.record.process.log

    @property
    def home(self) -> Path:
        """Its AIRFLOW_HOME."""
        return self.record.home

    @property
    def dags_folder(self) -> Path:
        """Where DAG files go; `run_airflow("dags", "reserialize")` makes the server know them."""
        return self.home / "dags"

    @property
    def is_ready(self) -> bool:
        """Whether a login has worked; False while somebody else is still starting it."""
        return self.record.ready

    def password_of(self, user: str) -> str:
        """Give a user's password; `UsageError` if there is no such user."""
        for known in self.record.users:
            if known.name == user:
                return known.password
        names = ", ".join(known.name for known in self.record.users)
        raise UsageError(f"sandbox {self.name} has no user {user!r}", hint=f"there is {names}")

    def environment(self) -> dict[str, str]:
        """Give the whole environment in which `airflow` and Python work on this sandbox's database.

        Give it to a subprocess instead of the caller's own, not on top of it.
        """
        return environment.build(venv=self.record.venv, home=self.home, settings=self.record.settings)

    def run_python(self, code: str, timeout: float = 60.0) -> str:
        """Run Python code in the sandbox's virtual environment, on its database, and give its stdout.

        It is a program of its own: it has to import all it uses, and importing airflow takes it two seconds.
        It reads the database itself, as a task or the scheduler would; what the API masks is in clear there:

            sandbox.run_python("from airflow.models import Variable; print(Variable.get('batch_size'))")

        Raises `SandboxError` if it fails or takes longer than `timeout` seconds.
        """
        return self._run("python", ["-c", code], timeout)

    def run_airflow(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run an `airflow` command on the sandbox's database, and give its stdout.

        Raises `SandboxError` if it fails or takes longer than `timeout` seconds.
        """
        return self._run("airflow", list(arguments), timeout)

    def stop(self) -> None:
        """End the server and remove its folder; nothing happens if that was done already.

        Raises `SandboxError` if a process cannot be ended.
        """
        folder = self.record.folder
        with registry.guarded(folder):
            known = record.read(folder)
            if known is not None and known.process != self.record.process:
                return  # another one runs under this name by now
            registry.remove(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, program: str, arguments: list[str], timeout: float) -> str:
        """Run a program of the virtual environment to its end."""
        try:
            done = subprocess.run(
                [str(self.record.venv / "bin" / program), *arguments],
                cwd=self.home,
                env=_quiet(self.environment()),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            raise SandboxError(f"{program} in sandbox {self.name} took longer than {timeout:g} s") from error
        except OSError as error:
            raise SandboxError(f"{program} in sandbox {self.name} did not start: {error.strerror}") from error
        if done.returncode != 0:
            tail = (done.stderr or done.stdout).strip().splitlines()[-_TAIL_LINES:]
            raise SandboxError(
                f"{program} in sandbox {self.name} ended with {done.returncode}",
                hint="\n".join(["its last lines:", *tail]),
            )
        return done.stdout


def _quiet(variables: Mapping[str, str]) -> dict[str, str]:
    """Keep Airflow's warnings away: Airflow 3 writes them to stdout, among the program's own words."""
    return {**variables, "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
