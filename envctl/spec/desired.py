"""Resolved sections into the objects that an environment wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from envctl.errors import Diagnostic, Position
from envctl.model.address import Address
from envctl.model.nearest import close
from envctl.model.node import UNMANAGED_TAG, Mapping, Node, Scalar, at_path
from envctl.model.reserved import is_reserved
from envctl.model.resource import Desired
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT, Value, any_leaf
from envctl.model.verdict import Verdict
from envctl.spec.typed import keys_of, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.kinds.kind import Kind
    from envctl.spec.reader import EnvironmentSpec

_SHOWN = 60


def desired_objects(
    spec: EnvironmentSpec, sections: Mapping, kinds: Sequence[Kind], found: list[Diagnostic]
) -> dict[Address, Desired]:
    """Return every object of the sections, in the order of the files; mistakes go to `found`."""
    objects: dict[Address, Desired] = {}
    for kind in kinds:
        section = sections.entries.get(kind.section)
        if not isinstance(section, Mapping):
            continue
        for identifier, node in section.entries.items():
            one = _desired(spec, kind, identifier, node, section.keys[identifier], found)
            if one is not None:
                objects[one.address] = one
    return objects


def _desired(
    spec: EnvironmentSpec, kind: Kind, identifier: str, node: Node, place: Position, found: list[Diagnostic]
) -> Desired | None:
    what = f"{kind.name} {identifier!r}"
    if refused := _refusal(kind, identifier, node, what, place):
        found.append(refused)
        return None
    if identifier not in spec.scope(kind):
        outside = f"{what} is outside of what environment {spec.name} manages"
        found.append(Diagnostic(outside, place, "see manage: there"))
    entry = typed(kind.entry, node, what, found, place)
    if entry is None:
        return None
    try:
        fields = kind.desired(identifier, entry)
    except PydanticCustomError as error:
        found.append(Diagnostic(f"{what}: {error.message()}", place))
        return None
    for name, value in fields.items():
        if _is_masked(kind, name, value):
            why = f"{what}: {name} holds Airflow's mask '***', not a value"
            hint = "put the real value there, or a reference to it"
            found.append(Diagnostic(why, at_path(node, (name,), place), hint))
    return Desired(Address(kind.name, identifier), fields, place, protected=entry.protected)


def _refusal(kind: Kind, identifier: str, node: Node, what: str, place: Position) -> Diagnostic | None:
    """Return what forbids an entry before any of its keys is looked at."""
    if problem := kind.check_id(identifier):
        return Diagnostic(f"{_shortened(what)}: {problem}", place)
    if is_reserved(identifier):
        return Diagnostic(f"{what}: ids of this form are envctl's own", place, "give it another name")
    if node.tag == UNMANAGED_TAG:
        hint = "use !remove to take it out of the spec"
        return Diagnostic(f"{what} cannot be !unmanaged as a whole", place, hint)
    if isinstance(node, Scalar) and node.is_null:
        return Diagnostic(f"{what} is empty", place, _what_it_needs(kind))
    if _is_bare_json(kind, node):
        hint = f"a JSON object stands under {kind.shorthand}:"
        return Diagnostic(f"{what}: none of its keys is one of a {kind.name}", place, hint)
    return None


def _what_it_needs(kind: Kind) -> str:
    """Return the hint for an entry of which there is but the key."""
    keys = " and ".join(f"{name}:" for name in sorted(kind.required))
    need = "write '' for an empty text" if kind.shorthand else f"give it {keys}"
    return f"{need}, or !remove to take an inherited one out"


def _shortened(what: str) -> str:
    return what if len(what) <= _SHOWN else f"{what[:_SHOWN]}...'"


def _is_bare_json(kind: Kind, node: Node) -> bool:
    """Tell whether a JSON object stands where an entry should: it has keys, and none as an entry has them."""
    if kind.shorthand is None or not isinstance(node, Mapping) or not node.entries:
        return False
    known = keys_of(kind.entry)
    return not any(close(key, known) for key in node.entries)


def _is_masked(kind: Kind, field: str, value: Value) -> bool:
    """Tell whether a value, as Airflow would answer it, is a mask or has one for a leaf.

    The types of fields refuse a mask where it is written; this finds those that come out of a JSON text,
    a URI or a reference, such as when somebody copied what Airflow's web pages show.
    """
    if not isinstance(value, Secret):
        return any_leaf(kind.as_read(field, value), _is_mask)

    def judge(payload: Value) -> Verdict:
        masked = any_leaf(kind.as_read(field, payload), _is_mask)
        return Verdict.DIFFERENT if masked else Verdict.SAME

    return value.judge(judge) is Verdict.DIFFERENT


def _is_mask(leaf: Value) -> bool:
    return leaf.is_text(MASK_TEXT) if isinstance(leaf, Secret) else bool(leaf == MASK_TEXT)
