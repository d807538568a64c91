"""What of a spec can be held against an instance: the kinds that it shows, the objects that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.engine.spread import spread
from envctl.errors import Diagnostic, Forbidden, NotOffered, SpecError
from envctl.kinds.kind import Power
from envctl.model.node import at_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.engine.past import Past
    from envctl.engine.spread import Unknown
    from envctl.errors import InstanceError, Position
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.resource import Reading
    from envctl.stages.loading import Loaded


def readable(loaded: Loaded, reading: Reading) -> Loaded:
    """Return the part of what was loaded that is of kinds which could be read; warnings say what is not.

    A right that the login lacks is an error: what was asked for is not known. An auth manager that keeps no
    such objects is none, as the layers of a spec are shared, and neither is what can only be observed. Raises
    Forbidden when nothing at all is left to be compared.
    """
    loaded = replace(_known(loaded, reading), before=loaded.as_written)
    if not reading.unread:
        return loaded
    errors = [error for error in reading.unread.values() if isinstance(error, Forbidden)]
    if errors and len(reading.unread) == len(loaded.kinds):
        raise errors[0]
    return replace(
        loaded,
        kinds=tuple(kind for kind in loaded.kinds if kind.name not in reading.unread),
        desired={
            address: one for address, one in loaded.desired.items() if address.kind not in reading.unread
        },
        diagnostics=(*loaded.diagnostics, *_unread(loaded, reading)),
    )


def present(loaded: Loaded, reading: Reading, past: Past) -> tuple[Loaded, tuple[Address, ...]]:
    """Return what is loaded with a wish for each object that there is, and what of it has vanished.

    Raises SpecError for entries that the instance has nothing of, each with its place.
    """
    found = spread(loaded.kinds, loaded.desired, reading.live, past, loaded.spec.scopes)
    # Without the ledger nobody knows whether it was right once: an option never is.
    mistakes = [one for one in found.unknown if past.trusted or one.fixed]
    if mistakes:
        raise SpecError(tuple(_mistake(loaded, one) for one in mistakes))
    loaded = replace(
        loaded, diagnostics=(*loaded.diagnostics, *(_doubtful(loaded, one) for one in found.unknown))
    )
    gone = tuple(_vanished(loaded, address) for address in found.vanished)
    whole = replace(loaded, desired=found.desired, diagnostics=(*loaded.diagnostics, *gone))
    return whole, found.vanished


def _known(loaded: Loaded, reading: Reading) -> Loaded:
    """Return what is loaded without fields that the instance's version does not know yet; warnings say so."""
    too_new = {kind.name: kind.too_new(reading.version) for kind in loaded.kinds if reading.version}
    if not any(too_new.values()):
        return loaded
    desired = dict(loaded.desired)
    found: list[Diagnostic] = []
    for address, wanted in loaded.desired.items():
        for name, first in too_new.get(address.kind, {}).items():
            if name in wanted.fields:
                fields = {field: value for field, value in desired[address].fields.items() if field != name}
                desired[address] = replace(wanted, fields=fields)
                message = (
                    f"{address.kind} {address.id!r}: {name} is left out, which came with Airflow"
                    f" {first[0]}.{first[1]}"
                )
                found.append(Diagnostic(message, _place(loaded, address, name), None, "warning"))
    return replace(loaded, desired=desired, diagnostics=(*loaded.diagnostics, *found))


def _unread(loaded: Loaded, reading: Reading) -> Iterator[Diagnostic]:
    for kind in loaded.kinds:
        error = reading.unread.get(kind.name)
        if error is not None:
            yield _not_compared(kind, error)


def _not_compared(kind: Kind, error: InstanceError) -> Diagnostic:
    harmless = isinstance(error, NotOffered) or kind.power is Power.OBSERVE
    message = f"{kind.section}: not compared, {error.message}"
    return Diagnostic(message, None, error.hint, "warning" if harmless else "error")


def _mistake(loaded: Loaded, one: Unknown) -> Diagnostic:
    return Diagnostic(one.message, _place(loaded, one.address, one.field), one.hint)


def _doubtful(loaded: Loaded, one: Unknown) -> Diagnostic:
    return Diagnostic(one.message, _place(loaded, one.address, one.field), one.hint, "warning")


def _vanished(loaded: Loaded, address: Address) -> Diagnostic:
    message = f"{address.kind} {address.id!r} was applied here once, and is no longer there"
    hint = "take it out of the spec if it is not to come back"
    return Diagnostic(message, _place(loaded, address, None), hint, "warning")


def _place(loaded: Loaded, address: Address, field: str | None) -> Position | None:
    wanted = loaded.desired.get(address)
    section = next(kind.section for kind in loaded.kinds if kind.name == address.kind)
    path = (section, address.id) if field is None else (section, address.id, field)
    return at_path(loaded.spec.sections, path, wanted.source if wanted else None)
