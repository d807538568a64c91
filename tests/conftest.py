"""What all tests share: envctl's settings never come from whoever runs the tests."""

from __future__ import annotations

import os

import pytest

_KEPT = {"ENVCTL_CACHE_DIR", "ENVCTL_CAMPAIGN"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ENVCTL_") and name not in _KEPT:
            monkeypatch.delenv(name)
