"""Resolved sections into the objects that an environment wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from envctl.errors import Diagnostic, Position
from envctl.model.address import Address
from envctl.model.node import UNMANAGED_TAG, Mapping, Node, Scalar
from envctl.model.resource import Desired
from envctl.spec.typed import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.kinds.kind import Kind
    from envctl.spec.reader import EnvironmentSpec


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
    if problem := kind.check_id(identifier):
        found.append(Diagnostic(problem, place))
        return None
    if identifier not in spec.scope(kind):
        found.append(
            Diagnostic(
                f"{what} is outside of what environment {spec.name} manages", place, "see manage: there"
            )
        )
    if node.tag == UNMANAGED_TAG:
        found.append(
            Diagnostic(
                f"{what} cannot be !unmanaged as a whole", place, "use !remove to take it out of the spec"
            )
        )
        return None
    if isinstance(node, Scalar) and node.is_null:
        hint = "write '' for an empty text, or !remove to take an inherited one out"
        found.append(Diagnostic(f"{what} is empty", place, hint))
        return None
    entry = typed(kind.entry, node, what, found)
    if entry is None:
        return None
    try:
        return Desired(Address(kind.name, identifier), kind.desired(identifier, entry), place)
    except PydanticCustomError as error:
        found.append(Diagnostic(f"{what}: {error.message()}", place))
        return None
