"""`envctl.yaml`: whose objects the tree's are, and that its mistakes are told like those of any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.spec.schema import tree_schema
from tests.unit.trees import AIRFLOW, read

TREE = {"dev/environment.yaml": AIRFLOW}


def owner(text: str) -> str:
    found = read({**TREE, "envctl.yaml": text})
    assert found.loaded is not None, found.mistakes
    return found.loaded.owner


def test_a_tree_without_the_file() -> None:
    found = read(TREE)
    assert found.loaded is not None
    assert found.loaded.owner == "default"


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_a_file_that_names_nobody(text: str) -> None:
    assert owner(text) == "default"


@pytest.mark.parametrize("name", ["ml", "ML-platform_2.x", "1.10", "no", "x" * 100, "9"])
def test_owners(name: str) -> None:
    assert owner(f"owner: {name}\n") == name


RULE = "tree: owner must begin with a letter or digit and hold letters, digits, '_', '.' and '-' only"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("owner: -ml", "1:1", RULE),
        ("owner: .ml", "1:1", RULE),
        ("owner: a b", "1:1", RULE),
        ("owner: a/b", "1:1", RULE),
        ("owner: m\u00fcller", "1:1", RULE),
        ("owner: ${TEAM}", "1:1", RULE),
        ('owner: "ml\\n"', "1:1", RULE),
        ("owner: ''", "1:1", RULE),
        (f"owner: {'x' * 101}", "1:1", RULE),
        ("owner:", "1:1", "tree: owner is empty"),
        ("owner: [ml]", "1:1", "tree: owner must be text, not a list"),
        ("ml", "1:1", "tree: must be a mapping, not a single value"),
        ("# a\nowner: !remove ml", "2:8", "!remove has no meaning in envctl.yaml"),
        ("ownr: ml", "1:1", "tree: unknown key 'ownr'"),
        ("owner: ml\nowner: ml", "2:1", "'owner' stands here twice"),
        ("\towner: ml", "1:1", "a tab in the indentation"),
    ],
)
def test_mistakes(text: str, place: str, words: str) -> None:
    (mistake,) = read({**TREE, "envctl.yaml": text}).mistakes
    assert mistake.startswith(f"tree/envctl.yaml:{place}: ")
    assert words in mistake


def test_the_nearest_key() -> None:
    assert read({**TREE, "envctl.yaml": "ownr: ml"}).found[0].hint == "did you mean 'owner'?"


def test_its_mistakes_do_not_hide_others() -> None:
    found = read({"dev/environment.yaml": "airflow: {}", "envctl.yaml": "owner: -x"})
    assert [one.partition(": ")[0] for one in found.mistakes] == [
        "tree/dev/environment.yaml:1:1",
        "tree/envctl.yaml:1:1",
    ]


def test_what_cannot_be_read() -> None:
    Path("outside.yaml").write_text("owner: ml\n")
    Path("tree").mkdir()
    Path("tree/envctl.yaml").symlink_to("../outside.yaml")
    assert read(TREE).mistakes == ["tree/envctl.yaml:1:1: a symbolic link that leaves the spec tree"]
    Path("tree/envctl.yaml").unlink()
    Path("tree/envctl.yaml").symlink_to("nowhere.yaml")
    assert "cannot be read" in read(TREE).mistakes[0]
    Path("tree/envctl.yaml").unlink()
    Path("tree/envctl.yaml").mkdir()
    assert read(TREE).mistakes == ["tree/envctl.yaml:1:1: no regular file"]


def test_editors_learn_of_it() -> None:
    assert set(tree_schema()["properties"]) == {"owner"}
    assert tree_schema()["additionalProperties"] is False
