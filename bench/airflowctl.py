"""airflowctl, Airflow's own command line for its API: installed once, and given a login."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from importlib.metadata import distributions
from pathlib import Path

from bench.process import BenchError
from envctl.sandbox.guard import exclusive
from envctl.sandbox.places import cache_folder, python_series

LOCK = Path(__file__).with_name("locks") / "airflowctl.txt"
_DONE = "installed"


def install() -> Path:
    """Give the virtual environment that holds the airflowctl of the lock file; make it first if need be."""
    text = LOCK.read_bytes()
    folder = cache_folder() / "airflowctl" / f"{hashlib.sha256(text).hexdigest()[:10]}-py{python_series()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.with_name(f"{folder.name}.lock"), on_wait=lambda: None):
        if not (folder / _DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            uv = str(Path(sys.executable).with_name("uv"))
            _run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
            inner = str(folder / "bin" / "python")
            _run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", inner, "-r", str(LOCK))
            (folder / _DONE).touch()
    return folder


def version(venv: Path) -> str:
    """Give the version that is installed."""
    places = [str(one) for one in venv.glob("lib/python*/site-packages")]
    return next(one.version for one in distributions(name="apache-airflow-ctl", path=places))


def token_for(url: str, username: str, password: str) -> str:
    """Log in to Airflow for it: without a keyring it takes a token, and takes it from the environment."""
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(  # noqa: S310 - loopback, from the sandbox itself
        f"{url}/auth/token", body, {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return str(json.load(answer)["access_token"])


def remember(url: str, home: Path) -> None:
    """Write what `airflowctl auth login --skip-keyring` leaves in AIRFLOW_HOME: where the server is."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "production.json").write_text(json.dumps({"api_url": url}), encoding="utf-8")


def _run(*command: str) -> None:
    kept = {name: text for name, text in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"airflowctl could not be installed:\n{done.stderr.strip()[-1000:]}")
