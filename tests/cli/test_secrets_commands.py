"""`envctl secrets encrypt|view|recipients|keygen` as programs: what they write, and what they refuse."""

from __future__ import annotations

import json
import stat
import subprocess

import pytest

from tests.cli.encrypted_place import BEN, BEN_KEY, KEY, OTHER, PUBLIC, VALUE, Place, lines_changed
from tests.cli.terminal import CTRL_C, at_terminal, command
from tests.unit.age_keys import encrypted_file, ssh_pair

pytestmark = pytest.mark.programs


def test_a_value_that_is_piped_in(place: Place) -> None:
    del place.own["ENVCTL_AGE_KEY"]
    done = place.piped("secrets", "encrypt", "dev", "pw", "--recipient", PUBLIC, stdin=f"{VALUE}\n")
    assert done.code == 0, done.said
    assert "environments/dev/secrets.enc.yaml: pw added" in done.said
    first = place.file.read_text()
    assert place.piped("validate").code == 0
    assert place.piped("secrets", "encrypt", "dev", "key", stdin="a\nb\n\n").code == 0
    assert lines_changed(first, place.file.read_text()) == ["+  key"]
    assert place.piped("secrets", "encrypt", "environments/dev/", "pw", stdin=OTHER).code == 0
    place.own["ENVCTL_AGE_KEY"] = KEY
    assert place.reveal("key") == "a\nb\n"
    assert place.reveal("pw") == OTHER


def test_a_value_that_is_typed(place: Place) -> None:
    place.holds({})
    talk = (("value of pw (not shown): ", f"{VALUE}\n"), ("once more: ", f"{VALUE}\n"))
    assert place.typed("secrets", "encrypt", "dev", "pw", talk=talk).code == 0
    assert place.reveal("pw") == VALUE
    before = place.file.read_text()
    talk = (("(not shown): ", f"{OTHER}\n"), ("once more: ", f"{VALUE}\n"))
    done = place.typed("secrets", "encrypt", "dev", "pw", talk=talk)
    assert done.code == 1
    assert "it was not the same twice" in done.said
    done = place.typed("secrets", "encrypt", "dev", "pw", talk=(("(not shown): ", CTRL_C),))
    assert "interrupted" in done.said
    assert place.file.read_text() == before


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"\xff", "it is not UTF-8 text"),
        (b"***", "Airflow's mask"),
        (b"x" * (1024 * 1024 + 2), "larger than 1024 KB"),
    ],
)
def test_values_that_are_none(place: Place, stdin: bytes, said: str) -> None:
    place.holds({})
    before = place.file.read_text()
    done = place.piped("secrets", "encrypt", "dev", "pw", stdin=stdin)
    assert done.code == 1
    assert said in done.said
    assert place.file.read_text() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("encrypt", "devv", "pw"), 64, "did you mean 'dev'?"),
        (("encrypt", "dev", "p w"), 64, "'p w' cannot be the name of a secret"),
        (("encrypt", "base", "pw"), 64, "is new, and has no recipients yet"),
        (("encrypt", "base", "pw", "--recipient", KEY), 64, "recipient number 1 is a private key"),
        (("encrypt", "base", "pw", "--recipient", "hunter22-Qx7"), 64, "recipient number 1 is no recipient"),
        (("encrypt", "base", "pw", "--recipient", PUBLIC[:-1]), 1, "is no recipient: a character is wrong"),
        (("encrypt", "dev", "pw", "--recipient", BEN), 64, "is there already, and has its recipients"),
        (("view", "base"), 1, "there is no environments/base/secrets.enc.yaml"),
        (("view", "dev", "--reveal", "pww"), 64, "did you mean 'pw'?"),
        (("edit", "dev"), 64, "there is no terminal to edit at"),
        (("recipients", "dev", "--remove", BEN), 64, "the key of --remove number 1 is no recipient"),
        (("recipients", "dev", "--remove", PUBLIC), 64, "nobody would be left who can decrypt"),
    ],
)
def test_what_is_refused(place: Place, arguments: tuple[str, ...], code: int, said: str) -> None:
    place.holds({"pw": VALUE})
    before = place.file.read_text()
    done = place.piped("secrets", *arguments, stdin=OTHER)
    assert (done.code, said in done.said) == (code, True), done.said
    assert place.file.read_text() == before
    assert not (place.folder / "environments/base/secrets.enc.yaml").exists()


def test_view_tells_all_but_the_values(place: Place) -> None:
    place.holds({"pw": VALUE, "key": "x" * 300}, PUBLIC, BEN)
    done = place.piped("secrets", "view", "dev", "-vv")
    assert f"    {PUBLIC}   you\n    {BEN}\n" in done.said
    assert "    pw    16-31 characters\n    key   256+ characters\n" in done.said
    report = json.loads(place.piped("secrets", "view", "dev", "--format", "json").out)
    assert report["secrets"][0] == {"name": "pw", "length": "16-31", "problem": None}
    assert report["recipients"] == [{"key": PUBLIC, "own": True}, {"key": BEN, "own": False}]
    del place.own["ENVCTL_AGE_KEY"]
    done = place.piped("secrets", "view", "dev")
    assert done.code == 0
    assert "pw    there is no key to decrypt with" in done.said
    done = place.piped("secrets", "view", "dev", "--reveal", "pw")
    assert (done.code, done.out) == (1, b"")


