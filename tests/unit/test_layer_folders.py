"""Which folders an environment is made of, in which order, and what its sections say about a kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envctl.kinds import KINDS
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import Tree, open_tree
from envctl.stages.loading import Loaded, load
from tests.unit.trees import AIRFLOW, BASED, read, write

if TYPE_CHECKING:
    from envctl.errors import Diagnostic


def layered(*layers: str) -> str:
    return f"layers: [{', '.join(layers)}]\n{AIRFLOW}"


def test_three_layers_in_their_order_and_its_own_files_last() -> None:
    found = read(
        {
            "one/a.yaml": "variables: {a: 1, b: 1, c: 1, d: 1}",
            "two/a.yaml": "variables: {b: 2, c: 2, d: 2}",
            "three/a.yaml": "variables: {c: 3, d: 3}",
            "dev/environment.yaml": layered("one", "two", "three"),
            "dev/a.yaml": "variables: {d: 4}",
        }
    )
    assert [found.field(f"variable/{key}") for key in "abcd"] == ["1", "2", "3", "4"]


def test_an_environment_as_a_layer_brings_its_layers() -> None:
    found = read(
        {
            "base/a.yaml": "variables: {a: 1, b: 1, c: 1}",
            "stage/environment.yaml": layered("base"),
            "stage/a.yaml": "variables: {b: 2, c: 2}",
            "dev/environment.yaml": layered("stage"),
            "dev/a.yaml": "variables: {c: 3}",
        }
    )
    assert [found.field(f"variable/{key}") for key in "abc"] == ["1", "2", "3"]


def test_a_layer_that_is_reached_twice_lies_where_it_is_first_reached() -> None:
    found = read(
        {
            "base/a.yaml": "variables: {x: base}",
            "left/environment.yaml": layered("base"),
            "left/a.yaml": "variables: {x: left}",
            "right/environment.yaml": layered("base"),
            "dev/environment.yaml": layered("left", "right", "base"),
        }
    )
    assert found.field("variable/x") == "left"


def test_layers_are_no_environments_and_params_are_those_of_the_environment() -> None:
    found = read(
        {
            "base/a.yaml": "variables: {x: '${param:region}'}",
            "stage/environment.yaml": f"{layered('base')}params: {{region: stage}}\n",
            "dev/environment.yaml": f"{layered('stage')}params: {{region: dev}}\n",
        }
    )
    assert found.field("variable/x") == "dev"
    assert open_tree(Path("tree")).environments() == ("dev", "stage")


class CountingTree(Tree, frozen=True):
    """A tree that notes what is read."""

    def read(self, path: Path, found: list[Diagnostic]) -> bytes | None:
        READ.append(path.as_posix())
        return super().read(path, found)


READ: list[str] = []


def test_each_file_is_read_once_however_many_build_on_it() -> None:
    READ.clear()
    root = write(
        {
            "base/a.yaml": "variables: {x: 1}\npools: {p: {}}\n",
            "stage/environment.yaml": BASED,
            "dev/environment.yaml": layered("base", "stage"),
            "prod/environment.yaml": BASED,
        }
    )
    tree = CountingTree(root, "tree")
    reader = SpecReader(tree, KINDS)
    for name in tree.environments():
        assert not isinstance(load(tree, reader, name, KINDS, settings=read_settings()), Loaded)
    assert sorted(READ) == sorted(set(READ))
    assert len(READ) == 4


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({"dev": layered("dev")}, ["dev/environment.yaml:1:10: layers in a circle: dev -> dev"]),
        (
            {"dev": layered("b"), "b": layered("c"), "c": layered("b")},
            ["b/environment.yaml:1:10: layers in a circle: b -> c -> b"],
        ),
        (
            {"dev": layered("b", "c"), "b": layered("dev"), "c": layered("dev")},
            [
                "b/environment.yaml:1:10: layers in a circle: b -> dev -> b",
                "c/environment.yaml:1:10: layers in a circle: c -> dev -> c",
            ],
        ),
    ],
)
def test_layers_in_a_circle(files: dict[str, str], places: list[str]) -> None:
    found = read({f"{name}/environment.yaml": text for name, text in files.items()})
    assert found.mistakes == [f"tree/{place}" for place in places]


def test_a_circle_is_one_mistake_from_wherever_it_is_come_upon() -> None:
    names = {"dev": ("b",), "b": ("c",), "c": ("a",), "a": ("b",)}
    tree = open_tree(write({f"{name}/environment.yaml": layered(*layers) for name, layers in names.items()}))
    reader = SpecReader(tree, KINDS)
    found = [load(tree, reader, name, KINDS, settings=read_settings()) for name in names]
    assert [[str(one) for one in mistakes] for mistakes in found if not isinstance(mistakes, Loaded)] == [
        ["tree/a/environment.yaml:1:10: layers in a circle: a -> b -> c -> a"]
    ] * 4


def test_mistakes_of_one_environment_are_not_those_of_another() -> None:
    tree = open_tree(
        write(
            {
                "base/a.yaml": "variables: {x: 1}",
                "dev/environment.yaml": BASED,
                "dev/a.yaml": "variables: {x: }",
                "prod/environment.yaml": BASED,
            }
        )
    )
    reader = SpecReader(tree, KINDS)
    found = {
        name: load(tree, reader, name, KINDS, settings=read_settings()) for name in ("dev", "prod", "dev")
    }
    assert isinstance(found["prod"], Loaded)
    assert found["prod"].diagnostics == ()
    assert not isinstance(found["dev"], Loaded)
    assert len(found["dev"]) == 1


def test_an_unknown_layer_and_the_nearest_one() -> None:
    found = read({"base/a.yaml": "", "dev/environment.yaml": layered("bsae")})
    assert found.mistakes == ["tree/dev/environment.yaml:1:10: unknown layer 'bsae'"]
    assert found.found[0].hint == "did you mean 'base'?"


def test_mistakes_of_a_layer_stand_where_it_has_them() -> None:
    found = read({"base/a.yaml": "variables: {x: {valu: 1}}", "dev/environment.yaml": BASED})
    assert found.mistakes == ["tree/base/a.yaml:1:17: variable 'x': unknown key 'valu'"]


def kinds_in_play(files: dict[str, str]) -> list[str]:
    loaded = read(files).loaded
    assert loaded is not None
    return [kind.section for kind in loaded.kinds]


SECTIONS = [
    pytest.param("", "", [], id="omitted"),
    pytest.param("", "variables: {}", ["variables"], id="empty"),
    pytest.param("variables: {}", "", ["variables"], id="empty in a layer"),
    pytest.param("variables: {x: 1}", "variables: {x: !remove }", ["variables"], id="all removed"),
    pytest.param("variables: {x: 1}", "variables: !replace {}", ["variables"], id="replaced by none"),
    pytest.param(
        "variables: {x: 1}\npools: {p: {slots: 1}}", "variables: !remove", ["pools"], id="taken out"
    ),
]


@pytest.mark.parametrize(("base", "dev", "expected"), SECTIONS)
def test_an_omitted_section_is_not_an_empty_one(base: str, dev: str, expected: list[str]) -> None:
    assert kinds_in_play({"base/a.yaml": base, "dev/environment.yaml": BASED, "dev/a.yaml": dev}) == expected


def test_a_section_that_replaces_does_so_for_all_files_of_its_folder() -> None:
    files = {
        "base/a.yaml": "variables: {x: 1}",
        "dev/environment.yaml": BASED,
        "dev/a.yaml": "variables: {y: 1}",
        "dev/b.yaml": "variables: !replace {z: 1}",
    }
    assert [address.id for address in read(files).desired] == ["y", "z"]


@pytest.mark.parametrize(("first", "second"), [("!remove", "{x: 1}"), ("{x: 1}", "!remove")])
def test_a_section_cannot_be_removed_and_written(first: str, second: str) -> None:
    found = read(
        {
            "base/a.yaml": "variables: {y: 1}",
            "dev/environment.yaml": BASED,
            "dev/a.yaml": f"variables: {first}",
            "dev/b.yaml": f"variables: {second}",
        }
    )
    problem = "variables is removed in one file of this folder and written in another, at tree/dev/a.yaml:1:1"
    assert found.mistakes == [f"tree/dev/b.yaml:1:1: {problem}"]


def test_files_of_a_folder_stand_side_by_side() -> None:
    found = read({"dev/a.yaml": "variables: {x: 1}", "dev/sub/b.yaml": "variables: {y: 1}\npools: {}"})
    assert [str(address) for address in found.desired] == ["variable/x", "variable/y"]
    assert [str(one.source) for one in found.desired.values()] == [
        "tree/dev/a.yaml:1:13",
        "tree/dev/sub/b.yaml:1:13",
    ]
