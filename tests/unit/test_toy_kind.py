"""A new kind is one object in one tuple: it is read, compared, planned and sent by what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from envctl.engine.applier import steps
from envctl.engine.diff import compare
from envctl.engine.spare import Wishes
from envctl.fields.values import Boolean, Text, complaint, integer
from envctl.kinds import KINDS
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level
from envctl.model.address import Address
from envctl.model.change import render_path
from envctl.model.policy import Prune
from envctl.model.request import ApiCall
from envctl.model.resource import Live
from envctl.model.value import UNSET, unmask
from envctl.spec.schema import environment_schema, spec_schema
from tests.unit.objects import FIRST_CONTACT
from tests.unit.trees import AIRFLOW, BASED, Read, read

if TYPE_CHECKING:
    from collections.abc import Mapping


Watts = Annotated[Any, PlainValidator(integer(0, 1000)), WithJsonSchema({"type": "integer"})]


class LampEntry(Entry):
    """A lamp."""

    model_config = ConfigDict(title="Lamp")

    lit: Boolean = Field(description="Whether it is on.")
    watts: Watts = Field(default=UNSET, description="How bright.")
    key: Text = Field(default=UNSET, description="What opens its box.")


def _desired(name: str, entry: LampEntry) -> Fields:
    if name == "sun":
        raise complaint("cannot be switched")
    return {"lit": entry.lit, "watts": entry.watts, "key": entry.key}


def _read(item: Mapping[str, Any]) -> Fields:
    return {"lit": item["is_on"], "watts": item["watts"], "key": unmask(item["key"])}


def _entity(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, **fields}


LAMP = Kind(
    name="lamp",
    section="lamps",
    level=Level.SWITCH,
    endpoint=Endpoint(path="/lamps", list_key="lamps", id_key="name"),
    entry=LampEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    check_id=lambda name: None if name.isascii() else "a lamp's name is ASCII",
    shorthand="lit",
    built_in=frozenset({"moon"}),
    writable={"moon": frozenset({"lit"})},
    required=frozenset({"lit"}),
    fillers={"lit": False},
)
MASK = "is Airflow's mask '***', not a value: put a reference such as ${PG_PASSWORD} in its place"
WITH_LAMPS = (*KINDS, LAMP)


def lamps(text: str) -> Read:
    return read({"dev/a.yaml": text}, kinds=WITH_LAMPS)


def live(name: str, **item: Any) -> Live:
    return Live(Address("lamp", name), LAMP.read({"watts": None, "key": "", **item}))


def test_it_is_read_layered_and_resolved() -> None:
    files = {
        "base/a.yaml": "lamps: {desk: true, wall: {lit: false, watts: 40}}",
        "dev/environment.yaml": f"{BASED}params: {{w: '60'}}\nmanage: {{lamps: {{exclude: ['tmp_*']}}}}\n",
        "dev/a.yaml": "lamps: {desk: {watts: '${param:w}'}, wall: true}\nvariables: {x: 1}\n",
    }
    found = read(files, kinds=WITH_LAMPS)
    assert found.mistakes == []
    assert found.loaded is not None
    assert [kind.name for kind in found.loaded.kinds] == ["variable", "lamp"]
    assert found.desired[Address("lamp", "desk")].fields == {"lit": True, "watts": 60, "key": UNSET}
    assert found.desired[Address("lamp", "wall")].fields == {"lit": True, "watts": 40, "key": UNSET}


def test_its_mistakes_are_found_like_those_of_any_kind() -> None:
    text = """\
lamps:
  a: maybe
  b: {lit: true, whats: 5}
  ü: true
  sun: true
  c: {lit: true, key: '***'}
  d:
