"""A spec tree with an encrypted file, and envctl in it; no run may show a value or leave one behind."""

from __future__ import annotations

import difflib
import time
from pathlib import Path

from tests.cli.terminal import Ended, at_terminal, piped, variables
from tests.server.envctl import forms
from tests.unit.age_keys import encrypted_file, pair

VALUE = "hunter22-Qx7'\"\\é"
OTHER = "other-value-Lm9"
KEY, PUBLIC = pair()
BEN_KEY, BEN = pair()
EDITOR = """#!/bin/sh
{{ echo "$*"; stat -c '%a' "$1" "$(dirname "$1")"; ps -eo args; }} > "{log}"
{script}
"""


class Place:
    """A spec tree with an environment, and the ways to run envctl in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "environments/dev/secrets.enc.yaml"
        self.log = folder / "editor.log"
        self.own = {"ENVCTL_AGE_KEY": KEY}
        self.values = {VALUE, OTHER}
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.before = set(Path("/dev/shm").iterdir())

    def piped(self, *arguments: str, stdin: str | bytes = b"", shown: bool = False, **own: str) -> Ended:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        return self.checked(piped(self.folder, *arguments, stdin=data, **self._own(own)), shown=shown)

    def typed(self, *arguments: str, talk: tuple[tuple[str, str], ...] = (), **own: str) -> Ended:
        return self.checked(at_terminal(self.folder, *arguments, talk=talk, **self._own(own)))

    def editor(self, script: str) -> str:
        """Give an editor that does what a shell script says with the file $1."""
        path = self.folder / "editor.sh"
        path.write_text(EDITOR.format(log=self.log, script=script))
        path.chmod(0o755)
        return str(path)

    def holds(self, values: dict[str, str], *recipients: str) -> None:
        self.file.write_text(encrypted_file(values, *(recipients or (PUBLIC,))))

    def reveal(self, name: str, **own: str) -> str:
        ended = self.piped("secrets", "view", "dev", "--reveal", name, shown=True, **own)
        assert ended.code == 0, ended.said
        return ended.out.decode()

    def checked(self, ended: Ended, *, shown: bool = False) -> Ended:
        """Look for values in what was said, and for files that stayed behind."""
        assert "internal error" not in ended.said, ended.said
        if not shown:
            for value in {*self.values, KEY, BEN_KEY}:
                assert not [form for form in forms(value) if form in ended.said], ended.said
        self.nothing_left()
        return ended

    def in_memory(self) -> set[Path]:
        """Give what came into the folder in memory since: of tests that run beside this one too."""
        return set(Path("/dev/shm").iterdir()) - self.before

    def nothing_left(self) -> None:
        # What is another test's goes away by itself, and what is left behind stays.
        there, deadline = self.in_memory(), time.monotonic() + 60
        while there & self.in_memory():
            assert time.monotonic() < deadline, f"left behind: {there & self.in_memory()}"
            time.sleep(0.02)
        assert list(self.temporary.iterdir()) == []
        assert [one.name for one in self.file.parent.iterdir() if one.name.startswith(".")] == []
        if self.log.exists():
            said = self.log.read_text().partition("\n")[2]
            assert not any(value in said for value in self.values), "in the arguments of a process"

    def variables(self) -> dict[str, str]:
        return variables(self._own({}))

    def _own(self, more: dict[str, str]) -> dict[str, str]:
        return {**self.own, "TMPDIR": str(self.temporary), **more}


def lines_changed(before: str, after: str) -> list[str]:
    return [
        line.partition(":")[0]
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]
