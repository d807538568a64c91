"""What a person does with a ledger, on a real server: show, forget, repair, release; and two owners."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from envctl.ledger.codec import encode
from envctl.model.address import Address
from envctl.model.ledger import HISTORY, ApplyRecord, Entry, Ledger
from tests.server import guard
from tests.server.faults import before
from tests.server.test_lock import locks, put_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

OWN = "envctl.ledger.default"
OTHER = "envctl.ledger.other"
PASSWORD = "canary-of-the-database-1b7f"
SPEC: dict[str, Any] = {
    "variables": {"batch_size": "500", "mode": "fast"},
    "connections": {"db": {"conn_type": "postgres", "host": "h", "password": "${DB_PASSWORD}"}},
    "pools": {"gpu": {"slots": 4}},
}
EVERYTHING = ["connection/db", "pool/gpu", "variable/batch_size", "variable/mode"]


@pytest.fixture
def applied(envctl: Envctl, tree: Tree) -> Envctl:
    """An instance to which four objects were applied, one of them with a secret."""
    envctl.secrets["DB_PASSWORD"] = PASSWORD
    envctl.settings["ENVCTL_ACTOR"] = "ana"
    tree.spec(SPEC)
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    return envctl


def has_ledger(api: Api) -> bool:
    return OWN in api.everything("variables")


def put_other(api: Api, *addresses: str, owner: str = "other") -> None:
    """Write the ledger of another owner."""
    entries = {Address(*text.split("/", 1)): Entry(1, {}) for text in addresses}
    api.set_variable(f"envctl.ledger.{owner}", encode(Ledger(owner, 3, entries, salt="00")))


def configured(tree: Tree, **keys: Any) -> None:
    """Write dev's environment.yaml anew, with further keys."""
    url = (tree.root / "dev/environment.yaml").read_text().partition('"url": "')[2].partition('"')[0]
    tree.environment("dev", url, **{"manage": guard.MANAGE, **keys})


def future(value: str) -> str:
    return json.dumps([99, *json.loads(value)[1:]])


