"""Saved plans for tests of the engine, made from a few objects and held against others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from envctl.engine.past import Past
from envctl.engine.pinned import held as really_held
from envctl.engine.pinned import written_since
from envctl.engine.pins import Pinner
from envctl.kinds import KINDS
from envctl.ledger.fingerprints import Fingerprinter, keys_from
from envctl.model.plan import Instance, Plan, Revision
from envctl.model.saved import Options, SavedPlan
from envctl.model.secret import Secret
from tests.unit.objects import address, compared

if TYPE_CHECKING:
    from envctl.engine.pinned import Held
    from envctl.model.ledger import Entry
    from envctl.model.plan import Comparison
    from envctl.model.resource import Desired, Live

SALT = "5a17"
KEYED = Fingerprinter(keys_from("a key"), "00", keyed=True)
PW = Secret("hunter22", "${PW}")
OTHER = Secret("hunter23", "${PW}")


def past(**entries: Entry) -> Past:
    return Past(KEYED, {address(name.replace("__", "/")): entry for name, entry in entries.items()})


def pinner(wanted: list[Desired], had: list[Live], known: Past) -> Pinner:
    return Pinner(KINDS, {one.address: one for one in wanted}, {one.address: one for one in had}, known, SALT)


def made(wanted: list[Desired], had: list[Live], known: Past | None = None, **wishes: Any) -> SavedPlan:
    known = known or past()
    comparison = compared(wanted, had, past=known, **wishes)
    pins = pinner(wanted, had, known)
    plan = Plan("dev", Instance("http://x", "3"), Revision(None, dirty=False), comparison)
    saved = SavedPlan(plan, Options(), "default", 3, "", SALT, None, "0")
    return replace(saved, pins={one: pins.pin(one) for one in saved.planned})


def later(plan: SavedPlan, wanted: list[Desired], had: list[Live], known: Past, **wishes: Any) -> Comparison:
    """Compare as an apply of the plan does."""
    return compared(wanted, had, past=known, rewritten=written_since(plan, known), **wishes)


def held(
    plan: SavedPlan, wanted: list[Desired], had: list[Live], known: Past | None = None, **wishes: Any
) -> Held:
    known = known or past()
    spec, there = {one.address: one for one in wanted}, {one.address: one for one in had}
    return really_held(plan, later(plan, wanted, had, known, **wishes), KINDS, spec, there, known)
