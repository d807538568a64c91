"""What every kind promises; a new one is held to it by being in `KINDS`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.body import reveal
from envctl.engine.compare import compare_fields
from envctl.kinds import KINDS
from envctl.kinds.connection import CONNECTION
from envctl.kinds.kind import Power
from envctl.kinds.pool import POOL
from envctl.kinds.variable import VARIABLE
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT, UNSET
from envctl.model.verdict import Verdict
from tests.unit.objects import desired

if TYPE_CHECKING:
    from envctl.kinds.kind import Kind


def test_names_and_sections_are_told_apart() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.section for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_said_of_fields_is_said_of_fields_it_has(kind: Kind) -> None:
    fields = desired(f"{kind.name}/x").fields
    assert kind.required <= set(fields)
    assert set(kind.fillers) <= set(fields)
    assert all(writable <= set(fields) for writable in kind.writable.values())
    assert kind.required <= set(kind.fillers)
    assert kind.entry.model_config.get("extra") == ("allow" if kind.closed else "forbid")
    assert {*kind.keys} - {"team"} <= set(fields)
    assert kind.shorthand is None or kind.shorthand in kind.entry.model_fields
    assert all(kind.check_id(identifier) is None for identifier in kind.built_in)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_body_has_every_field_and_the_id(kind: Kind) -> None:
    one = desired(f"{kind.name}/x")
    if kind.power is Power.OBSERVE:
        return
    assert set(kind.create_body(one)) >= {kind.keys.get(name, name) for name in one.fields}
    assert kind.power < Power.ALL or kind.endpoint.id_key in kind.create_body(one)


def answered(kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
    """Return the item that Airflow lists after it took a body: JSON dumped anew, passwords masked."""
    item = dict(json.loads(json.dumps(body)))
    for name in {"value", "extra"} & set(item):
        try:
            item[name] = json.dumps(json.loads(item[name]))
        except (TypeError, ValueError):
            continue
    if kind is CONNECTION:
        item["password"] = MASK_TEXT if item["password"] else None
    return item


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
texts = st.text(max_size=8)
optional = st.just(UNSET) | texts
secrets = texts.map(lambda text: Secret(text, "${X}"))
STRATEGIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "variable": st.fixed_dictionaries(
        {
            "value": texts | secrets | st.lists(json_values | secrets) | st.dictionaries(texts, json_values),
            "description": optional,
        }
    ),
    "connection": st.fixed_dictionaries(
        {
            **dict.fromkeys(("description", "host", "login", "schema"), optional),
            "conn_type": st.text(min_size=1),
            "password": optional | secrets,
            "port": st.just(UNSET) | st.integers(0, 65535),
            "extra": st.just(UNSET) | st.dictionaries(texts, json_values | secrets, max_size=3),
        }
    ),
    "pool": st.fixed_dictionaries(
        {"slots": st.integers(-1, 2**31 - 1), "description": optional, "include_deferred": st.booleans()}
    ),
}


@pytest.mark.parametrize("kind", [VARIABLE, CONNECTION, POOL], ids=lambda kind: kind.name)
@given(st.data())
def test_what_was_applied_is_read_back_as_the_same(kind: Kind, data: st.DataObject) -> None:
    one = desired(f"{kind.name}/x", **data.draw(STRATEGIES[kind.name]))
    live = kind.read(answered(kind, reveal(kind.create_body(one))))
    found = compare_fields(one.fields, live, kind.as_read)
    assert all(leaf.verdict is not Verdict.DIFFERENT for leaf in found)
    assert set(live) == set(one.fields)
