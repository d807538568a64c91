"""`python -m envctl`."""

from __future__ import annotations

from envctl.cli.main import main

main()