DAMAGES: dict[str, tuple[Callable[[str], str], str]] = {
    "garbage": (lambda _: "rubbish", "it is not what envctl wrote, or was cut short"),
    "empty": (lambda _: "", "it is not what envctl wrote, or was cut short"),
    "masked": (lambda _: "***", "Airflow masks it"),
    "cut": (lambda value: value[: len(value) // 2], "it is not what envctl wrote, or was cut short"),
    "shorter": (lambda value: json.dumps(json.loads(value)[:2]), "its check sum is wrong"),
    "edited": (lambda value: json.dumps([*json.loads(value)[:-1], 12345]), "its check sum is wrong"),
    "serial": (lambda value: json.dumps([1, 99, *json.loads(value)[2:]]), "its head was edited"),
    "foreign": (lambda _: encode(Ledger("other", 3, salt="00")), "it is the ledger of owner other"),
}
SERIALS = {"shorter": 1, "edited": 1, "serial": 99, "foreign": 3}
"""What a damaged ledger still tells of its serial."""


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest, applied: Envctl, api: Api) -> str:
    """An instance whose ledger was damaged, and in which way."""
    made, _ = DAMAGES[request.param]
    api.set_variable(OWN, made(api.value(OWN)))
    del applied
    return str(request.param)


# --- show


def test_show_says_what_was_applied(applied: Envctl, api: Api) -> None:
    put_other(api, "variable/theirs")
    done = applied("ledger", "show", "dev", verbose=False)
    assert done.code == 0, done.said
    for words in (
        "owner    default",
        "serial   1",
        "UTC by ana",
        "2 variables, 1 connection, 1 pool",
        "fingerprints: 1 slow",
        "4 created",
        "other   serial 3   1 object",
    ):
        assert words in done.out, words
    assert "variable/batch_size" not in done.out
    assert "variable/batch_size" in applied("ledger", "show", "dev").out


def test_show_in_json(applied: Envctl, api: Api) -> None:
    put_other(api, "variable/theirs", "variable/theirs_too")
    done = applied.json("ledger", "show", "dev")
    assert done.code == 0, done.said
    ledger = done.json["ledger"]
    assert ledger["addresses"] == EVERYTHING
    assert ledger["objects"] == {"connection": 1, "pool": 1, "variable": 2}
    assert ledger["fingerprints"] == {"keyed": 0, "slow": 1, "unknown": 0}
    assert ledger["bytes"] == len(api.value(OWN))
    assert (ledger["serial"], ledger["actor"], ledger["problem"]) == (1, "ana", None)
    assert [(one["serial"], one["counts"]) for one in ledger["history"]] == [(1, {"create": 4})]
    assert done.json["other_ledgers"] == [{"owner": "other", "serial": 3, "objects": 2, "problem": None}]
    for entry in api.ledger().entries.values():
        for mark in (*entry.digests.values(), *entry.fingerprints.values()):
            assert mark not in done.out


@pytest.mark.parametrize("columns", [80, 120])
def test_the_history_fits(columns: int, applied: Envctl, api: Api) -> None:
    counts = {"create": 12, "update": 340, "rewrite": 2, "delete": 1, "failed": 3, "not_attempted": 17}
    record = ApplyRecord(1, "2026-01-02T03:04:05+00:00", "n" * 60, "a" * 40, True, counts, "0" * 16)  # noqa: FBT003
    history = tuple(ApplyRecord(i, *list(_fields(record))[1:]) for i in range(151, 151 + HISTORY))
    api.set_variable(OWN, encode(Ledger("default", 200, history=history, salt="00")))
    applied.settings["COLUMNS"] = str(columns)
    done = applied("ledger", "show", "dev", verbose=False)
    lines = done.out.splitlines()
    # Whoever applied last is named whole, however long that is.
    assert all(len(line) <= columns for line in lines if "UTC by" not in line), done.out
    rows = [line for line in lines if "2026-01-02 03:04 " in line and "UTC" not in line]
    assert len(rows) == 10
    assert rows[0].split()[0] == "200"
    assert "and 40 earlier; --all shows them" in done.out
    assert applied("ledger", "show", "dev", "--all", verbose=False).out.count("2026-01-02 03:04 ") == HISTORY


def _fields(record: ApplyRecord) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__struct_fields__)


