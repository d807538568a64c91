"""`${age:NAME}`: decrypted where a key is at hand, checked without one, and every failure in plain words."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
import pytest

from envctl.kinds import KINDS
from envctl.model.lookup import Lookup
from envctl.secrets.age.file import NAME_RULE
from envctl.secrets.backends import store_entries
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load
from tests.unit.age_keys import encrypted_file, locked_ssh_key, pair, sealed, ssh_pair
from tests.unit.trees import AIRFLOW, BASED, again, read, write

if TYPE_CHECKING:
    from tests.unit.trees import Read

KEY, PUBLIC = pair()
OTHER_KEY, OTHER_PUBLIC = pair()
FILE = "dev/secrets.enc.yaml"
UNKNOWN = "tree/dev/a.yaml:1:16: warning: ${age:pw} is not known"
SPEC = {"dev/a.yaml": 'variables: {v: "${age:pw}"}'}


@pytest.fixture(autouse=True)
def _with_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_AGE_KEY", f"# a comment\n\n{KEY}\n")


def value(found: Read, text: str) -> bool:
    secret: Any = found.field("variable/v")
    return bool(secret.is_text(text))


@pytest.mark.parametrize("text", ["hunter22", " a\nb ", "ü ${X} '\"\\", "x" * 100_000, "***x"])
def test_a_value_comes_back_as_it_was(text: str) -> None:
    found = read({**SPEC, FILE: encrypted_file({"pw": text}, PUBLIC)})
    assert found.mistakes == []
    assert value(found, text)
    assert repr(found.field("variable/v")) == "<secret ${age:pw}>"


def test_the_last_layer_that_has_the_name_wins() -> None:
    files = {
        "dev/environment.yaml": BASED,
        "dev/a.yaml": 'variables: {v: "${age:pw}", w: "${age:shared}"}',
        "base/secrets.enc.yaml": encrypted_file({"pw": "below", "shared": "of-all"}, PUBLIC),
        FILE: encrypted_file({"pw": "above"}, PUBLIC, OTHER_PUBLIC),
    }
    found = read(files)
    assert value(found, "above")
    shared: Any = found.field("variable/w")
    assert shared.is_text("of-all")


def test_names_are_checked_without_a_key_and_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVCTL_AGE_KEY")
    files = {
        "dev/a.yaml": 'variables: {v: "${age:pg_pasword}", w: "${age:pg_password}", x: "${age:a b}"}',
        FILE: encrypted_file({"pg_password": "hunter22"}, PUBLIC),
    }
    found = read(files, secrets=False)
    assert found.mistakes == [
        "tree/dev/a.yaml:1:16: ${age:pg_pasword}: there is no 'pg_pasword' in tree/dev/secrets.enc.yaml",
        f"tree/dev/a.yaml:1:65: ${{age:a b}} has no name that can be: it {NAME_RULE}",
    ]
    assert found.found[0].hint == "did you mean 'pg_password'?"


def test_no_file_at_all() -> None:
    found = read({**SPEC, "dev/environment.yaml": BASED, "base/b.yaml": "pools: {}"})
    assert found.mistakes == ["tree/dev/a.yaml:1:16: ${age:pw}: there is no secrets.enc.yaml in base, dev"]
    assert found.found[0].hint == "add it: envctl secrets encrypt dev pw"


def test_no_key_is_a_warning_that_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVCTL_AGE_KEY")
    found = read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, PUBLIC)})
    assert found.mistakes == [
        "tree/dev/a.yaml:1:16: warning: ${age:pw} is not known: there is no key to decrypt with"
    ]
    assert "ENVCTL_AGE_KEY" in str(found.found[0].hint)


def test_a_key_that_fits_no_recipient() -> None:
    found = read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, OTHER_PUBLIC)})
    assert found.mistakes == [f"{UNKNOWN}: no key here is among the recipients of tree/{FILE}"]
    assert found.found[0].hint == (
        f"somebody who can decrypt lets you in: envctl secrets recipients dev --add {PUBLIC}"
    )


def test_a_value_under_another_name() -> None:
    text = encrypted_file({"pw": "hunter22"}, PUBLIC).replace("pw:", "admin:")
    found = read({"dev/a.yaml": 'variables: {v: "${age:admin}"}', FILE: text})
    assert "admin at tree/dev/secrets.enc.yaml:5:3 is the value of 'pw'" in found.mistakes[0]


def test_a_damaged_value() -> None:
    data = bytearray(pyrage.encrypt(b'{"name": "pw", "value": "hunter22"}', [_recipient()]))
    data[-1] ^= 1
    text = f"recipients: [{PUBLIC}]\nsecrets: {{pw: {b64encode(bytes(data)).decode()}}}\n"
    found = read({**SPEC, FILE: text})
    assert "pw at tree/dev/secrets.enc.yaml:2:11 is damaged: it cannot be decrypted" in found.mistakes[0]
    assert "envctl secrets encrypt dev pw" in str(found.found[0].hint)


@pytest.mark.parametrize(
    "content", [b"hunter22", b"[]", b'{"name": "pw"}', b'{"name": "pw", "value": 1}', b"\xff"]
)
def test_what_another_program_encrypted(content: bytes) -> None:
    data = b64encode(pyrage.encrypt(content, [_recipient()])).decode()
    found = read({**SPEC, FILE: f"recipients: [{PUBLIC}]\nsecrets: {{pw: {data}}}\n"})
    assert "was not encrypted by envctl" in found.mistakes[0]
    assert "hunter22" not in str(found.found)


def _recipient() -> Any:
    return pyrage.x25519.Recipient.from_str(PUBLIC)


def test_pyrage_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = encrypted_file({"pw": "hunter22"}, PUBLIC)
    monkeypatch.setitem(sys.modules, "pyrage", None)
    found = read({**SPEC, FILE: text})
    assert "the package pyrage, which decrypts, is not installed" in found.mistakes[0]
    assert found.found[0].hint == "pip install 'envctl[age]'"
    assert again(secrets=False).mistakes == []


def test_whoever_encrypts_for_fewer_than_are_listed_is_told() -> None:
    text = encrypted_file({"pw": "hunter22"}, PUBLIC).replace("secrets:", f"  - {OTHER_PUBLIC}\nsecrets:")
    found = read({**SPEC, FILE: text})
    assert found.found[0].severity == "warning"
    assert str(found.found[0].position) == "tree/dev/secrets.enc.yaml:6:3"
    assert "encrypted for another number of keys (1) than are listed (2)" in found.mistakes[0]
    assert len(found.found) == 1
    assert value(found, "hunter22")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "1:1: no file of encrypted secrets: it is empty"),
        ("- a", "1:1: no file of encrypted secrets: it is a list"),
        ("secrets: {}", "1:1: recipients must be a list of public keys"),
        ("recipients: []", "1:1: no recipients: nobody could decrypt"),
        ("recipients: [hunter22]", "1:14: this is no recipient"),
        ("recipients: [[a]]", "1:14: this is no recipient"),
        (f"recipients: [{KEY}]", "1:14: this is a private key"),
        (f"recipients: [{PUBLIC}]\nsecrets: {{pw: hunter22}}", "2:11: pw: its value is not encrypted"),
        (f"recipients: [{PUBLIC}]\nsecrets: {{pw: [hunter22]}}", "2:11: pw: its value is not encrypted"),
        (f"recipients: [{PUBLIC}]\nsecrets: [pw]", "2:1: secrets must be a mapping, not a list"),
        (f"recipients: [{PUBLIC}]\nsecrets: {{p w: x}}", "2:11: 'p w' is no name"),
        (f"recipients: [{PUBLIC}]\nsecret: {{}}", "2:1: unknown key 'secret'"),
        (f"recipients: !remove [{PUBLIC}]", "a tag has no meaning here"),
        ("recipients: [", "no YAML"),
    ],
    ids=range(14),  # the keys in them are new ones each time
)
def test_a_file_that_is_none(text: str, mistake: str) -> None:
    found = read({**SPEC, FILE: text}, secrets=False)
    assert len(found.mistakes) == 1, found.mistakes
    assert found.mistakes[0].startswith("tree/dev/secrets.enc.yaml:")
    assert mistake in found.mistakes[0]
    said = f"{found.found} {found.found[0].hint}"
    assert "hunter22" not in said
    assert KEY not in said


def test_it_is_bounded_as_spec_files_are() -> None:
    Path("outside.yaml").write_text(encrypted_file({"pw": "hunter22"}, PUBLIC))
    write(SPEC)
    Path("tree/dev/secrets.enc.yaml").symlink_to("../../outside.yaml")
    found = read(SPEC)
    assert found.mistakes[0] == "tree/dev/secrets.enc.yaml:1:1: a symbolic link that leaves the spec tree"
    Path("tree/dev/secrets.enc.yaml").unlink()
    Path("tree/dev/secrets.enc.yaml").mkdir()
    assert again(secrets=False).mistakes == ["tree/dev/secrets.enc.yaml:1:1: no regular file"]


def test_other_encrypted_files_are_no_spec_files() -> None:
    found = read({"dev/a.yaml": "pools: {}", "dev/sub/secrets.enc.yaml": "x: 1", "dev/sops.enc.yaml": "x: 1"})
    assert [one.severity for one in found.found] == ["warning", "warning"]
    assert found.mistakes[0] == "tree/dev/sops.enc.yaml:1:1: warning: not read: it is encrypted"
    assert found.found[0].hint == "the encrypted file of a folder is tree/dev/secrets.enc.yaml"


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_ssh_keys(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = ssh_pair(kind)
    monkeypatch.setenv("ENVCTL_AGE_KEY", private.replace("\n", "\r\n"))
    assert value(read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, PUBLIC, public)}), "hunter22")


def test_several_keys_in_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    private, _ = ssh_pair("ed25519")
    monkeypatch.setenv("ENVCTL_AGE_KEY", f"{OTHER_KEY}\n{private}\n  {KEY}  \n")
    assert value(read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, PUBLIC)}), "hunter22")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("# nothing\n", "ENVCTL_AGE_KEY holds no private key"),
        (PUBLIC, "ENVCTL_AGE_KEY holds a public key"),
        (KEY[:-1], "ENVCTL_AGE_KEY holds something that is no private key"),
        (locked_ssh_key(), "the ssh key in ENVCTL_AGE_KEY is protected by a passphrase"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
            "the ssh key in ENVCTL_AGE_KEY cannot be used",
        ),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "ENVCTL_AGE_KEY is itself encrypted"),
    ],
    ids=range(6),
)
def test_keys_that_are_none(key: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_AGE_KEY", key)
    found = read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, PUBLIC)})
    assert said in found.mistakes[0]
    assert key.strip()[:20] not in str(found.found).replace("AGE-SECRET-KEY-1...", "")


def of_environment(entry: str) -> tuple[bool, str]:
    """Read `dev` where environment.yaml says this of age; tell whether the value came, and what was said."""
    write({**SPEC, "dev/environment.yaml": f"{AIRFLOW}secrets: {{age: {entry}}}"})
    write({FILE: encrypted_file({"pw": "hunter22"}, PUBLIC)})
    tree = open_tree(Path("tree"))
    reader = SpecReader(tree, KINDS, stores=store_entries())
    loaded = load(tree, reader, "dev", KINDS, settings=read_settings(), lookup=Lookup.ALL)
    if not isinstance(loaded, Loaded):
        return False, str(loaded)
    secret: Any = next(iter(loaded.desired.values())).fields["value"]
    return secret.available, str(loaded.diagnostics)


def test_the_environment_names_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_AGE_KEY", OTHER_KEY)
    monkeypatch.setenv("DEV_KEY", KEY)
    assert of_environment("{identity: '${DEV_KEY}'}") == (True, "()")
    write({"dev/key.txt": f"# public key: {PUBLIC}\n{KEY}\n"})
    assert of_environment("{identity_file: key.txt}") == (True, "()")
    available, said = of_environment("{identity: '${GONE_KEY}'}")
    assert not available
    assert "environment variable GONE_KEY is not set" in said
    assert "has both identity and identity_file" in of_environment("{identity: a, identity_file: b}")[1]
    assert (
        "secrets.age.identity_file: no such file: gone.txt" in of_environment("{identity_file: gone.txt}")[1]
    )
    Path("tree/dev/key.bin").write_bytes(b"\xff" * 100_000)
    assert "holds no private key" in of_environment("{identity_file: key.bin}")[1]


def test_a_file_with_the_key_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVCTL_AGE_KEY")
    Path(".env").write_text("ENVCTL_AGE_KEY_FILE=my.key\n")
    Path("my.key").write_text(f"{KEY}\n")
    assert value(read({**SPEC, FILE: encrypted_file({"pw": "hunter22"}, PUBLIC)}), "hunter22")


def test_the_length_of_a_value_does_not_show() -> None:
    sizes = set()
    for text in ("a", "a" * 20, "a" * 60):
        data = sealed("pw", text, [PUBLIC])
        tail = b64decode(data).partition(b"\n---")[2]
        sizes.add(len(tail))
    assert len(sizes) == 1
