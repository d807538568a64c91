"""Plans for tests of what people read, made from a few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from envctl.errors import Position
from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.change import Action, Change, FieldDiff, Reason
from envctl.model.event import Event
from envctl.model.plan import Comparison, Foreign, Instance, LedgerNote, Plan, Revision, Unverifiable
from envctl.model.resource import Desired, Live
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from envctl.model.verdict import Verdict
from envctl.report.plan_text import View, plan_text

if TYPE_CHECKING:
    from rich.text import Text

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTE = LedgerNote("default", 41, "2026-11-22T08:59:00+00:00", "ana")
PASSWORD = Secret("hunter22", "${PG_PASSWORD}")
HIDDEN = FieldDiff(("password",), Verdict.UNVERIFIABLE, MASKED, PASSWORD)


def address(text: str) -> Address:
    kind, _, identifier = text.partition("/")
    return Address(kind, identifier)


def change(
    name: str,
    reason: Reason,
    action: Action = Action.UPDATE,
    *,
    actor: str | None = None,
    hours: float = 3,
    fields: tuple[FieldDiff, ...] = (FieldDiff(("value",), Verdict.DIFFERENT, "400", "500"),),
    **keys: Any,
) -> Change:
    """Return a change; with an `actor` somebody wrote the object so many hours ago."""
    found = address(name)
    by = Event(7, NOW - timedelta(hours=hours), actor, frozenset((found,))) if actor is not None else None
    desired = Desired(found, {}, Position("environments/stage/flags.yaml", 7, 3))
    gone = action is Action.DELETE
    return Change(
        found,
        action,
        reason,
        None if gone else desired,
        None if action is Action.CREATE else Live(found, {}),
        () if gone else fields,
        by=by,
        **keys,
    )


def plan(*changes: Change, ledger: LedgerNote | None = NOTE, **keys: Any) -> Plan:
    """Return a plan; `keys` are parts of the comparison."""
    parts: dict[str, Any] = {"in_sync": (), "unverifiable": (), "unmanaged": (), "live_count": 5, **keys}
    return Plan(
        environment="stage",
        instance=Instance("https://airflow.stage.example.com", "3.3.2"),
        revision=Revision("1a2b3c4d5e6f", dirty=False),
        comparison=Comparison(changes=changes, **parts),
        ledger=ledger,
        time=NOW,
    )


def adopted(*names: str) -> tuple[Change, ...]:
    return tuple(change(name, Reason.ADOPT, Action.ADOPT, fields=()) for name in names)


def hidden(*names: str, why: str = "", leaf: FieldDiff = HIDDEN) -> tuple[Unverifiable, ...]:
    return tuple(Unverifiable(address(name), (leaf,), why) for name in names)


def foreign(*names: str, owner: str = "platform") -> tuple[Foreign, ...]:
    return tuple(Foreign(address(name), owner) for name in names)


def lines(shown: Plan, *, width: int = 120, verbose: bool = False) -> list[Text]:
    return list(plan_text(shown, KINDS, View(width, verbose)))


def text(shown: Plan, *, width: int = 120, verbose: bool = False) -> str:
    return "\n".join(line.plain for line in lines(shown, width=width, verbose=verbose))