def test_show_where_there_is_none(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.spec(SPEC)
    done = envctl("ledger", "show", "dev")
    assert done.code == 0, done.said
    assert "none yet: the next apply starts one" in done.out
    assert envctl.json("ledger", "show", "dev").json["ledger"] is None
    assert proxy.writes == []


def test_every_command_says_what_is_damaged(
    damage: str, applied: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    """And the damaged ledger stays as it is: nothing is deleted, all else is done."""
    words = DAMAGES[damage][1]
    value = api.value(OWN)
    done = applied.json("ledger", "show", "dev")
    assert done.code == 1, done.said
    assert words in done.json["error"]["message"]
    assert words in done.json["ledger"]["problem"]
    assert done.json["ledger"]["serial"] == SERIALS.get(damage, 0)
    done = applied("ledger", "show", "dev")
    assert (done.code, words in done.err, "envctl ledger repair" in done.err) == (1, True, True), done.said

    tree.spec({**SPEC, "variables": {"batch_size": "501", "new": "1"}})
    done = applied.json("diff", "dev")
    assert words in done.json["ledger"]["problem"]
    assert words in done.json["diagnostics"][0]["message"]
    assert {one["address"]: (one["action"], one["reason"]) for one in done.json["changes"]} == {
        "variable/batch_size": ("update", "differs"),
        "variable/new": ("create", "new"),
    }
    done = applied("apply", "dev")
    assert done.code == 0, done.said
    assert words in done.err
    assert (api.value("batch_size"), api.value("new"), api.value("mode")) == ("501", "1", "fast")
    assert api.value(OWN) == value
    assert not [one for one in proxy.writes if b"envctl.ledger" in one.body][1:]


def test_nothing_is_done_to_a_ledger_of_a_newer_envctl(
    applied: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    api.set_variable(OWN, future(api.value(OWN)))
    value = api.value(OWN)
    tree.spec({**SPEC, "variables": {"batch_size": "501"}})
    writes = len(proxy.writes)
    for command in (
        ("apply", "dev"),
        ("ledger", "repair", "dev", "--yes"),
        ("release", "dev", "variable/mode", "--yes"),
        ("ledger", "show", "dev"),
    ):
        done = applied(*command)
        assert done.code == 1, done.said
        assert "was written by a newer envctl: its format is 99, this one knows 1" in done.err
        assert "use that envctl, or a newer one" in done.err
    assert applied("diff", "dev").code == 2
    assert len(proxy.writes) == writes
    assert api.value(OWN) == value


# --- repair


def test_repair_enters_what_agrees(damage: str, applied: Envctl, api: Api) -> None:
    api.set_variable("mode", "slow")
    api.delete("pools", "gpu")
    done = applied.json("ledger", "repair", "dev", "--yes")
    assert done.code == 0, done.said
    assert DAMAGES[damage][1] in done.json["was_damaged"]
    assert done.json["adopted"] == ["connection/db", "variable/batch_size"]
    assert done.json["differing"] == ["variable/mode"]
    assert done.json["absent"] == ["pool/gpu"]
    assert done.json["ledger"]["serial"] == SERIALS.get(damage, 0) + 1
    ledger = api.ledger()
    assert sorted(map(str, ledger.entries)) == done.json["adopted"]
    assert ledger.latest is not None
    assert (ledger.latest.counts, ledger.latest.serial) == ({"adopt": 2}, ledger.serial)
    assert ledger.latest.plan == ""
    assert applied("ledger", "show", "dev").code == 0
    assert applied.json("ledger", "show", "dev").json["ledger"]["history"][0]["plan"] is None
    assert locks(api) == set()
    assert api.value("mode") == "slow"
    # Only the secret that envctl has not written since is open; an apply writes the rest.
    done = applied.json("diff", "dev")
    assert sorted(done.changes) == ["pool/gpu", "variable/mode"]
    assert [one["address"] for one in done.json["unverifiable"]] == ["connection/db"]
    assert applied("apply", "dev").code == 0


def test_repair_is_what_an_apply_without_changes_would_enter(applied: Envctl, api: Api) -> None:
    api.delete("variables", OWN)
    done = applied("apply", "dev")
    assert done.code == 0, done.said
    adopted = api.ledger()
    api.set_variable(OWN, "rubbish")
    done = applied("ledger", "repair", "dev", "--yes")
    assert done.code == 0, done.said
    assert "repaired the ledger of owner default in dev, serial 1: 4 adopted" in done.out
    repaired = api.ledger()
    assert repaired.entries.keys() == adopted.entries.keys()
    for address, entry in repaired.entries.items():
        assert entry.digests.keys() == adopted.entries[address].digests.keys()
        assert entry.fingerprints.keys() == adopted.entries[address].fingerprints.keys()
        assert entry.unwritten == adopted.entries[address].unwritten
    assert repaired.seen is not None


def test_what_is_no_longer_in_the_spec_is_unmanaged_after_a_repair(
    applied: Envctl, tree: Tree, api: Api
) -> None:
    api.set_variable(OWN, "***")
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    assert applied("ledger", "repair", "dev", "--yes").code == 0
    done = applied.json("apply", "dev")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert "variable/mode" in done.json["unmanaged"]
    assert api.value("mode") == "fast"


def test_a_sound_ledger_or_none_is_not_repaired(envctl: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    tree.spec({"variables": {"a": "1"}})
    done = envctl("ledger", "repair", "dev")
    assert (done.code, "nothing to repair" in done.out) == (0, True), done.said
    assert envctl("apply", "dev").code == 0
    value, writes = api.value(OWN), len(proxy.writes)
    done = envctl("ledger", "repair", "dev")
    assert (done.code, "is sound" in done.out) == (0, True), done.said
    assert envctl.json("ledger", "repair", "dev").json["was_damaged"] is None
    assert (api.value(OWN), len(proxy.writes)) == (value, writes)


# --- forget


def test_forget_and_start_anew(applied: Envctl, tree: Tree, api: Api) -> None:
    done = applied("ledger", "forget", "dev", "--yes")
    assert done.code == 0, done.said
    assert "4 objects, unmanaged until the next apply" in done.out
    assert not has_ledger(api)
    assert set(SPEC["variables"]) <= set(api.all("variables"))
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied.json("apply", "dev")
    assert done.code == 0, done.said
    assert {one["action"] for one in done.json["changes"]} == {"adopt"}
    assert api.value("mode") == "fast"
    assert api.ledger().serial == 1
    done = applied.json("ledger", "forget", "dev", "--yes")
    assert done.json["ledger"]["addresses"] == ["connection/db", "pool/gpu", "variable/batch_size"]
    done = applied.json("ledger", "forget", "dev", "--yes")
    assert (done.code, done.json["ledger"]) == (0, None)
    assert "nothing to forget" in applied("ledger", "forget", "dev").out


def test_a_damaged_ledger_is_forgotten_too(damage: str, applied: Envctl, api: Api) -> None:
    done = applied("ledger", "forget", "dev", "--yes")
    assert done.code == 0, f"{damage}: {done.said}"
    assert not has_ledger(api)


# --- release


def test_release_then_apply_leaves_it(applied: Envctl, tree: Tree, api: Api) -> None:
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied.json("release", "dev", "variable/mode", "--yes")
    assert done.code == 0, done.said
    assert (done.json["released"], done.json["doomed"]) == (["variable/mode"], [])
    ledger = api.ledger()
    assert ledger.serial == 2
    assert ledger.latest is not None
    assert (ledger.latest.counts, ledger.latest.actor) == ({"release": 1}, "ana")
    assert "1 released" in applied("ledger", "show", "dev").out
    done = applied.json("apply", "dev")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert "variable/mode" in done.json["unmanaged"]
    assert api.value("mode") == "fast"
    # What was not released is deleted once the spec lacks it.
    tree.spec({**SPEC, "variables": {}})
    assert applied("apply", "dev", "--allow-empty", "--max-deletes", "1").code == 0
    assert "batch_size" not in api.all("variables")
    assert api.value("mode") == "fast"


def test_release_of_a_kind_of_which_the_spec_no_longer_speaks(applied: Envctl, tree: Tree, api: Api) -> None:
    tree.spec({"variables": SPEC["variables"]})
    assert "envctl release dev 'connection/*'" in applied("diff", "dev").err
    done = applied("release", "dev", "connection/*", "gp*", "--yes")
    assert done.code == 0, done.said
    assert "released 2 objects" in done.out
    assert sorted(map(str, api.ledger().entries)) == ["variable/batch_size", "variable/mode"]
    assert {"db"} <= set(api.all("connections"))
    assert "no section" not in applied("diff", "dev").err


def test_what_cannot_be_released(applied: Envctl, tree: Tree, api: Api, proxy: Proxy) -> None:
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    writes = len(proxy.writes)
    done = applied("release", "dev", "variable/mod", "--yes")
    assert done.code == 64, done.said
    assert "did you mean 'variable/mode'?" in done.err
    # One wrong name among right ones: nothing is released.
    assert applied("release", "dev", "variable/mode", "nothing/*", "--yes").code == 64
    done = applied("release", "dev", "variable/*", "--yes")
    assert done.code == 3, done.said
    assert "variable/batch_size is still in the spec of dev: the next apply would adopt it again" in done.err
    assert "exclude it under manage:" in done.err
    assert len(proxy.writes) == writes
    assert len(api.ledger().entries) == 4
    api.delete("variables", OWN)
    assert applied("release", "dev", "variable/mode", "--yes").code == 64


def test_a_damaged_ledger_releases_nothing(damage: str, applied: Envctl, tree: Tree, api: Api) -> None:
    value = api.value(OWN)
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied("release", "dev", "variable/mode", "--yes")
    assert (done.code, DAMAGES[damage][1] in done.err) == (1, True), done.said
    assert api.value(OWN) == value


def test_release_warns_where_all_is_pruned(applied: Envctl, tree: Tree) -> None:
    configured(tree, policy={"prune": "all"})
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied.json("release", "dev", "variable/mode", "--yes")
    assert done.json["doomed"] == ["variable/mode"]
    assert "prune is all: the next apply deletes all of them" in done.err


# --- consent and the lock

WRITING = [
    (("ledger", "forget", "dev"), "forget it? [y/N]"),
    (("ledger", "repair", "dev"), "start a new one in its place? [y/N]"),
    (("release", "dev", "variable/mode"), "release? [y/N]"),
]
IDS = ["forget", "repair", "release"]


@pytest.fixture(params=WRITING, ids=IDS)
def writing(
    request: pytest.FixtureRequest, applied: Envctl, tree: Tree, api: Api
) -> tuple[tuple[str, ...], str]:
    """A command that would write the ledger, with its question, where it has something to do."""
    command, question = request.param
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    if "repair" in command:
        api.set_variable(OWN, "rubbish")
    del applied
    return command, question


def test_nobody_there_to_ask(
    writing: tuple[tuple[str, ...], str], applied: Envctl, api: Api, proxy: Proxy
) -> None:
    value, writes = api.value(OWN), len(proxy.writes)
    done = applied(*writing[0])
    assert done.code == 3, done.said
    assert "--yes" in done.err
    assert (api.value(OWN), len(proxy.writes)) == (value, writes)


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_person_is_asked(
    answer: str, writing: tuple[tuple[str, ...], str], applied: Envctl, api: Api
) -> None:
    value = api.value(OWN)
    done = applied.at_terminal(*writing[0], question=writing[1], answer=answer)
    assert done.code == (0 if answer == "y" else 3), done.said
    changed = not has_ledger(api) or api.value(OWN) != value
    assert changed is (answer == "y")
    if "release" in writing[0]:
        assert "  variable/mode" in done.out
    assert locks(api) == set()


def test_while_somebody_else_is_at_work(
    writing: tuple[tuple[str, ...], str], applied: Envctl, api: Api
) -> None:
    put_lock(api, seconds=60)
    value = api.value(OWN)
    done = applied(*writing[0], "--yes")
    assert done.code == 4, done.said
    assert "locked by ana" in done.err
    assert api.value(OWN) == value
    assert applied.json("ledger", "show", "dev").json["ledger"] is not None


def test_nothing_is_written_once_the_lock_is_lost(
    writing: tuple[tuple[str, ...], str], applied: Envctl, api: Api, proxy: Proxy
) -> None:
    """Somebody breaks the lock and takes it, right before the ledger would be written."""
    value = api.value(OWN)

    def stolen() -> None:
        api.delete("connections", "envctl.lock")
        put_lock(api, seconds=60)

    proxy.on("GET", "/connections/envctl.lock", before(stolen), nth={1})
    done = applied(*writing[0], "--yes")
    assert done.code == 4, done.said
    assert "the lock was lost" in done.err
    assert "nothing was written after that" in done.err
    assert api.value(OWN) == value
    assert locks(api) == {"envctl.lock"}


def test_what_changes_before_the_lock_is_considered_again(
    applied: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    proxy.on(
        "POST",
        "/connections",
        before(lambda: api.set_variable(OWN, "rubbish")),
        nth={1},
    )
    done = applied("release", "dev", "variable/mode", "--yes")
    assert (done.code, "cannot be read" in done.err) == (1, True), done.said
    assert api.value(OWN) == "rubbish"
    assert locks(api) == set()


# --- several owners


def test_objects_of_another_owner_are_never_pruned(applied: Envctl, tree: Tree, api: Api) -> None:
    configured(tree, policy={"prune": "all", "max_deletes": 9})
    api.set_variable("theirs", "1")
    api.set_variable("nobodys", "1")
    put_other(api, "variable/theirs", "variable/batch_size")
    done = applied.json("apply", "dev")
    assert done.code == 0, done.said
    assert [(one["address"], one["reason"]) for one in done.json["changes"]] == [
        ("variable/nobodys", "not_in_spec")
    ]
    # What is in both ledgers is one's own: it was applied here.
    assert done.json["foreign"] == [{"address": "variable/theirs", "owner": "other"}]
    assert "theirs" in api.all("variables")


def test_what_another_owner_has_is_not_taken(applied: Envctl, tree: Tree, api: Api) -> None:
    api.set_variable("theirs", "1")
    put_other(api, "variable/theirs", "variable/theirs_and_gone")
    tree.spec({**SPEC, "variables": {**SPEC["variables"], "theirs": "2", "theirs_and_gone": "2"}})
    done = applied.json("apply", "dev")
    assert done.code == 5, done.said
    for address in ("variable/theirs", "variable/theirs_and_gone"):
        assert "it belongs to owner other" in done.changes[address]["blocked"]
        assert done.changes[address]["outcome"] == "not_attempted"
    assert api.value("theirs") == "1"
    assert "theirs_and_gone" not in api.all("variables")
    # Once they have released it, it is ours to write.
    put_other(api)
    done = applied.json("apply", "dev")
    assert done.code == 0, done.said
    assert (api.value("theirs"), "theirs_and_gone" in api.all("variables")) == ("2", True)
    assert Address("variable", "theirs") in api.ledger().entries


@pytest.mark.parametrize("value", ["rubbish", "***", "[1, 3]", "[99, 3, 5]"])
def test_what_may_be_another_owners_is_not_pruned(value: str, applied: Envctl, tree: Tree, api: Api) -> None:
    configured(tree, policy={"prune": "all", "max_deletes": 9})
    api.set_variable("theirs", "1")
    api.set_variable(OTHER, value)
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied.json("apply", "dev")
    assert done.code == 0, done.said
    # What one's own ledger has is one's own to delete.
    assert sorted(done.changes) == ["variable/mode"]
    assert "the ledger of owner other" in done.json["diagnostics"][0]["message"]
    assert "their spec tree" in done.json["diagnostics"][0]["hint"]
    assert api.value("theirs") == "1"
    shown = applied.json("ledger", "show", "dev")
    assert (shown.code, shown.json["other_ledgers"][0]["objects"]) == (0, None)
    assert "the ledger of owner other" in applied("ledger", "show", "dev").out


def test_a_released_object_moves_to_another_owner(applied: Envctl, tree: Tree, api: Api) -> None:
    """The whole way: out of the spec and excluded, an apply in between, released, adopted over there."""
    others = {**guard.OTHERS, "exclude": [*guard.OTHERS["exclude"], "mode"]}
    configured(tree, manage={**guard.MANAGE, "variables": others})
    tree.spec({**SPEC, "variables": {"batch_size": "500"}})
    done = applied.json("apply", "dev")
    assert (done.code, done.json["kept"]) == (0, ["variable/mode"]), done.said
    assert applied("release", "dev", "variable/mode", "--yes").code == 0
    put_other(api, "variable/mode")
    configured(tree, policy={"prune": "all"})
    done = applied.json("apply", "dev")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert done.json["foreign"] == [{"address": "variable/mode", "owner": "other"}]
    assert api.value("mode") == "fast"
