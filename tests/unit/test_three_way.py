"""Spec, instance and what was applied: who moved, for each kind of leaf there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from envctl.model.secret import Secret
from tests.unit.ledgers import BLIND, after, answered, look, nothing, open_leaves, said, touch
from tests.unit.objects import address, desired

if TYPE_CHECKING:
    from envctl.model.resource import Desired

ONE, TWO, THREE = 1, 2, 3


@dataclass(frozen=True)
class Place:
    """Where a leaf stands: in which object, under which path, with another leaf beside it."""

    text: str
    path: str
    beside: str

    def put(self, leaf: int, beside: int = 0) -> Desired:
        """Return the object of a spec with some leaf and some other leaf."""
        fields: dict[str, Any] = {}
        for path, value in ((self.path, self.word(leaf)), (self.beside, self.plain(beside))):
            name, _, key = path.partition(".")
            fields[name] = {**fields.get(name, {}), key: value} if key else value
        return desired(self.text, **fields)

    def word(self, number: int) -> Any:
        return number if self.path == "slots" else f"word {number}"

    def plain(self, number: int) -> str:
        return f"beside {number}"


class Hidden(Place):
    """A secret that Airflow hides."""

    def word(self, number: int) -> Any:
        return Secret(f"word {number}", "${X}")


READABLE = [
    Place("variable/x", "value", "description"),
    Place("variable/x", "value.a", "value.b"),
    Place("variable/x", "value.a", "description"),
    Place("variable/x", "value.a", "value.value"),
    Place("connection/c", "host", "schema"),
    Place("connection/c", "extra.a", "extra.b"),
    Place("connection/c", "extra.a", "host"),
    Place("pool/p", "slots", "description"),
]
SECRET = [
    Hidden("connection/c", "password", "host"),
    Hidden("connection/c", "password", "extra.a"),
    Hidden("connection/c", "extra.a", "extra.b"),
    Hidden("connection/c", "extra.private_key", "host"),
    Hidden("variable/db_password", "value", "description"),
    Hidden("variable/x", "value.a", "value.b"),
]
MASKED_PLAIN = [
    Place("connection/c", "extra.api_token", "host"),
    Place("connection/c", "extra.api_token", "extra.b"),
    Place("variable/api_token", "value", "description"),
    Place("variable/api_token", "value.a", "description"),
    Place("variable/x", "value.api_token", "value.b"),
]
readable = pytest.mark.parametrize("place", READABLE, ids=lambda one: f"{one.text} {one.path} {one.beside}")
secret = pytest.mark.parametrize("place", SECRET, ids=lambda one: f"{one.text} {one.path} {one.beside}")
masked = pytest.mark.parametrize(
    "place", [*SECRET, *MASKED_PLAIN], ids=lambda one: f"{one.text} {one.path} {one.beside}"
)
everywhere = pytest.mark.parametrize(
    "place", [*READABLE, *SECRET, *MASKED_PLAIN], ids=lambda one: f"{one.text} {one.path} {one.beside}"
)


def row(place: Place, sign: str, *paths: str) -> list[str]:
    """Return what is said of one change, its leaves in the order of the object."""
    action, _, reason = sign.partition(" ")
    return [f"{action} {reason} {place.text}" + (f": {', '.join(paths)}" if paths else "")]


@everywhere
def test_nothing_moved(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(ONE)], [answered(place.put(ONE))], past)
    assert (said(found), open_leaves(found)) == ([], [])
    assert found.in_sync == (address(place.text),)


@everywhere
def test_the_spec_changed(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(TWO)], [answered(place.put(ONE))], past)
    sign = "! secret_rotated" if isinstance(place, Hidden) else "~ spec_changed"
    assert said(found) == row(place, sign, place.path)


@everywhere
def test_the_spec_changed_beside_it(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(ONE, TWO)], [answered(place.put(ONE))], past)
    assert said(found) == row(place, "~ spec_changed", place.beside)


@readable
def test_somebody_changed_it(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(ONE)], [answered(place.put(TWO))], past, touch(place.text))
    assert said(found) == row(place, "~ drift", place.path)
    assert found.changes[0].by == touch(place.text)


@masked
def test_somebody_changed_what_stands_beside_what_is_hidden(place: Place) -> None:
    past = after([place.put(ONE)], [])
    had = [answered(place.put(ONE, TWO))]
    found = look([place.put(ONE)], had, past)
    assert said(found) == row(place, "~ drift", place.beside)
    found = look([place.put(ONE)], had, past, touch(place.text))
    assert said(found) == row(place, "~ drift", place.beside, place.path)
    assert [leaf.verdict.value for leaf in found.changes[0].fields] == ["different", "unverifiable"]


@readable
def test_both_changed_it(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(TWO)], [answered(place.put(THREE))], past)
    assert said(found) == row(place, "~ conflict", place.path)


@readable
def test_both_changed_it_to_the_same(place: Place) -> None:
    past = after([place.put(ONE)], [])
    assert said(look([place.put(TWO)], [answered(place.put(TWO))], past)) == []


@everywhere
def test_both_changed_something(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(TWO)], [answered(place.put(ONE, TWO))], past)
    (change,) = found.changes
    assert (change.action.sign, change.reason.value) == ("~", "conflict")
    assert set(said(found)[0].partition(": ")[2].split(", ")) == {place.path, place.beside}


@everywhere
def test_somebody_deleted_it(place: Place) -> None:
    past = after([place.put(ONE)], [])
    (change,) = look([place.put(ONE)], [], past, touch(place.text)).changes
    assert (change.action.sign, change.reason.value) == ("+", "deleted_outside")
    assert change.by == touch(place.text)


@everywhere
def test_it_was_taken_out_of_the_spec(place: Place) -> None:
    past = after([place.put(ONE)], [])
    assert said(look([], [answered(place.put(ONE))], past)) == row(place, "- removed_from_spec")


@everywhere
def test_it_is_gone_from_both_and_forgotten(place: Place) -> None:
    past = after([place.put(ONE)], [])
    assert said(look([], [], past)) == []
    assert after([], [], past).entries == {}


@readable
def test_first_contact_with_the_same(place: Place) -> None:
    found = look([place.put(ONE)], [answered(place.put(ONE))], nothing())
    assert (said(found), open_leaves(found), found.changes) == (row(place, "= adopt"), [], ())
    past = after([place.put(ONE)], [answered(place.put(ONE))])
    assert look([place.put(ONE)], [answered(place.put(ONE))], past).in_sync == (address(place.text),)


@readable
def test_first_contact_with_another(place: Place) -> None:
    found = look([place.put(ONE)], [answered(place.put(TWO))], nothing())
    assert said(found) == row(place, "~ adopt", place.path)


@masked
def test_first_contact_with_what_is_hidden_stays_open(place: Place) -> None:
    had = [answered(place.put(ONE))]
    found = look([place.put(ONE)], had, nothing())
    assert (said(found), found.changes) == (row(place, "= adopt", place.path), ())
    assert open_leaves(found) == [f"{place.text}: {place.path}"]
    past = after([place.put(ONE)], had)
    for _ in range(3):
        found = look([place.put(ONE)], had, past)
        assert (said(found), found.in_sync) == ([], ())
        assert open_leaves(found) == [f"{place.text}: {place.path}"]
        assert "not written it yet" in found.unverifiable[0].why
        past = after([place.put(ONE)], had, past, serial=2)
    assert past.entries == after([place.put(ONE)], had).entries


@masked
def test_first_contact_with_what_is_hidden_does_not_hide_what_comes(place: Place) -> None:
    had = [answered(place.put(ONE))]
    past = after([place.put(ONE)], had)
    (change,) = look([place.put(TWO)], had, past).changes
    assert change.reason.value == ("secret_rotated" if isinstance(place, Hidden) else "spec_changed")
    found = look([place.put(ONE)], had, past, touch(place.text))
    assert said(found) == row(place, "! touched_outside", place.path)
    assert look([place.put(ONE)], had, after([place.put(ONE)], had, past, touch(place.text))).in_sync


@masked
def test_somebody_touched_what_is_hidden(place: Place) -> None:
    """Whether it is still the same, nobody can see: it is written again."""
    past = after([place.put(ONE)], [])
    had = [answered(place.put(ONE))]
    found = look([place.put(ONE)], had, past, touch(place.text))
    assert said(found) == row(place, "! touched_outside", place.path)
    assert found.changes[0].by == touch(place.text)
    past = after([place.put(ONE)], had, past, touch(place.text), serial=2)
    assert look([place.put(ONE)], had, past).in_sync == (address(place.text),)


@readable
def test_somebody_touched_what_can_be_read(place: Place) -> None:
    past = after([place.put(ONE)], [])
    found = look([place.put(ONE)], [answered(place.put(ONE))], past, touch(place.text))
    assert (said(found), found.in_sync) == ([], (address(place.text),))


@masked
def test_the_log_does_not_tell_whether_what_is_hidden_was_touched(place: Place) -> None:
    past = after([place.put(ONE)], [])
    had = [answered(place.put(ONE))]
    found = look([place.put(ONE)], had, past, blind=BLIND)
    assert (said(found), open_leaves(found)) == ([], [f"{place.text}: {place.path}"])
    assert found.unverifiable[0].why == BLIND
    # It stays open when the log can be read again, since that begins later.
    past = after([place.put(ONE)], had, past, blind=BLIND)
    assert open_leaves(look([place.put(ONE)], had, past)) == [f"{place.text}: {place.path}"]
