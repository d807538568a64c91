"""A real Airflow to throw away: installed once, started in seconds, gone without a trace.

    with start(SandboxSpec(name="try", users={"admin": "admin", "viewer": "viewer"})) as sandbox:
        sandbox.url, sandbox.username, sandbox.password, sandbox.password_of("viewer")
        sandbox.run_python("from airflow.models import Variable; print(Variable.get('batch_size'))")

It listens on loopback only, with SQLite, random passwords and keys of its own. Nothing of the caller's
environment reaches it, and nothing is left of it afterwards but the cached installation.
"""

from __future__ import annotations

from envctl.sandbox.handles import running, stop_named
from envctl.sandbox.install import ensure_installed
from envctl.sandbox.progress import Progress
from envctl.sandbox.sandbox import Sandbox
from envctl.sandbox.server import start, stop
from envctl.sandbox.spec import ROLES, SandboxSpec
from envctl.sandbox.versions import DEFAULT_VERSION

__all__ = [
    "DEFAULT_VERSION",
    "ROLES",
    "Progress",
    "Sandbox",
    "SandboxSpec",
    "ensure_installed",
    "running",
    "start",
    "stop",
    "stop_named",
]
