"""From an order to an Airflow that answers, and back to nothing."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from envctl.errors import SandboxError
from envctl.sandbox import environment, record, registry
from envctl.sandbox.install import ensure_installed
from envctl.sandbox.places import install_folder
from envctl.sandbox.ports import HOST, reserved
from envctl.sandbox.probe import Answer, Probe
from envctl.sandbox.process import is_alive, spawn
from envctl.sandbox.progress import Progress, silent
from envctl.sandbox.recipe import Site, User
from envctl.sandbox.sandbox import Sandbox
from envctl.sandbox.template import DATABASE, ensure_template

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.sandbox.record import Record
    from envctl.sandbox.spec import SandboxSpec

_log = logging.getLogger(__name__)

START_SECONDS = 120.0
_TRIES = 3
_TAIL_LINES = 12
_TAIL_BYTES = 16384
_PORT_TAKEN = "address already in use"


class _PortTaken(SandboxError):
    """The server ended because somebody else was faster to bind its port."""


def start(spec: SandboxSpec, *, progress: Progress = silent) -> Sandbox:
    """Give the sandbox that was ordered: the running one of that name, or a new one.

    Returns when a login works. Raises `SandboxError` if it cannot be installed or does not come up, or if
    another sandbox runs under the name; nothing is left running then.
    """
    with registry.guarded(spec.folder, progress=progress):
        known = registry.find(spec.folder)
        if known is not None:
            _check_same(known, spec)
            progress(f"sandbox {spec.name} runs already")
            return Sandbox(known)
        venv = ensure_installed(spec.version, spec.all_packages, progress=progress)
        template = ensure_template(spec.version, spec.recipe, venv, progress=progress)
        return Sandbox(_start(spec, venv, template, progress))


def stop(sandbox: Sandbox) -> None:
    """End a sandbox without a trace: see `Sandbox.stop`."""
    sandbox.stop()


def _start(spec: SandboxSpec, venv: Path, template: Path, progress: Progress) -> Record:
    """Start the server, on another port if the first was taken meanwhile."""
    for _ in range(_TRIES - 1):
        try:
            return _start_once(spec, venv, template, progress)
        except _PortTaken:
            if spec.port is not None:
                raise
            progress("the port was taken meanwhile: trying another")
    return _start_once(spec, venv, template, progress)


def _start_once(spec: SandboxSpec, venv: Path, template: Path, progress: Progress) -> Record:
    """Start the server on a free port, which nobody else gets until the server has it."""
    with reserved(spec.port) as port:
        return _start_on(port, spec, venv, template, progress)


def _start_on(port: int, spec: SandboxSpec, venv: Path, template: Path, progress: Progress) -> Record:
    """Start the server on a port and wait for it; whatever goes wrong, nothing is left of it."""
    began = time.monotonic()
    url = f"http://{HOST}:{port}"
    progress(f"starting Airflow {spec.version} at {url}")
    spec.folder.mkdir(parents=True, mode=0o700)
    try:
        starting = _launch(spec, Site(spec.folder / "home", port, url, _users(spec)), venv, template)
        _wait(starting)
        ready = replace(starting, ready=True)
        record.write(ready)
    except BaseException:  # an interrupt too must leave nothing behind
        registry.remove(spec.folder)
        raise
    progress(f"ready after {time.monotonic() - began:.1f} s")
    return ready


def _launch(spec: SandboxSpec, site: Site, venv: Path, template: Path) -> Record:
    """Lay out the folder and start the process; it is on record as soon as it runs."""
    recipe = spec.recipe
    environment.prepare(site.home)
    shutil.copyfile(template, site.home / DATABASE)
    recipe.write_users(site, site.home / DATABASE)
    settings = recipe.settings(site) | dict(spec.environment)
    process = spawn(
        [str(venv / "bin" / "airflow"), *recipe.server_command(site)],
        environment=environment.build(venv=venv, home=site.home, settings=settings),
        folder=site.home,
        log=spec.folder / record.LOG,
    )
    starting = record.Record(
        name=spec.name,
        version=spec.version,
        url=site.url,
        users=site.users,
        folder=spec.folder,
        venv=venv,
        settings=settings,
        process=process,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        auth_manager=recipe.auth_manager,
    )
    record.write(starting)
    return starting


def _users(spec: SandboxSpec) -> tuple[User, ...]:
    """Give every user a password."""
    return tuple(
        User(name, role, spec.passwords.get(name) or secrets.token_hex(10))
        for name, role in spec.users.items()
    )


def _wait(starting: Record) -> None:
    """Return when a login works; raise `SandboxError` with the log's last lines if none ever will."""
    answer = _probe(starting).wait(START_SECONDS)
    if answer is Answer.READY:
        return
    tail = _tail(starting.process.log)
    if answer is Answer.ENDED and _PORT_TAKEN in tail.lower():
        raise _PortTaken(f"{starting.url} was taken by another program", hint="try again")
    reasons = {
        Answer.ENDED: "ended while it was starting",
        Answer.SILENT: f"did not answer within {START_SECONDS:g} s",
        Answer.NO_LOGIN: "answers, but no login works",
    }
    raise SandboxError(
        f"Airflow {starting.version} {reasons[answer]}",
        hint=f"the last lines of its log:\n{tail}",
    )


def _probe(known: Record) -> Probe:
    """Give the means to ask a server.

    Airflow 2 lives on for two minutes after it could not have its port: that counts as ended too.
    """
    return Probe(
        url=known.url,
        recipe=known.recipe,
        user=known.users[0],
        has_ended=lambda: not is_alive(known.process) or _PORT_TAKEN in _tail(known.process.log).lower(),
    )


def _tail(log: Path) -> str:
    """Give the last lines of a log."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])


def _check_same(known: Record, spec: SandboxSpec) -> None:
    """Raise `SandboxError` if the running sandbox is not the one that was ordered, or does not answer."""
    running = {user.name: user for user in known.users}
    differs = {
        f"Airflow {known.version}": known.version != spec.version,
        known.url: spec.port is not None and known.url != f"http://{HOST}:{spec.port}",
        f"the auth manager {known.auth_manager}": known.auth_manager != spec.recipe.auth_manager,
        "other users": {name: user.role for name, user in running.items()} != dict(spec.users),
        "other passwords": any(
            name in running and running[name].password != text for name, text in spec.passwords.items()
        ),
        "other packages": bool(spec.packages)
        and known.venv != install_folder(spec.version, spec.all_packages) / "venv",
        "other settings": any(known.settings.get(name) != text for name, text in spec.environment.items()),
    }
    hint = f"stop it with `envctl sandbox down {spec.name}`, or choose another name"
    if any(differs.values()):
        shown = ", ".join(what for what, is_so in differs.items() if is_so)
        raise SandboxError(f"sandbox {spec.name} runs already, with {shown}", hint=hint)
    if not _probe(known).answers():
        raise SandboxError(f"sandbox {spec.name} runs, but does not answer at {known.url}", hint=hint)
