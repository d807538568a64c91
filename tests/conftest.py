"""What all tests share: envctl's settings never come from whoever runs the tests."""

from __future__ import annotations

import os
import signal

import pytest

_KEPT = {"ENVCTL_CACHE_DIR"}


def pytest_configure() -> None:
    """End in order when told to (a time limit of CI): the servers that the tests started are stopped then."""

    def end(number: int, _frame: object) -> None:
        pytest.exit(f"ended by signal {number}", returncode=128 + number)

    signal.signal(signal.SIGTERM, end)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ENVCTL_") and name not in _KEPT:
            monkeypatch.delenv(name)
