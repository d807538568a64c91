"""Desired and live objects for tests of the engine, made from a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from envctl.engine.diff import compare
from envctl.engine.past import Past
from envctl.engine.spare import Wishes
from envctl.errors import Position
from envctl.kinds import KINDS
from envctl.ledger.fingerprints import Fingerprinter
from envctl.model.address import Address
from envctl.model.policy import Prune
from envctl.model.resource import Desired, Live
from envctl.model.value import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.plan import Comparison
    from envctl.model.policy import Scope

HERE = Position("f.yaml", 1, 1)
UNKNOWN = Past(Fingerprinter((), "00", keyed=False), trusted=False)
FIRST_CONTACT = replace(UNKNOWN, trusted=True)
EMPTY = dict.fromkeys(("conn_type", "description", "host", "login", "schema", "password", "port", "extra"))


def address(text: str) -> Address:
    kind, _, identifier = text.partition("/")
    return Address(kind, identifier)


def desired(text: str, **fields: Any) -> Desired:
    """Return a desired object; fields that are not given are UNSET."""
    return Desired(address(text), {**_whole(text, UNSET), **fields}, HERE)


def live(text: str, **fields: Any) -> Live:
    """Return a live object; fields that are not given are null."""
    return Live(address(text), {**_whole(text, None), **fields})


def _whole(text: str, nothing: Any) -> dict[str, Any]:
    return {
        "variable": {"value": "v", "description": nothing},
        "connection": {**dict.fromkeys(EMPTY, nothing), "conn_type": "http"},
        "pool": {"slots": 1, "description": nothing, "include_deferred": False},
        "dag": {"paused": False},
        "config": {"parallelism": "64"},
        "role": {"permissions": {"DAGs": ["can_read"]}},
        "user": {"roles": ["Viewer"], "email": "x@y", "first_name": "x", "last_name": "y"},
    }[address(text).kind]


def compared(
    wanted: list[Desired],
    had: list[Live],
    *,
    scopes: Mapping[str, Scope] | None = None,
    prune_all: bool = False,
    rewrite_secrets: tuple[str, ...] = (),
    rewritten: frozenset[Address] = frozenset(),
    past: Past | None = None,
) -> Comparison:
    """Compare; without a `past` the ledger could not be read, or there is none yet when pruning."""
    return compare(
        KINDS,
        {one.address: one for one in wanted},
        {one.address: one for one in had},
        Wishes(scopes or {}, Prune.ALL if prune_all else Prune.MANAGED, rewrite_secrets, rewritten),
        past or (FIRST_CONTACT if prune_all else UNKNOWN),
    )
