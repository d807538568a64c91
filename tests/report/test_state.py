"""One row per environment: drifted is not pending, and the last apply is told where there is room."""

from __future__ import annotations

import pytest

from envctl.errors import Unreachable
from envctl.model.change import DRIFTED, Action, Reason
from envctl.model.plan import LedgerNote, Plan
from envctl.report.cells import cell_len
from envctl.report.state import State, row_of_error, row_of_plan, state_of
from envctl.report.status_text import status_text
from tests.report.plans import address, adopted, change, hidden, plan

DRIFT = change("variable/a", Reason.DRIFT)
WAITING = change("variable/b", Reason.SPEC_CHANGED)


@pytest.mark.parametrize("reason", list(Reason))
def test_only_what_moved_in_the_instance_is_drift(reason: Reason) -> None:
    found = state_of(plan(change("variable/a", reason)))
    assert found is (State.DRIFTED if reason in DRIFTED else State.PENDING)
    assert state_of(plan(WAITING, change("variable/a", reason))) is found


def test_states_without_changes() -> None:
    assert state_of(plan()) is State.IN_SYNC
    assert state_of(plan(adopted=adopted("variable/a"))) is State.IN_SYNC
    assert state_of(plan(unverifiable=hidden("connection/c"))) is State.UNVERIFIABLE


@pytest.mark.parametrize(
    ("shown", "detail"),
    [
        (plan(), "nothing in the spec"),
        (plan(DRIFT, WAITING), "1 drifted, 1 to update"),
        (plan(change("variable/a", Reason.NEW, Action.CREATE)), "1 to create"),
        (
            plan(
                DRIFT,
                change("variable/c", Reason.DELETED_OUTSIDE, Action.CREATE),
                change("variable/d", Reason.REMOVED_FROM_SPEC, Action.DELETE),
                in_sync=(address("variable/x"),),
                adopted=adopted("variable/y", "variable/z"),
                unverifiable=hidden("connection/c"),
            ),
            "2 drifted, 1 to delete, 2 to adopt, 1 in sync, 1 unverifiable",
        ),
    ],
)
def test_details(shown: Plan, detail: str) -> None:
    assert row_of_plan(shown).detail == detail


@pytest.mark.parametrize(
    ("note", "applied"),
    [
        (LedgerNote("default", 41, "2026-11-22T08:59:00+00:00"), "#41, 3 h ago"),
        (LedgerNote("default", 41), "#41"),
        (LedgerNote("default", 0), "never applied"),
        (LedgerNote("default", 2, problem="damaged"), "ledger unreadable"),
        (None, ""),
    ],
)
def test_the_last_apply(note: LedgerNote | None, applied: str) -> None:
    assert row_of_plan(plan(ledger=note)).applied == applied


def test_columns() -> None:
    rows = [
        row_of_plan(plan(DRIFT, WAITING)),
        row_of_plan(plan(ledger=LedgerNote("default", 0))),
        row_of_error("gone", Unreachable("airflow.example.com cannot be reached")),
    ]
    assert [line.plain for line in status_text(rows, 120)] == [
        "  stage   drifted       1 drifted, 1 to update   #41, 3 h ago    Airflow 3.3.2   https://airflow.stage.example.com",
        "  stage   in sync       nothing in the spec      never applied   Airflow 3.3.2   https://airflow.stage.example.com",
        "  gone    unreachable   airflow.example.com cannot be reached",
    ]
    narrow = [line.plain for line in status_text(rows, 80)]
    assert "#41" not in narrow[0]
    assert narrow[0].startswith("  stage   drifted       1 drifted, 1 to update   Airflow 3.3.2   https://")
    assert max(map(cell_len, narrow)) <= 80
