"""What may be deleted, and what may not."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from envctl.kinds.default_connections import AIRFLOW_2_ONLY, AIRFLOW_3_ONLY, DEFAULT_CONNECTIONS
from tests.server import guard
from tests.server.faults import before

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server


@pytest.fixture
def crowded(envctl: Envctl, tree: Tree, api: Api) -> Envctl:
    """A spec of two objects a kind, in an Airflow with two more a kind, and those that Airflow makes."""
    for name in ("mine_1", "mine_2", "spare_1", "spare_2"):
        api.set_variable(name, "1")
        api.set_connection(name, conn_type="http")
        api.set_pool(name, 1)
    api.set_connection("postgres_default", conn_type="postgres")
    configure(tree)
    return envctl


def configure(
    tree: Tree, sections: tuple[str, ...] = ("variables", "connections", "pools"), **keys: Any
) -> None:
    """Write dev anew, with further keys for its environment.yaml and with some of the sections."""
    url = (tree.root / "dev/environment.yaml").read_text().partition('"url": "')[2].partition('"')[0]
    tree.environment("dev", url, **{"manage": guard.MANAGE, **keys})
    entries: dict[str, Any] = {"variables": "1", "connections": {"conn_type": "http"}, "pools": {"slots": 1}}
    tree.spec({section: dict.fromkeys(("mine_1", "mine_2"), entries[section]) for section in sections})


def held(api: Api) -> dict[str, set[str]]:
    """Give what Airflow has besides the planted objects."""
    planted = set(guard.ids())
    return {section: set(api.all(section)) - planted for section in ("variables", "connections", "pools")}


MINE = {"mine_1", "mine_2"}
SPARE = {"spare_1", "spare_2"}
ALL = {
    "variables": MINE | SPARE,
    "connections": MINE | SPARE | {"postgres_default"},
    "pools": MINE | SPARE | {"default_pool"},
}
PRUNED = {"variables": MINE, "connections": MINE | {"postgres_default"}, "pools": MINE | {"default_pool"}}


def test_nothing_is_deleted_by_default(crowded: Envctl, api: Api, proxy: Proxy) -> None:
    done = crowded.json("apply", "dev")
    assert done.code == 0, done.said
    assert {one["action"] for one in done.json["changes"]} == {"adopt"}
    # Two spare ones a kind, the planted ones, default_pool and postgres_default.
    assert done.json["summary"]["unmanaged"] == 6 + len(guard.ids()) + 2
    assert proxy.writes == []
    assert held(api) == ALL


def test_prune_deletes_what_the_spec_lacks(crowded: Envctl, api: Api, proxy: Proxy) -> None:
    done = crowded.json("diff", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 2, done.said
    assert {(change["action"], change["reason"]) for change in done.json["changes"]} == {
        ("delete", "not_in_spec"),
        ("adopt", "adopt"),
    }
    assert held(api) == ALL
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 0, done.said
    assert "6 applied   6 adopted   converged" in done.out
    assert held(api) == PRUNED
    # Variables go first, what they stand on after them.
    sections = [one.path.split("/")[1] for one in proxy.writes]
    assert [section for section, _ in groupby(sections)] == ["variables", "connections", "pools"]
    one_by_one = [("DELETE", 6)] if api.old else [("PATCH", 3)]
    assert list(Counter(one.method for one in proxy.writes).items()) == one_by_one
    assert crowded("diff", "dev", "--prune").code == 0


def test_prune_all_in_the_policy(crowded: Envctl, tree: Tree, api: Api) -> None:
    configure(tree, policy={"prune": "all", "max_deletes": 6})
    done = crowded("apply", "dev")
    assert done.code == 0, done.said
    assert held(api) == PRUNED


@pytest.mark.parametrize("mode", ["none", "managed"])
def test_other_modes_of_prune_delete_nothing(mode: str, crowded: Envctl, tree: Tree, api: Api) -> None:
    configure(tree, policy={"prune": mode, "max_deletes": 6})
    done = crowded("apply", "dev")
    assert done.code == 0, done.said
    assert held(api) == ALL


def test_an_omitted_section_is_left_alone_and_an_empty_one_is_not(
    crowded: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    configure(tree, ("variables",))
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 0, done.said
    assert held(api) == {**ALL, "variables": MINE}
    assert proxy.count("GET", "/connections") == 0

    tree.spec({"pools": {}})
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 3, done.said
    assert "the spec has no object at all, 2 of this instance were applied from it" in done.err
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6", "--allow-empty")
    assert done.code == 0, done.said
    assert held(api) == {**ALL, "variables": MINE, "pools": {"default_pool"}}


@pytest.mark.parametrize("spare", [0, 61])
def test_a_section_emptied_by_accident_is_refused(
    spare: int, envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    """However few objects there are, and however many that nothing here could delete."""
    api.bulk("variables", "create", [{"key": f"spare_{index}", "value": "1"} for index in range(spare)])
    names = [f"mine_{index}" for index in range(8)]
    tree.spec(variables=dict.fromkeys(names, "1"), pools={"p": {"slots": 1}})
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    tree.spec(variables={}, pools={"p": {"slots": 1}})
    words = "the spec has no variable left, the plan deletes 8 of 8 applied from it"
    done = envctl("apply", "dev", "--max-deletes", "100%", "--yes")
    assert done.code == 3, done.said
    assert f"{words}: --allow-empty allows it" in done.err
    done = envctl.json("diff", "dev", "--max-deletes", "100%")
    assert [(one["rule"], one["flag"]) for one in done.json["refused_by"]] == [
        ("empty_spec", "--allow-empty")
    ]
    assert proxy.writes == []
    assert set(names) <= set(api.all("variables"))
    done = envctl("apply", "dev", "--max-deletes", "100%", "--allow-empty")
    assert done.code == 0, done.said
    assert set(names).isdisjoint(api.all("variables"))
    assert "p" in api.all("pools")


def test_what_envctl_never_made_is_no_room_for_more_deletes(
    envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    api.bulk("variables", "create", [{"key": f"spare_{index}", "value": "1"} for index in range(61)])
    names = [f"mine_{index:02}" for index in range(20)]
    tree.spec(variables=dict.fromkeys(names, "1"))
    assert envctl("apply", "dev").code == 0
    proxy.calm()
    tree.spec(variables=dict.fromkeys(names[7:], "1"))
    done = envctl("apply", "dev")
    assert done.code == 3, done.said
    assert "max_deletes is 30%, the plan has 7 deletes of 20 prunable objects: --max-deletes 7" in done.err
    assert proxy.writes == []
    tree.spec(variables=dict.fromkeys(names[6:], "1"))
    assert envctl("apply", "dev").code == 0
    assert names[5] not in api.all("variables")


def test_manage_bounds_what_is_deleted(crowded: Envctl, tree: Tree, api: Api) -> None:
    scope = {"include": ["mine_*", "*_1"], "exclude": [f"{guard.PREFIX}*"]}
    configure(
        tree, manage={"variables": scope, "connections": guard.OTHERS, "pools": {"include": []}}, policy={}
    )
    # The spec has what `pools` does not manage: that is a mistake, told before anything is sent.
    done = crowded("apply", "dev", "--prune", "--max-deletes", "9")
    assert done.code == 1, done.said
    assert "pool 'mine_1' is outside of what environment dev manages" in done.err
    assert held(api) == ALL

    configure(tree, ("variables",), manage={"variables": scope})
    done = crowded("apply", "dev", "--prune", "--max-deletes", "9")
    assert done.code == 0, done.said
    assert held(api) == {**ALL, "variables": MINE | {"spare_2"}}


@pytest.mark.parametrize(
    ("policy", "flags", "words"),
    [
        ({}, (), "max_deletes is 30%, the plan has 6 deletes of 12 prunable objects: --max-deletes 6"),
        (
            {"max_deletes": 5},
            (),
            "max_deletes is 5, the plan has 6 deletes of 12 prunable objects: --max-deletes 6",
        ),
        ({"max_deletes": "20%"}, (), "max_deletes is 20%"),
        ({"max_deletes": 99}, ("--max-deletes", "5"), "max_deletes is 5"),
        (
            {"max_deletes": 99, "max_changes": 6},
            (),
            "max_changes is 6, the plan has 7 changes of 14 live objects",
        ),
    ],
)
def test_too_many_deletes_are_refused(
    policy: dict[str, Any],
    flags: tuple[str, ...],
    words: str,
    crowded: Envctl,
    tree: Tree,
    api: Api,
    proxy: Proxy,
) -> None:
    configure(tree, policy=policy)
    tree.write("dev/more.yaml", {"variables": {"new": "1"}})
    done = crowded("apply", "dev", "--prune", *flags)
    assert done.code == 3, done.said
    assert words in done.err
    assert proxy.writes == []
    assert held(api)["variables"] >= SPARE

    done = crowded.json("diff", "dev", "--prune", *flags)
    assert done.code == 2, done.said
    assert words in done.json["refusals"][0]
    assert done.json["summary"]["refused"] == 1


def test_max_deletes_allows_it(crowded: Envctl, tree: Tree, api: Api) -> None:
    configure(tree, policy={"max_deletes": 1})
    assert crowded("apply", "dev", "--prune").code == 3
    assert crowded("apply", "dev", "--prune", "--max-deletes", "5").code == 3
    assert held(api) == ALL
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 0, done.said
    assert held(api) == PRUNED


def test_a_refused_plan_is_in_the_json(crowded: Envctl, proxy: Proxy) -> None:
    done = crowded.json("apply", "dev", "--prune", "--max-deletes", "1")
    assert done.code == 3, done.said
    assert done.json["summary"]["delete"] == 6
    assert "--max-deletes 6" in done.json["refusals"][0]
    assert done.json["refusals"][0] in done.json["error"]["message"]
    assert {one["action"] for one in done.json["changes"]} == {"delete", "adopt"}
    assert proxy.writes == []


def test_a_policy_of_no_pruning_is_not_overridden(crowded: Envctl, tree: Tree, api: Api) -> None:
    configure(tree, policy={"prune": "none"})
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 3, done.said
    assert "prune is none: --prune is refused" in done.err
    assert held(api) == ALL
    assert crowded("apply", "dev").code == 0


def test_max_deletes_of_zero_allows_none(crowded: Envctl, api: Api) -> None:
    done = crowded("apply", "dev", "--prune", "--max-deletes", "0")
    assert done.code == 3, done.said
    assert held(api) == ALL


def test_what_is_gone_already_is_as_it_should_be(crowded: Envctl, api: Api, proxy: Proxy) -> None:
    proxy.on_write("/variables", before(lambda: api.delete("variables", "spare_1")))
    done = crowded("apply", "dev", "--prune", "--max-deletes", "6")
    assert done.code == 0, done.said
    assert proxy.writes_of("/variables")
    assert held(api) == PRUNED


def test_the_objects_that_airflow_makes_are_known(server: Server) -> None:
    """envctl's list of default connections is that of this Airflow."""
    code = (
        "import inspect, re\nfrom airflow.utils import db\n"
        "source = inspect.getsource(db.get_default_connections if hasattr(db, 'get_default_connections')"
        " else db.create_default_connections)\n"
        "print(' '.join(re.findall(r'conn_id=\"([^\"]+)\"', source)))"
    )
    made = set(server.sandbox.run_python(code).split())
    assert len(made) > 40
    assert made == DEFAULT_CONNECTIONS - (AIRFLOW_3_ONLY if server.api.old else AIRFLOW_2_ONLY)


def test_who_was_at_what_is_deleted_is_said(envctl: Envctl, tree: Tree, api: Api) -> None:
    """They may need it; that it is deleted all the same is what the spec says."""
    configure(tree)
    assert envctl("apply", "dev").code == 0
    api.set_variable("mine_2", "edited")
    api.delete("connections", "mine_2")
    api.set_connection("mine_2", conn_type="http", host="made anew")
    content = {"variables": {"mine_1": "1"}, "connections": {"mine_1": {"conn_type": "http"}}}
    tree.spec({**content, "pools": {"mine_1": {"slots": 1}}})
    done = envctl.json("diff", "dev")
    assert done.code == 2, done.said
    assert {
        address: (change["action"], change["reason"], change.get("by", {}).get("actor"))
        for address, change in done.changes.items()
    } == {
        "variable/mine_2": ("delete", "removed_from_spec", "admin"),
        "connection/mine_2": ("delete", "removed_from_spec", "admin"),
        "pool/mine_2": ("delete", "removed_from_spec", None),
    }
    assert "removed from the spec   changed by admin" in envctl("diff", "dev").out
    assert envctl("apply", "dev", "--max-deletes", "3").code == 0
    assert "mine_2" not in api.all("variables")