"""
    assert [str(one) for one in lamps(text).found] == [
        "tree/dev/a.yaml:2:6: lamp 'a': lit must be true or false",
        "tree/dev/a.yaml:3:18: lamp 'b': unknown key 'whats'",
        "tree/dev/a.yaml:4:3: lamp 'ü': a lamp's name is ASCII",
        "tree/dev/a.yaml:5:3: lamp 'sun': cannot be switched",
        f"tree/dev/a.yaml:6:18: lamp 'c': key {MASK}",
        "tree/dev/a.yaml:7:3: lamp 'd' is empty",
    ]


def test_it_can_be_protected_without_a_word_of_its_own() -> None:
    found = lamps("lamps: {desk: {lit: true, protected: true}, wall: true}").desired
    assert {one.address.id: one.protected for one in found.values()} == {"desk": True, "wall": False}
    assert found[Address("lamp", "desk")].fields == {"lit": True, "watts": UNSET, "key": UNSET}


def test_without_it_its_section_is_unknown() -> None:
    assert read({"dev/a.yaml": "lamps: {a: true}"}).mistakes == [
        "tree/dev/a.yaml:1:1: unknown section 'lamps'"
    ]


def test_it_is_compared_planned_and_put_into_steps() -> None:
    text = "lamps: {new: true, old: {lit: true, watts: 5}, same: false, moon: true}\npools: {p: {slots: 1}}\n"
    wanted = lamps(text).desired
    had = [
        live("old", is_on=True, watts=4),
        live("same", is_on=False),
        live("gone", is_on=True),
        live("moon", is_on=False),
    ]
    found = compare(
        WITH_LAMPS, wanted, {one.address: one for one in had}, Wishes({}, Prune.ALL), FIRST_CONTACT
    )
    assert [f"{one.action.sign} {one.address}" for one in found.changes] == [
        "+ pool/p",
        "+ lamp/new",
        "~ lamp/old",
        "~ lamp/moon",
        "- lamp/gone",
    ]
    assert [str(one.address) for one in found.adopted] == ["lamp/same"]
    (leaf,) = found.changes[2].fields
    assert (render_path(leaf.path), leaf.live, leaf.desired) == ("watts", 4, 5)
    assert [(step.kind.name, len(step.changes)) for step in steps(WITH_LAMPS, found.changes)] == [
        ("pool", 1),
        ("lamp", 1),
        ("lamp", 2),
        ("lamp", 1),
    ]


def test_its_requests_are_built() -> None:
    wanted = lamps(
        "lamps: {'a b': {lit: true, watts: 5}, c: {lit: !unmanaged , watts: 5}, moon: true}"
    ).desired
    one, other, moon = wanted.values()
    assert LAMP.create_body(one) == {"name": "a b", "lit": True, "watts": 5, "key": None}
    assert not LAMP.needs_mask(one)
    assert LAMP.masked_update(other) == ApiCall(
        method="PATCH",
        path="/lamps/c",
        query=(("update_mask", "watts"), ("update_mask", "key")),
        body={"name": "c", "lit": False, "watts": 5, "key": None},
    )
    assert LAMP.masked_update(moon).query == (("update_mask", "lit"),)
    assert LAMP.masked_update(moon).body == {"name": "moon", "lit": True}


def test_editors_learn_of_it() -> None:
    schema = spec_schema(WITH_LAMPS)
    assert schema["properties"]["lamps"]["additionalProperties"]["anyOf"][0] == {"$ref": "#/$defs/lamp"}
    assert set(schema["$defs"]["lamp"]["properties"]) == {"lit", "watts", "key", "protected"}
    assert "lamps" in environment_schema(WITH_LAMPS, {})["properties"]["manage"]["properties"]


def test_an_environment_may_own_only_some_of_it() -> None:
    environment = f"{AIRFLOW}manage: {{lamps: {{include: ['desk_*']}}}}\n"
    found = read({"dev/environment.yaml": environment, "dev/a.yaml": "lamps: {wall: true}"}, kinds=WITH_LAMPS)
    assert found.mistakes == ["tree/dev/a.yaml:1:9: lamp 'wall' is outside of what environment dev manages"]
