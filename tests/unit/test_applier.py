"""Carrying out a plan: in steps, stopped in time, and with a true account of every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envctl.engine.applier import Execution, execute, steps
from envctl.errors import Unreachable
from envctl.kinds import KINDS
from envctl.model.outcome import ApplyReport, ChangeOutcome, Outcome
from envctl.model.plan import Comparison, Instance, Plan, Revision
from tests.unit.objects import address, compared, desired, live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.request import Passenger

WANTED = [
    desired("connection/a"),
    desired("connection/b"),
    desired("pool/p", slots=2),
    desired("variable/x"),
    desired("variable/y"),
]
HAD = [live("pool/p"), live("variable/old"), live("connection/old")]
CHANGES = compared(WANTED, HAD, prune_all=True).changes
STEPS = steps(KINDS, CHANGES)

APPLIED = ChangeOutcome(Outcome.APPLIED)
FAILED = ChangeOutcome(Outcome.FAILED, "no")


class Hands:
    """Writes one change a request; what is listed fails, or breaks the connection."""

    def __init__(self, failing: str = "", breaking: str = "", *, told_before_breaking: bool = False) -> None:
        self.failing, self.breaking, self.tells = failing, breaking, told_before_breaking
        self.sent: list[str] = []

    def write(
        self, kind: Kind, changes: tuple[Change, ...], passenger: Passenger | None = None
    ) -> Iterator[Mapping[Address, ChangeOutcome]]:
        assert passenger is None
        for change in changes:
            text = str(change.address)
            assert change.address.kind == kind.name
            self.sent.append(text)
            if text == self.breaking:
                if self.tells:
                    yield {change.address: FAILED}
                raise Unreachable("the line is dead")
            yield {change.address: FAILED if text == self.failing else APPLIED}


def run(hands: Hands, stop: Callable[[], bool] = lambda: False) -> tuple[Execution, list[int]]:
    heard: list[int] = []
    return execute(
        STEPS, hands, stop=lambda: "stopped on request" if stop() else None, progress=heard.append
    ), heard


def outcomes(execution: Execution) -> dict[str, str]:
    return {str(one): outcome.outcome.value for one, outcome in execution.outcomes.items()}


ALL = ["connection/a", "connection/b", "pool/p", "variable/x", "variable/y", "variable/old", "connection/old"]


def test_steps_hold_what_can_share_requests() -> None:
    assert [(step.kind.name, [str(one.address) for one in step.changes]) for step in STEPS] == [
        ("connection", ["connection/a", "connection/b"]),
        ("pool", ["pool/p"]),
        ("variable", ["variable/x", "variable/y"]),
        ("variable", ["variable/old"]),
        ("connection", ["connection/old"]),
    ]
    assert tuple(change for step in STEPS for change in step.changes) == CHANGES
    assert steps(KINDS, ()) == ()


def test_all_goes_well() -> None:
    hands = Hands()
    execution, heard = run(hands)
    assert hands.sent == ALL
    assert outcomes(execution) == dict.fromkeys(ALL, "applied")
    assert execution.interrupted is None
    assert heard == [1] * 7


@pytest.mark.parametrize(
    ("failing", "made"),
    [
        ("connection/a", ["connection/b", "pool/p"]),
        ("pool/p", ["connection/a", "connection/b"]),
        ("variable/x", ["connection/a", "connection/b", "pool/p", "variable/y"]),
        ("variable/old", [*ALL[:5]]),
        ("connection/old", [*ALL[:6]]),
    ],
)
def test_a_failure_stops_what_builds_on_its_level(failing: str, made: list[str]) -> None:
    execution, _ = run(Hands(failing=failing))
    left = [one for one in ALL if one != failing and one not in made]
    expected = dict.fromkeys(made, "applied") | {failing: "failed"} | dict.fromkeys(left, "not_attempted")
    assert outcomes(execution) == expected
    assert execution.outcomes[address(failing)].error == "no"
    assert execution.interrupted is None


@pytest.mark.parametrize("told", [True, False])
def test_a_broken_connection_ends_the_work_and_nothing_is_made_up(told: bool) -> None:  # noqa: FBT001
    hands = Hands(breaking="connection/b", told_before_breaking=told)
    execution, _ = run(hands)
    assert hands.sent == ["connection/a", "connection/b"]
    assert outcomes(execution) == {
        **dict.fromkeys(ALL, "not_attempted"),
        "connection/a": "applied",
        "connection/b": "failed" if told else "not_attempted",
    }
    assert execution.interrupted == "the line is dead"


@pytest.mark.parametrize("after", range(8))
def test_stopping_takes_effect_after_the_request_in_flight(after: int) -> None:
    hands = Hands()
    execution, _ = run(hands, stop=lambda: len(hands.sent) >= after)
    assert hands.sent == ALL[:after]
    expected = dict.fromkeys(ALL[:after], "applied") | dict.fromkeys(ALL[after:], "not_attempted")
    assert outcomes(execution) == expected
    assert execution.interrupted == (None if after == 7 else "stopped on request")


def test_a_report_counts_and_knows_whether_it_converged() -> None:
    execution, _ = run(Hands(failing="variable/x"))
    comparison = Comparison(CHANGES, (), (), (), 3)
    plan = Plan("dev", Instance("http://a", "3.3.2"), Revision(None, dirty=False), comparison)
    report = ApplyReport(plan, execution.outcomes, after=None)
    assert [report.count(one) for one in (Outcome.APPLIED, Outcome.FAILED, Outcome.NOT_ATTEMPTED)] == [
        4,
        1,
        2,
    ]
    assert report.converged is None
    assert ApplyReport(plan, {}, after=comparison).converged is False
    assert ApplyReport(plan, {}, after=Comparison((), (), (), (), 3)).converged is True
    assert plan.summary() == {
        "create": 4,
        "update": 1,
        "rewrite": 0,
        "delete": 2,
        "adopt": 0,
        "observe": 0,
        "in_sync": 0,
        "unverifiable": 0,
        "unmanaged": 0,
        "foreign": 0,
        "kept": 0,
        "refused": 0,
    }