def test_a_revealed_value_gives_no_orders_to_a_terminal(place: Place) -> None:
    place.holds({"pw": "a\x1b[31mb\nc"})
    done = at_terminal(place.folder, "secrets", "view", "dev", "--reveal", "pw", ENVCTL_AGE_KEY=KEY)
    assert done.out == "a␛[31mb\r\nc\r\n".encode()
    assert place.reveal("pw") == "a\x1b[31mb\nc"


def test_recipients_come_and_go(place: Place) -> None:
    place.holds({"pw": VALUE, "b": OTHER})
    ssh_key, ssh = ssh_pair("ed25519")
    done = place.piped("secrets", "recipients", "dev", "--add", BEN, "--add", f"{ssh} ben@laptop")
    assert done.code == 0, done.said
    assert f"can decrypt now: {BEN}" in done.said
    for key in (KEY, BEN_KEY, ssh_key):
        assert place.reveal("pw", ENVCTL_AGE_KEY=key) == VALUE
    done = place.piped("secrets", "recipients", "dev", "--remove", PUBLIC, "--remove", ssh)
    assert done.code == 0, done.said
    assert "git's history still has the old ciphertexts" in done.said
    done = place.piped("secrets", "view", "dev", "--reveal", "pw")
    assert (done.code, done.out) == (1, b"")
    assert f"envctl secrets recipients dev --add {PUBLIC}" in done.said
    assert place.reveal("b", ENVCTL_AGE_KEY=BEN_KEY) == OTHER
    before = place.file.read_bytes()
    assert place.piped("secrets", "recipients", "dev", "--add", PUBLIC).code == 1, "without a key that fits"
    assert place.file.read_bytes() == before


def test_a_recipient_that_was_written_in_by_hand(place: Place) -> None:
    place.holds({"pw": VALUE})
    place.file.write_text(place.file.read_text().replace("secrets:", f"  - {BEN} # Ben\nsecrets:"))
    assert (
        "pw is encrypted for another number of keys (1) than are listed (2)" in place.piped("validate").said
    )
    assert place.piped("secrets", "recipients", "dev").code == 0
    assert "another number of keys" not in place.piped("validate").said
    assert f"  - {BEN} # Ben\n" in place.file.read_text()
    assert place.reveal("pw", ENVCTL_AGE_KEY=BEN_KEY) == VALUE


def test_a_pair_of_keys(place: Place) -> None:
    done = place.piped("secrets", "keygen", "key.txt")
    path = place.folder / "key.txt"
    assert done.code == 0, done.said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "AGE-SECRET-KEY-" not in done.said
    public = done.out.decode().strip()
    place.holds({"pw": VALUE}, public)
    del place.own["ENVCTL_AGE_KEY"]
    assert place.reveal("pw", ENVCTL_AGE_KEY_FILE="key.txt") == VALUE
    before = path.read_bytes()
    done = place.piped("secrets", "keygen", "key.txt")
    assert "key.txt is there already: a private key is not written over" in done.said
    assert path.read_bytes() == before
    done = place.piped("secrets", "keygen", "environments/dev/key.txt")
    assert "is in the spec tree" in done.said
    assert not (place.folder / "environments/dev/key.txt").exists()


def test_without_pyrage(place: Place) -> None:
    place.holds({"pw": VALUE})
    (place.folder / "pyrage.py").write_text("raise ImportError\n")
    assert place.piped("validate").code == 0
    hint = "pip install 'envctl[age]'"
    for arguments in (("view", "dev", "--reveal", "pw"), ("encrypt", "dev", "pw"), ("recipients", "dev")):
        done = place.piped("secrets", *arguments, stdin=OTHER)
        assert (done.code, hint in done.said) == (1, True), done.said


def test_the_environment_names_its_key(place: Place) -> None:
    place.holds({"pw": VALUE})
    path = place.folder / "environments/dev/environment.yaml"
    path.write_text(path.read_text() + "secrets: {age: {identity: '${DEV_KEY}'}}\n")
    del place.own["ENVCTL_AGE_KEY"]
    assert place.reveal("pw", DEV_KEY=KEY) == VALUE
    done = place.piped("secrets", "view", "dev", "--reveal", "pw")
    assert "environment variable DEV_KEY is not set" in done.said


def test_files_that_are_not_written_over(place: Place) -> None:
    (place.folder / "environments/real.txt").write_text(encrypted_file({}, PUBLIC))
    place.file.symlink_to("../real.txt")
    done = place.piped("secrets", "encrypt", "dev", "pw", stdin=VALUE)
    assert (done.code, "is a symbolic link: only a file itself is changed" in done.said) == (1, True)
    place.file.unlink()
    place.file.write_text(f"{{recipients: [{PUBLIC}],\n secrets: {{}}}}\n")
    before = place.file.read_bytes()
    done = place.piped("secrets", "recipients", "dev", "--add", BEN)
    assert (done.code, "is laid out in a way" in done.said) == (1, True), done.said
    assert place.file.read_bytes() == before


def test_many_at_once_lose_nothing(place: Place) -> None:
    place.holds({})
    running = [
        subprocess.Popen(
            command("secrets", "encrypt", "dev", f"pw{number}"),
            cwd=place.folder,
            env=place.variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(6)
    ]
    for process in running:
        process.communicate(VALUE.encode(), timeout=60)
    assert [process.returncode for process in running] == [0] * 6
    assert all(place.reveal(f"pw{number}") == VALUE for number in range(6))
