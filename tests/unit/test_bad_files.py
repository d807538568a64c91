"""Files and folders that cannot be what they should: each refused, clearly, and nothing hangs or crashes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.errors import UsageError
from envctl.spec.limits import MAX_FILE_BYTES
from envctl.spec.tree import choose, open_tree
from tests.unit.trees import AIRFLOW, again, read, write

ONE = "variables: {x: 1}\n"


def sparse(path: str, size: int) -> None:
    with Path(path).open("wb") as file:
        file.truncate(size)


def test_a_file_of_100_mb() -> None:
    write({"dev/environment.yaml": AIRFLOW})
    sparse("tree/dev/a.yaml", 100 * 1024 * 1024)
    assert again().mistakes == ["tree/dev/a.yaml:1:1: 100 MB: a spec file may have 32 MB"]


def test_an_environment_file_of_100_mb() -> None:
    write({"dev/environment.yaml": AIRFLOW})
    sparse("tree/dev/environment.yaml", 100 * 1024 * 1024)
    assert again().mistakes == ["tree/dev/environment.yaml:1:1: 100 MB: a spec file may have 32 MB"]


def test_a_file_as_large_as_may_be() -> None:
    text = b"#" * (MAX_FILE_BYTES - len(ONE) - 1) + b"\n" + ONE.encode()
    assert read({"dev/a.yaml": text}).field("variable/x") == "1"


def test_a_link_that_leaves_the_tree() -> None:
    Path("outside.yaml").write_text(ONE)
    write({"dev/environment.yaml": AIRFLOW})
    Path("tree/dev/a.yaml").symlink_to("../../outside.yaml")
    assert again().mistakes == ["tree/dev/a.yaml:1:1: a symbolic link that leaves the spec tree"]


def test_an_environment_file_that_leaves_the_tree() -> None:
    Path("outside.yaml").write_text(AIRFLOW)
    write({"dev/a.yaml": ONE})
    Path("tree/dev/environment.yaml").symlink_to("../../outside.yaml")
    found = again().mistakes
    assert found == ["tree/dev/environment.yaml:1:1: a symbolic link that leaves the spec tree"]


def test_a_layer_that_is_a_link_out_of_the_tree() -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/a.yaml").write_text(ONE)
    write({"dev/environment.yaml": f"layers: [base]\n{AIRFLOW}"})
    Path("tree/base").symlink_to("../elsewhere")
    assert again().mistakes == ["tree/base/a.yaml:1:1: a symbolic link that leaves the spec tree"]


def test_a_link_within_the_tree_is_read() -> None:
    write({"shared/a.yaml": ONE, "dev/environment.yaml": AIRFLOW})
    Path("tree/dev/a.yaml").symlink_to("../shared/a.yaml")
    assert again().field("variable/x") == "1"


def test_a_link_to_a_folder_is_not_silently_passed_over() -> None:
    write({"shared/a.yaml": ONE, "dev/environment.yaml": AIRFLOW})
    Path("tree/dev/more").symlink_to("../shared")
    assert again().mistakes == ["tree/dev/more:1:1: a symbolic link to a folder, which is not followed"]


def test_a_link_in_a_circle() -> None:
    write({"dev/environment.yaml": AIRFLOW})
    Path("tree/dev/a.yaml").symlink_to("a.yaml")
    assert again().mistakes == ["tree/dev/a.yaml:1:1: cannot be read: Too many levels of symbolic links"]


def test_a_link_to_nothing() -> None:
    write({"dev/environment.yaml": AIRFLOW})
    Path("tree/dev/a.yaml").symlink_to("gone.yaml")
    assert again().mistakes == ["tree/dev/a.yaml:1:1: cannot be read: No such file or directory"]


def test_a_pipe_does_not_hang() -> None:
    write({"dev/environment.yaml": AIRFLOW})
    os.mkfifo("tree/dev/a.yaml")
    assert again().mistakes == ["tree/dev/a.yaml:1:1: no regular file"]


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    write({"dev/environment.yaml": AIRFLOW, "dev/a.yaml": ONE})
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert again().mistakes == [
        "tree/dev/environment.yaml:1:1: cannot be read: Permission denied",
        "tree/dev/a.yaml:1:1: cannot be read: Permission denied",
    ]


def test_which_files_are_read() -> None:
    found = read(
        {
            "dev/a.yaml": "variables: {a: 1}",
            "dev/sub/deep/b.yaml": "variables: {b: 1}",
            "dev/.hidden.yaml": "broken: [",
            "dev/.git/c.yaml": "broken: [",
            "dev/README.md": "broken: [",
            "dev/folder.yaml/d.yaml": "variables: {d: 1}",
            "dev/e.yml": "broken: [",
            "dev/f.yaml": "",
            "dev/g.yaml": "# nothing yet\n",
        }
    )
    assert sorted(address.id for address in found.desired) == ["a", "b", "d"]
    assert found.mistakes == ["tree/dev/e.yml:1:1: warning: not read: spec files end in .yaml"]


def test_an_environment_below_another() -> None:
    found = read({"dev/eu/environment.yaml": AIRFLOW})
    assert found.mistakes == [
        "tree/dev/eu/environment.yaml:1:1: an environment.yaml below another environment or layer"
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- a\n", "1:1: must be a mapping of sections, not a list"),
        ("text\n", "1:1: must be a mapping of sections, not a single value"),
        ("!replace {variables: {x: 1}}\n", "1:1: must be a mapping of sections, not !replace"),
        ("variable: {x: 1}\n", "1:1: unknown section 'variable'"),
        ("variables:\n", "1:1: variables must be a mapping, not nothing (null)"),
        ("variables: ~\n", "1:1: variables must be a mapping, not nothing (null)"),
        ("variables: text\n", "1:1: variables must be a mapping, not a single value"),
        ("variables: [a]\n", "1:1: variables must be a mapping, not a list"),
        ("variables: !unmanaged {}\n", "1:1: variables must be a mapping, not !unmanaged"),
    ],
)
def test_a_file_of_another_shape(content: str, words: str) -> None:
    assert [
        text.startswith(f"tree/dev/a.yaml:{words}") for text in read({"dev/a.yaml": content}).mistakes
    ] == [True]


def test_two_files_that_declare_one_address_name_both_places() -> None:
    found = read({"dev/a.yaml": "variables:\n  x: 1\n", "dev/sub/b.yaml": "variables:\n  y: 1\n  x: 2\n"})
    assert found.mistakes == [
        "tree/dev/sub/b.yaml:3:3: variable/x is declared twice, first at tree/dev/a.yaml:2:3"
    ]


def test_no_such_folder() -> None:
    with pytest.raises(UsageError, match="no folder nowhere"):
        open_tree(Path("nowhere"))


def test_no_environment_at_all() -> None:
    with pytest.raises(UsageError, match="no environment in tree"):
        choose(open_tree(write({"base/a.yaml": ONE})), ())


def test_an_environment_that_is_none() -> None:
    tree = open_tree(write({"prod/environment.yaml": AIRFLOW, "dev/environment.yaml": AIRFLOW}))
    with pytest.raises(UsageError, match="no environment 'prd' in tree") as error:
        choose(tree, ("dev", "prd"))
    assert error.value.hint == "did you mean 'prod'?"
    assert choose(tree, ()) == ("dev", "prod")
    assert choose(tree, ("prod", "dev", "prod")) == ("prod", "dev")
