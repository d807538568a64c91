"""The main job, shown on two real throw-away Airflows: status, diff, apply, drift, repair.

Run it with `make demo`. It prints each command before it runs it, and leaves nothing running.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("dev", "stage")
BOLD, DIM, RESET = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class Stage:
    """The commands of the demo, run in one environment of variables; ends the demo at a wrong exit code."""

    def __init__(self) -> None:
        self.variables = dict(os.environ, PG_PASSWORD="a-password-from-ci", NO_PROXY="127.0.0.1")
        self.step = 0

    def explain(self, line: str) -> None:
        """Print one line about what comes next."""
        self.step += 1
        print(f"\n{BOLD}{self.step}. {line}{RESET}", flush=True)

    def envctl(self, *arguments: str, expect: int = 0, quiet: bool = False) -> str:
        """Run an envctl command, show it, and hold its exit code against what is expected."""
        if not quiet:
            print(f"{DIM}$ envctl {' '.join(arguments)}{RESET}\n", flush=True)
        # Standard input is closed, as in CI: apply does not ask.
        ended = subprocess.run(
            [sys.executable, "-m", "envctl", *arguments],
            cwd=REPOSITORY,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
        )
        if ended.returncode != expect:
            raise SystemExit(f"demo: envctl {arguments[0]} ended with {ended.returncode}, not {expect}")
        return ended.stdout or ""

    def boot(self, environment: str) -> dict[str, Any]:
        """Start a sandbox and make it the instance of an environment, as CI would: with variables."""
        shown = self.envctl("sandbox", "up", f"demo-{environment}", "--format", "json", quiet=True)
        sandbox: dict[str, Any] = json.loads(shown)["sandboxes"][0]
        prefix = f"ENVCTL_ENVIRONMENTS__{environment.upper()}__AIRFLOW__"
        self.variables |= {
            f"{prefix}URL": sandbox["url"],
            f"{prefix}AUTH__METHOD": "password",
            f"{prefix}AUTH__USERNAME": sandbox["username"],
            f"{prefix}AUTH__PASSWORD": sandbox["password"],
        }
        return sandbox


def edit_behind_its_back(sandbox: dict[str, Any]) -> None:
    """Do what somebody does in the web page at night: change one switch, add one variable."""
    login = {name: sandbox[name] for name in ("username", "password")}
    token = _request(f"{sandbox['url']}/auth/token", "POST", login)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    variables = f"{sandbox['url']}/api/v2/variables"
    flags = {"new_scoring": False, "explain_predictions": True, "thresholds": {"low": 0.2, "high": 0.5}}
    description = "Switches read by the scoring operator"
    body = {"key": "feature_flags", "value": json.dumps(flags), "description": description}
    _request(f"{variables}/feature_flags", "PATCH", body, headers)
    _request(variables, "POST", {"key": "tmp_experiment", "value": "42"}, headers)


def _request(url: str, method: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - loopback, from the sandbox itself
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.load(answer)


def main() -> None:
    """Show the main job."""
    began = time.monotonic()
    stage = Stage()
    try:
        stage.explain("Boot two real Airflows, dev and stage (the first time installs one: a minute or so)")
        sandboxes = {environment: stage.boot(environment) for environment in ENVIRONMENTS}
        stage.explain("Where do the environments stand? Nothing is applied yet")
        stage.envctl("status", "dev", "stage", expect=2)
        stage.explain("What would apply do to dev, and why? The password stays a reference")
        stage.envctl("diff", "dev", expect=2)
        stage.explain("Apply it, and look again whether it holds")
        stage.envctl("apply", "dev")
        stage.explain("Somebody edits dev behind envctl's back: a switch, and a variable of their own")
        edit_behind_its_back(sandboxes["dev"])
        stage.explain("The drift, down to the leaf that moved; what envctl does not manage is only counted")
        stage.envctl("diff", "dev", expect=2)
        stage.explain("Put it back")
        stage.envctl("apply", "dev")
        stage.explain("Clean: exit code 0")
        stage.envctl("diff", "dev")
        stage.explain("Stage is still to be applied")
        stage.envctl("status", "dev", "stage", expect=2)
    finally:
        for environment in ENVIRONMENTS:
            subprocess.run(
                [sys.executable, "-m", "envctl", "sandbox", "down", f"demo-{environment}"],
                cwd=tempfile.gettempdir(),
                env=stage.variables,
                capture_output=True,
                check=False,
            )
    print(f"\n{BOLD}Done{RESET} in {time.monotonic() - began:.0f} s; both instances are gone.")


if __name__ == "__main__":
    main()
