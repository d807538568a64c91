"""The end of an apply with nothing behind it: what is sent is written down, and fails as it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from envctl.kinds import KINDS
from envctl.kinds.variable import VARIABLE
from envctl.ledger.codec import decode
from envctl.ledger.variable_ledgers import ledger_address
from envctl.model.event import Seen, Witness
from envctl.model.ledger import Ledger
from envctl.model.plan import Instance, Plan, Revision
from envctl.stages.closing import Closing
from envctl.stages.keeping import Opened
from tests.unit.ledgers import APPLIED, NOON, look, nothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.airflow.instance import AirflowInstance
    from envctl.engine.past import Past
    from envctl.errors import LedgerUnreadable
    from envctl.model.event import Event
    from envctl.model.outcome import ChangeOutcome
    from envctl.model.request import ApiCall
    from envctl.model.resource import Desired, Live
    from envctl.stages.loading import Loaded

STARTED, NEWEST = Seen(10, NOON), Seen(20, NOON)
LEDGER = ledger_address("default")


@dataclass
class Fake:
    """An instance with nothing behind it: writes down what is sent, and fails as it is told to."""

    events_after: tuple[Event, ...] = ()
    complete: bool = True
    log: Exception | None = None
    wire: Exception | None = None
    writes: bool = True
    old: bool = False
    sent: list[ApiCall] = field(default_factory=list)
    clock: Any = lambda: NOON

    def events(self, _kinds: object, since: Seen | None) -> Witness:
        assert since in (None, STARTED)
        if self.log:
            raise self.log
        return Witness(self.events_after, NEWEST, self.complete)

    def send(self, call: ApiCall, _purpose: str) -> Any:
        self.sent.append(call)
        if self.wire:
            raise self.wire
        return {"create": {"success": [LEDGER.id] if self.writes else []}}

    @property
    def ledgers(self) -> list[Ledger]:
        """The ledgers that were sent."""
        return [written(call.body["actions"][0]) for call in self.sent]


def written(action: Mapping[str, Any]) -> Ledger:
    (entity,) = action["entities"]
    assert (entity["key"], action["action_on_existence"]) == (LEDGER.id, "overwrite")
    return decode(VARIABLE.read(entity)["value"], "default")


def closing(
    wanted: Sequence[Desired],
    had: Sequence[Live],
    fake: Fake,
    past: Past | None = None,
    *,
    started: Seen | None = STARTED,
    locked: bool = False,
    problem: LedgerUnreadable | None = None,
    ledger: Ledger | None = None,
    **looking: Any,
) -> Closing:
    before = past or nothing()
    ledger = replace(ledger or Ledger("default", salt="5a17"), entries=before.entries)
    plan = Plan(
        "dev",
        Instance("http://a", "3.3.2"),
        Revision("1a2b", dirty=True),
        look(wanted, had, before, *looking.pop("events", ()), **looking),
    )
    loaded = SimpleNamespace(
        kinds=KINDS,
        desired={one.address: one for one in wanted},
    )
    return Closing(
        cast("Loaded", loaded),
        Opened(ledger, before, problem, ()),
        {one.address: one for one in had},
        plan,
        cast("AirflowInstance", fake),
        started,
        locked=locked,
    )


def became(one: Closing, **outcomes: ChangeOutcome) -> dict[Any, ChangeOutcome]:
    """Give the outcomes of all changes, by id; applied when nothing else is said."""
    return {change.address: outcomes.get(change.address.id, APPLIED) for change in one._plan.changes}


def chunk(one: Closing, *texts: str) -> list[Any]:
    return [change for change in one._plan.changes if str(change.address) in texts]
