"""`${file:PATH}`: inside the tree or an allowed folder, a text of reasonable size, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envctl.errors import Position
from envctl.model.reference import Reference, Unresolved
from envctl.secrets.files import MAX_BYTES, FileSource
from tests.unit.trees import AIRFLOW, read, write

if TYPE_CHECKING:
    from envctl.model.secret import Secret

PLACE = Position("tree/dev/a.yaml", 3, 5)


def resolve(name: str, *allowed: str) -> Secret:
    source = FileSource(Path("tree"), Path.cwd(), [Path(folder) for folder in allowed])
    return source.resolve(Reference("file", name, f"${{file:{name}}}"), PLACE)


@pytest.fixture(autouse=True)
def tree() -> Path:
    return write({"dev/a.yaml": "", "dev/key.pem": "beside\n", "key.pem": "root\n", "keys/k.pem": "below"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("key.pem", "beside"),
        ("./key.pem", "beside"),
        ("../key.pem", "root"),
        ("keys/k.pem", "below"),
        ("../keys/k.pem", "below"),
    ],
)
def test_beside_the_file_that_names_it_then_at_the_root(name: str, text: str) -> None:
    assert resolve(name).is_text(text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a\n", "a"),
        ("a\r\n", "a"),
        ("a\n\n", "a\n"),
        (" a ", " a "),
        ("-----BEGIN-----\nx\n-----END-----\n", "-----BEGIN-----\nx\n-----END-----"),
        ("${X} 'é'", "${X} 'é'"),
    ],
)
def test_the_newline_at_its_end_is_not_part_of_it(content: str, text: str) -> None:
    Path("tree/f").write_bytes(content.encode())
    assert resolve("f").is_text(text)


def test_it_is_a_secret_with_its_reference_for_a_label() -> None:
    assert repr(resolve("key.pem")) == "<secret ${file:key.pem}>"


def test_what_leaves_the_tree_is_refused() -> None:
    Path("outside.txt").write_text("secret")
    Path("tree/dev/link").symlink_to("../../outside.txt")
    Path("tree/dev/folder").symlink_to("/etc")
    absolute = Path("outside.txt").resolve()
    for name in ("../../outside.txt", str(absolute), "/etc/passwd"):
        with pytest.raises(Unresolved, match="outside of the spec tree"):
            resolve(name)
    with pytest.raises(Unresolved, match="no such file"):
        resolve("dev/../../outside.txt")
    for name in ("link", "folder/passwd", "../dev/link"):
        with pytest.raises(Unresolved, match="a symbolic link that leaves the spec tree") as error:
            resolve(name)
        assert "secrets: {file: {allowed: [FOLDER]}}" in str(error.value.hint)
    with pytest.raises(Unresolved, match="outside of the spec tree") as error:
        resolve("../../outside.txt")
    assert error.value.hint is not None
    assert "secrets: {file: {allowed: [FOLDER]}}" in error.value.hint


def test_an_allowed_folder() -> None:
    Path("secrets").mkdir()
    Path("secrets/pw").write_text("hunter2")
    name = str(Path("secrets/pw").resolve())
    assert resolve(name, "secrets").is_text("hunter2")
    with pytest.raises(Unresolved, match="outside of the spec tree"):
        resolve(name, "elsewhere")
    with pytest.raises(Unresolved, match="outside of the spec tree"):
        resolve(f"{Path('secrets').resolve()}/../outside.txt", "secrets")


def test_a_folder_whose_name_only_begins_alike() -> None:
    Path("tree-of-another").mkdir()
    Path("tree-of-another/pw").write_text("hunter2")
    with pytest.raises(Unresolved, match="outside of the spec tree"):
        resolve("../../tree-of-another/pw")


@pytest.mark.parametrize("name", ["gone", "dev", "x" * 5000, "pipe", "circle"])
def test_no_such_file(name: str) -> None:
    os.mkfifo("tree/pipe")
    Path("tree/circle").symlink_to("circle")
    with pytest.raises(Unresolved, match="no such file"):
        resolve(name)


def test_a_path_that_is_none() -> None:
    with pytest.raises(Unresolved, match="no path that a file can have"):
        resolve("a\0b")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "the file is empty"), (b"\n", "the file is empty"), (b"\xff", "the file is not UTF-8 text")],
)
def test_contents_that_are_refused(content: bytes, words: str) -> None:
    Path("tree/f").write_bytes(content)
    with pytest.raises(Unresolved, match=words):
        resolve("f")


def test_a_file_that_is_too_large() -> None:
    with Path("tree/f").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(Unresolved, match="larger than 1024 KB"):
        resolve("f")


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(Unresolved, match="Permission denied"):
        resolve("key.pem")


def test_in_a_tree() -> None:
    found = read(
        {
            "base/sub/c.yaml": "connections: {c: {conn_type: ssh, extra: {private_key: '${file:id}'}}}",
            "base/sub/id": "KEY\n",
            "dev/environment.yaml": f"layers: [base]\n{AIRFLOW}",
        }
    )
    assert found.field("connection/c", "extra")["private_key"].is_text("KEY")
