"""A change: one object, what to do with it, why, and the fields that differ."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from envctl.model.address import Address
    from envctl.model.event import Event
    from envctl.model.resource import Desired, Live
    from envctl.model.store import Store
    from envctl.model.value import Value
    from envctl.model.verdict import Verdict

Path = tuple[str | int, ...]
"""Where a leaf stands: the field's name, then keys and indexes inside its JSON."""


class Action(StrEnum):
    """What is to be done with an object."""

    CREATE = "create"
    UPDATE = "update"
    REWRITE = "rewrite"
    DELETE = "delete"
    ADOPT = "adopt"
    OBSERVE = "observe"

    @property
    def sign(self) -> str:
        """The one character a person sees in front of the change."""
        return _SIGNS[self]


_SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REWRITE: "!",
    Action.DELETE: "-",
    Action.ADOPT: "=",
    Action.OBSERVE: "?",
}


class Reason(StrEnum):
    """Why there is a change. Reasons explain; nothing is ever decided by one."""

    NEW = "new"
    """In the spec, not in the instance."""
    SPEC_CHANGED = "spec_changed"
    """The spec is not what was applied; the instance still is."""
    DRIFT = "drift"
    """The instance is not what was applied; the spec still is."""
    CONFLICT = "conflict"
    """Neither spec nor instance is what was applied."""
    DELETED_OUTSIDE = "deleted_outside"
    """Applied, in the spec, and gone from the instance."""
    SECRET_ROTATED = "secret_rotated"  # noqa: S105 - a word, no password
    """The spec's secret is no longer the one that was applied."""
    TOUCHED_OUTSIDE = "touched_outside"
    """Somebody else wrote the object since, and Airflow does not show whether its secret is the same."""
    INTERRUPTED = "interrupted"
    """envctl's own last write is in doubt: no answer came, or it could leave no fingerprint."""
    REMOVED_FROM_SPEC = "removed_from_spec"
    """Applied here once, and no longer in the spec."""
    ADOPT = "adopt"
    """There already, and not yet in the ledger."""
    DIFFERS = "differs"
    """Spec and instance differ, and nothing is known that tells which of them moved."""
    REWRITE_REQUESTED = "rewrite_requested"
    """Asked for by `--rewrite-secrets`."""
    NOT_IN_SPEC = "not_in_spec"
    """In the instance, not in the spec, and the whole kind is to be pruned."""


DRIFTED = frozenset((Reason.DRIFT, Reason.CONFLICT, Reason.DELETED_OUTSIDE, Reason.TOUCHED_OUTSIDE))
"""Reasons that lie in the instance: somebody was at the object since it was applied."""


class FieldDiff(Struct, frozen=True):
    """One leaf: what the instance has, what the spec wants, and what can be said of the two.

    `live` and `desired` may be any Value; UNSET says that the side lacks the leaf.
    """

    path: Path
    verdict: Verdict
    live: Value
    desired: Value


class SourceVersion(NamedTuple):
    """A reference's version in its store: the one applied last, None when not known, and the one now."""

    reference: str
    applied: str | None
    desired: str


class Change(Struct, frozen=True):
    """What to do with one object. `desired` is None for a delete, `live` for a create.

    `blocked` says why the change cannot be carried out although it is due; it is reported, and fails.
    `as_applied` are leaves that Airflow hides and that hold what was applied, unless somebody touched the
    object since; `by` is the last event of somebody else's that did.
    `protected` tells of a delete that the spec, when it last had the object, said not to delete it.
    `store` is where the object is kept, None for Airflow's database.
    `versions` are those of the secrets in it.
    """

    address: Address
    action: Action
    reason: Reason
    desired: Desired | None
    live: Live | None
    fields: tuple[FieldDiff, ...] = ()
    blocked: str | None = None
    as_applied: tuple[FieldDiff, ...] = ()
    by: Event | None = None
    protected: bool = False
    store: Store | None = None
    versions: tuple[SourceVersion, ...] = ()

    @property
    def place(self) -> str:
        """Where the object is kept, as the ledger has it: "" for Airflow's database."""
        return self.store.place if self.store is not None else ""


def render_path(path: Path) -> str:
    """Write a path as people and `jq` do: `value.thresholds.high`, `value.hosts[2]`, `value["a.b"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and all(letter.isalnum() or letter in "_-" for letter in step):
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
