"""Whatever a spec holds: what was applied is in sync, and one move on one side is told as that side's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from envctl.model.change import Action, Reason
from envctl.model.secret import Secret
from envctl.model.value import Masked
from tests.unit.ledgers import after, answered, look
from tests.unit.objects import desired

if TYPE_CHECKING:
    from envctl.model.resource import Desired

words = st.text(max_size=6).filter(lambda text: "***" not in text)
scalars = st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats(allow_nan=False) | words
payloads = st.text(min_size=1, max_size=6).filter(lambda text: "***" not in text)
secrets = payloads.map(lambda text: Secret(text, "${X}"))
keys = st.text(max_size=4) | st.sampled_from(["a", "b", "a.b", "api_token", "password", "x y", '"'])
documents = st.recursive(
    scalars | secrets,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(keys, documents, max_size=4)
specs = st.one_of(
    objects.map(lambda value: desired("variable/x", value=value)),
    st.lists(documents, max_size=3).map(lambda value: desired("variable/x", value=value)),
    (words | secrets).map(lambda value: desired("variable/x", value=value)),
    (words | secrets).map(lambda value: desired("variable/api_token", value=value)),
    st.builds(
        lambda extra, **more: desired("connection/c", extra=extra, **more),
        objects,
        host=words,
        port=st.integers(0, 9),
        password=secrets,
        login=words | secrets,
    ),
    st.builds(lambda **more: desired("pool/p", **more), slots=st.integers(-1, 9), description=words),
)


@given(specs, st.booleans())
def test_what_was_applied_is_in_sync(one: Desired, readable: bool) -> None:  # noqa: FBT001
    had = answered(one, readable)
    past = after([one], [])
    assert look([one], [had], past).in_sync == (one.address,)
    # And so it stays: what is entered the second time at most is what Airflow masks by surprise.
    past = after([one], [had], past, serial=2)
    assert after([one], [had], past, serial=3).entries == past.entries
    assert look([one], [had], past).in_sync == (one.address,)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands that can be put in place of what is there."""
    if isinstance(value, dict) and value:
        return [found for key, item in value.items() for found in leaves(item, (*path, key))]
    if isinstance(value, list) and value:
        return [found for at, item in enumerate(value) for found in leaves(item, (*path, at))]
    return [path]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    """Return a value with another leaf at a path."""
    if not path:
        return leaf
    if isinstance(value, list):
        return [put(item, path[1:], leaf) if index == path[0] else item for index, item in enumerate(value)]
    return {key: put(item, path[1:], leaf) if key == path[0] else item for key, item in value.items()}


def another(path: tuple[Any, ...]) -> Any:
    """Return what no strategy above puts at a path, and what its field can hold."""
    return {"slots": 77, "port": 77, "include_deferred": True, "extra": {"moved": 1}}.get(
        path[-1] if len(path) == 1 else "", "moved on"
    )


@given(specs, st.booleans(), st.data())
def test_one_move_of_the_spec_is_told_as_that(one: Desired, readable: bool, data: st.DataObject) -> None:  # noqa: FBT001
    path = data.draw(st.sampled_from(leaves(dict(one.fields))))
    was = at(one.fields, path)
    secret = isinstance(was, Secret)
    leaf = Secret("moved on", "${X}") if secret else another(path)
    moved = replace(one, fields=put(dict(one.fields), path, leaf))
    had = answered(one, readable)
    for past in (after([one], []), after([one], [had], after([one], []), serial=2)):
        (change,) = look([moved], [had], past).changes
        assert change.reason is (Reason.SECRET_ROTATED if secret else Reason.SPEC_CHANGED)
        done = after([moved], [had], past, serial=3)
        assert look([moved], [answered(moved, readable)], done).in_sync == (one.address,)


@given(specs, st.booleans(), st.data())
def test_one_move_in_the_instance_is_told_as_that(one: Desired, readable: bool, data: st.DataObject) -> None:  # noqa: FBT001
    had = answered(one, readable)
    open_ = [path for path in leaves(dict(had.fields)) if not isinstance(at(had.fields, path), Masked)]
    path = data.draw(st.sampled_from(open_))
    moved = replace(had, fields=put(dict(had.fields), path, another(path)))
    for past in (after([one], []), after([one], [had], after([one], []), serial=2)):
        (change,) = look([one], [moved], past).changes
        assert (change.reason, change.action) == (Reason.DRIFT, Action.UPDATE)
        done = after([one], [moved], past, serial=3)
        assert look([one], [had], done).in_sync == (one.address,)
