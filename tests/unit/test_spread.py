"""Entries for what only the instance can make: ids, globs, what has vanished, what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from envctl.engine.spread import best_glob, spread
from envctl.kinds import KINDS
from envctl.model.ledger import Entry
from envctl.model.policy import Scope
from envctl.model.resource import Reading
from envctl.model.value import MASKED
from envctl.stages.narrowing import readable
from tests.unit.ledgers import after, look, nothing, said
from tests.unit.objects import address, desired, live
from tests.unit.trees import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.engine.past import Past
    from envctl.engine.spread import Spread
    from envctl.model.resource import Desired, Live


def brought(
    wanted: list[Desired],
    had: list[Live],
    past: Past | None = None,
    scopes: Mapping[str, Scope] | None = None,
) -> Spread:
    there = {one.address: one for one in had}
    return spread(KINDS, {one.address: one for one in wanted}, there, past or nothing(), scopes or {})


def dags(*ids: str) -> list[Live]:
    return [live(f"dag/{one}", paused=True) for one in ids]


@pytest.mark.parametrize(
    ("globs", "best"),
    [
        (("*", "score_*"), "score_*"),
        (("score_*", "*"), "score_*"),
        (("*", "score_??"), "score_??"),
        (("*_eu", "score*"), "score*"),
        (("score_*", "s?ore_*"), "score_*"),
        (("sco*", "*_eu"), "*_eu"),
        (("[a-z]*", "sc*"), "sc*"),
        (("x*",), None),
        (("SCORE_*",), None),
    ],
)
def test_the_glob_that_says_most_counts(globs: tuple[str, ...], best: str | None) -> None:
    assert best_glob(globs, "score_eu") == best


def test_an_id_outweighs_every_glob() -> None:
    wanted = [desired("dag/*", paused=True), desired("dag/a_*"), desired("dag/a_b_c", paused=True)]
    found = brought(wanted, dags("a_b_c", "a_d", "x"))
    assert {one.id: wish.fields["paused"] for one, wish in found.desired.items()} == {
        "a_b_c": True,
        "a_d": False,
        "x": True,
    }
    assert (found.vanished, found.unknown) == ((), ())


def test_a_glob_speaks_of_nothing_that_is_not_ours() -> None:
    """Neither of what the environment excludes, nor of what another owner applied."""
    past = replace(nothing(), foreign={address("dag/theirs"): "others"})
    scopes = {"dags": Scope(exclude=("x_*",))}
    found = brought([desired("dag/*")], dags("a", "x_1", "theirs"), past, scopes)
    assert set(found.desired) == {address("dag/a")}
    assert brought([desired("dag/theirs")], dags("theirs"), past).desired.keys() == {address("dag/theirs")}


def test_many_dags_leave_no_room_for_changes() -> None:
    there = [*dags(*(f"d{number}" for number in range(50))), live("variable/v"), live("variable/w")]
    assert look([desired("dag/d1")], there, nothing()).live_count == 3


def test_a_glob_that_matches_nothing_is_no_mistake() -> None:
    found = brought([desired("dag/to_come_*")], dags("a"))
    assert (found.desired, found.unknown) == ({}, ())


def test_an_unknown_id_is_a_mistake_with_the_nearest() -> None:
    (one,) = brought([desired("dag/scroe")], dags("score", "other")).unknown
    assert one.message == "dag 'scroe': the instance has none of this name"
    assert one.hint.startswith("did you mean 'score'?")
    assert "'scroe*'" in one.hint
    (user,) = brought([desired("user/nobody")], [live("user/ana")]).unknown
    assert (user.address, user.hint) == (address("user/nobody"), "it has 1 users")


def test_one_that_was_applied_once_has_vanished() -> None:
    past = replace(nothing(), entries={address("dag/gone"): Entry(1, {}, {})})
    found = brought([desired("dag/gone")], dags("a"), past)
    assert (found.desired, found.vanished, found.unknown) == ({}, (address("dag/gone"),), ())


def test_an_option_that_the_instance_does_not_know() -> None:
    wanted = desired("config/core")
    wanted = replace(wanted, fields={"paralellism": "1", "dags_folder": "/d"})
    (one,) = brought([wanted], [live("config/core", parallelism="32", dags_folder="/d")]).unknown
    assert (one.field, one.hint) == ("paralellism", "did you mean 'parallelism'?")
    assert one.message == "config 'core': the instance knows no 'paralellism' there"


def test_what_envctl_makes_itself_is_left_as_it_is() -> None:
    wanted = [desired("variable/x*"), desired("pool/p"), desired("role/r")]
    assert list(brought(wanted, []).desired.values()) == wanted


def test_options_are_observed_and_never_written() -> None:
    had = [live("config/core", parallelism="32", other="x"), live("config/api", parallelism="9")]
    found = look([desired("config/core")], had, nothing())
    assert said(found) == []
    assert [f"{one.action.sign} {one.reason.value} {one.address}" for one in found.observed] == [
        "? differs config/core"
    ]
    assert [leaf.live for leaf in found.observed[0].fields] == ["32"]
    assert (found.unmanaged, found.live_count) == ((), 0)
    assert after([desired("config/core")], had).entries == {}
    assert look([desired("config/core")], [live("config/core")], nothing()).in_sync == (
        address("config/core"),
    )
    (hidden,) = look(
        [desired("config/core")], [live("config/core", parallelism=MASKED)], nothing()
    ).unverifiable
    assert hidden.address == address("config/core")


def test_a_dag_that_the_spec_is_silent_about_is_nobodys() -> None:
    there = dags("a", "b")
    past = after([desired("dag/a"), desired("dag/b")], [live("dag/a"), live("dag/b")])
    assert len(past.entries) == 2
    found = look([desired("dag/a")], there, past)
    assert said(found) == ["~ drift dag/a: paused"]
    assert (found.unmanaged, found.kept) == ((address("dag/b"),), ())
    assert set(after([desired("dag/a")], there, past).entries) == {address("dag/a")}


def test_a_field_that_came_later_is_left_out_with_a_warning() -> None:
    found = read({"dev/a.yaml": "variables: {x: {value: 1, team: red}, y: 2}"})
    assert found.loaded is not None
    for version, fields, count in (
        ((3, 1), {"value", "description"}, 1),
        ((3, 2), {"value", "description", "team"}, 0),
    ):
        loaded = readable(found.loaded, Reading({}, {}, version=version))
        assert set(loaded.desired[address("variable/x")].fields) == fields
        assert len(loaded.diagnostics) == count
    (warning,) = readable(found.loaded, Reading({}, {}, version=(3, 1))).diagnostics
    assert str(warning) == (
        "tree/dev/a.yaml:1:27: warning: variable 'x': team is left out, which came with Airflow 3.2"
    )
