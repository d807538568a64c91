"""`protected: true` of an entry: of any kind, inherited like any key, and no field of the object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.spec.schema import spec_schema
from tests.unit.objects import address, compared, live
from tests.unit.trees import BASED, read, read_variables

if TYPE_CHECKING:
    from envctl.kinds.kind import Kind

ENTRIES = {
    "variable": "variables: {x: {value: v, protected: true}}",
    "connection": "connections: {x: {conn_type: http, protected: true}}",
    "pool": "pools: {x: {slots: 1, protected: true}}",
    "dag": "dags: {x: {paused: false, protected: true}}",
    "config": "config: {x: {parallelism: 64, protected: true}}",
    "role": "roles: {x: {permissions: {DAGs: [can_read]}, protected: true}}",
    "user": "users: {x: {roles: [Viewer], protected: true}}",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_entry_of_any_kind(kind: Kind) -> None:
    found = read({"dev/a.yaml": ENTRIES[kind.name]})
    one = found.desired[address(f"{kind.name}/x")]
    assert one.protected
    assert "protected" not in one.fields
    if kind.power > Power.OBSERVE:
        assert "protected" not in kind.create_body(one)
        assert "protected" not in str(kind.masked_update(one))
    assert not compared([one], [live(f"{kind.name}/x")]).changes
    assert "protected" in spec_schema(KINDS)["$defs"][kind.name]["properties"]


def test_a_connection_by_uri_can_be_protected() -> None:
    text = "connections: {x: {uri: 'http://h', protected: true}}"
    assert read({"dev/a.yaml": text}).desired[address("connection/x")].protected


def test_it_is_inherited_and_withdrawn_like_any_key() -> None:
    mark = "protected: true"
    base = f"variables: {{a: {{value: 1, {mark}}}, b: {{value: 1, {mark}}}, c: 1, d: 1}}"
    own = f"variables: {{a: 2, b: {{protected: false}}, c: {{{mark}}}, d: {{protected: '${{param:yes}}'}}}}"
    environment = f"{BASED}params: {{yes: 'true'}}\n"
    found = read({"base/a.yaml": base, "dev/environment.yaml": environment, "dev/a.yaml": own})
    assert [one.address.id for one in found.desired.values() if not one.protected] == ["b"]
    assert len(found.desired) == 4


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("yes", "protected must be true or false"),
        ("[true]", "protected must be true or false"),
        ("", "protected must be true or false"),
        ("!unmanaged true", "protected cannot be !unmanaged: it is a word to envctl"),
        ("${WHETHER:-true}", "protected must be known to everybody: it cannot come from a secret source"),
    ],
)
def test_what_it_cannot_be(value: str, words: str) -> None:
    (mistake,) = read_variables(f"variables:\n  x:\n    value: v\n    protected: {value}\n").mistakes
    assert mistake.startswith("tree/dev/a.yaml:4:5: variable 'x': ")
    assert words in mistake


def test_alone_it_makes_no_object() -> None:
    assert read_variables("variables: {x: {protected: true}}").mistakes == [
        "tree/dev/a.yaml:1:13: variable 'x': value is missing"
    ]
