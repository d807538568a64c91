"""`envctl secrets edit`: the file in the editor is private, and gone afterwards whatever happens."""

from __future__ import annotations

import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.encrypted_place import OTHER, PUBLIC, VALUE, Place, lines_changed
from tests.cli.terminal import CTRL_C, Ended, command
from tests.unit.age_keys import encrypted_file

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.programs


def test_only_what_was_edited_is_encrypted_again(place: Place) -> None:
    place.holds({"a": VALUE, "b": VALUE, "c": VALUE})
    place.file.write_text(place.file.read_text().replace("  b:", "  # of the bank\n  b:") + "# the end\n")
    place.file.chmod(0o640)
    before = place.file.read_text()
    change = f"sed -i -e '/^c:/d' -e 's/^b: .*/b: {OTHER}/' \"$1\"; echo 'new: 010' >> \"$1\"; touch \"$1~\""
    editor = place.editor(change)
    done = place.piped("secrets", "edit", "dev", EDITOR=editor)
    assert done.code == 0, done.said
    assert "environments/dev/secrets.enc.yaml: new added; b encrypted again; c removed" in done.said
    assert sorted(lines_changed(before, place.file.read_text())) == ["+  b", "+  new", "-  b", "-  c"]
    assert "  # of the bank\n  b:" in place.file.read_text()
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o640
    assert (place.reveal("a"), place.reveal("b"), place.reveal("new")) == (VALUE, OTHER, "010")
    path, of_file, of_folder = place.log.read_text().splitlines()[:3]
    assert (of_file, of_folder) == ("600", "700")
    assert path.startswith("/dev/shm/envctl-")


def test_an_editor_that_changes_nothing(place: Place) -> None:
    place.holds({"a": VALUE, "b": "-----BEGIN X-----\ny\n-----END X-----\n"})
    before = place.file.read_bytes()
    done = place.piped("secrets", "edit", "dev", VISUAL=place.editor("true"), EDITOR="false")
    assert (done.code, "nothing changed" in done.said) == (0, True)
    assert place.file.read_bytes() == before


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "the editor ended with 3: nothing was changed"),
        ('echo "pw: !hunter22-Qx7" > "$1"', "line 1, column 5: no valid YAML"),
        ('echo "pw: *hunter22-Qx7" > "$1"', "line 1, column 5: no valid YAML"),
        ('echo "hunter22-Qx7 pw: x" > "$1"', "line 1: this is no name"),
        ('echo "# nothing" > "$1"', "nothing was left in the editor"),
        ('rm "$1"', "what was edited cannot be read: No such file or directory"),
    ],
)
def test_edits_that_come_to_nothing(place: Place, script: str, said: str) -> None:
    place.holds({"pw": VALUE})
    place.values.add("hunter22-Qx7")
    before = place.file.read_bytes()
    done = place.piped("secrets", "edit", "dev", EDITOR=place.editor(script))
    assert (done.code, said in done.said) == (1, True), done.said
    assert place.file.read_bytes() == before


BREAKS_FIRST = 'if grep -q broken "$1"; then echo "pw: mended" > "$1"; else echo "pw: [broken" > "$1"; fi'


@pytest.mark.parametrize(("answer", "code"), [("\n", 0), ("y\n", 0), ("n\n", 1), ("\x04", 1), (CTRL_C, 1)])
def test_broken_yaml_may_be_mended_or_given_up(place: Place, answer: str, code: int) -> None:
    place.holds({"pw": VALUE})
    before = place.file.read_bytes()
    talk = (("back to the editor? [Y/n]", answer),)
    done = place.typed("secrets", "edit", "dev", talk=talk, EDITOR=place.editor(BREAKS_FIRST))
    assert done.code == code, done.said
    assert (place.file.read_bytes() == before) is bool(code)
    assert place.reveal("pw") == (VALUE if code else "mended")


def test_ctrl_c_in_the_editor(place: Place) -> None:
    place.holds({"pw": VALUE})
    before = place.file.read_bytes()
    editor = place.editor('echo "pw: x" > "$1"; echo editing; sleep 60')
    done = place.typed("secrets", "edit", "dev", talk=(("editing", CTRL_C),), EDITOR=editor)
    assert done.code == 1, done.said
    assert "the editor was ended by signal 2: nothing was changed" in done.said
    assert place.file.read_bytes() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_editor_is_open(place: Place, number: int) -> None:
    place.holds({"pw": VALUE})
    before = place.file.read_bytes()
    editor = place.editor(f'echo $$ > "{place.folder}/pid"; exec sleep 60')
    process = subprocess.Popen(
        command("secrets", "edit", "dev"),
        cwd=place.folder,
        env=place.variables() | {"EDITOR": editor},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    eventually(lambda: (place.folder / "pid").exists() and bool((place.folder / "pid").read_text().strip()))
    assert place.in_memory(), "it is there while it is edited"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    ended = place.checked(Ended(process.returncode, out, err))
    assert (ended.code, "interrupted" in ended.said) == (1, True)
    assert place.file.read_bytes() == before
    editing = int((place.folder / "pid").read_text())
    eventually(lambda: not Path(f"/proc/{editing}").exists())


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_somebody_else_changed_meanwhile(place: Place) -> None:
    place.holds({"pw": VALUE, "b": VALUE})
    theirs = encrypted_file({"pw": "theirs"}, PUBLIC)
    (place.folder / "theirs").write_text(theirs)
    take_theirs = f'cp "{place.folder}/theirs" "{place.file}"'
    editor = place.editor(f'sed -i "s/^pw.*/pw: x/" "$1"; {take_theirs}')
    done = place.piped("secrets", "edit", "dev", EDITOR=editor)
    assert done.code == 1
    assert "somebody else changed pw" in done.said
    assert place.file.read_text() == theirs
    done = place.piped("secrets", "edit", "dev", EDITOR=place.editor('echo "new: 1" >> "$1"'))
    assert done.code == 0, done.said
    assert place.reveal("pw") == "theirs"
