"""The whole of a plan as people read it: columns, sections, counts, in narrow and in wide terminals."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from envctl.model.change import Action, FieldDiff, Reason
from envctl.model.plan import NEVER_WRITTEN, LedgerNote, Plan
from envctl.model.value import MASKED
from envctl.model.verdict import Verdict
from envctl.report.cells import cell_len
from tests.report.plans import (
    HIDDEN,
    NOTE,
    PASSWORD,
    address,
    adopted,
    change,
    foreign,
    hidden,
    lines,
    plan,
    text,
)

ROTATED = FieldDiff(("password",), Verdict.DIFFERENT, MASKED, PASSWORD)


def sample() -> Plan:
    """A plan with a change for every reason, and an object in every section."""
    return plan(
        change("variable/batch_size", Reason.DRIFT, actor="ana"),
        change(
            "variable/a_name_of_thirty-six_letters_as_here", Reason.CONFLICT, actor="somebody@example.com"
        ),
        change("variable/feature_flags", Reason.SPEC_CHANGED),
        change("variable/report", Reason.DELETED_OUTSIDE, Action.CREATE, actor="ana", hours=50),
        change("variable/old", Reason.REMOVED_FROM_SPEC, Action.DELETE),
        change("connection/db", Reason.SECRET_ROTATED, Action.REWRITE, fields=(ROTATED,)),
        change("connection/w", Reason.TOUCHED_OUTSIDE, Action.REWRITE, actor="ana", fields=(HIDDEN,)),
        change("pool/gpu", Reason.ADOPT, fields=(FieldDiff(("slots",), Verdict.DIFFERENT, 1, 2),)),
        in_sync=(address("variable/x"), address("variable/theirs")),
        unverifiable=hidden("connection/c", "connection/d", why=NEVER_WRITTEN),
        adopted=adopted("variable/y", "variable/z"),
        foreign=foreign("variable/theirs", "variable/other"),
        kept=(address("variable/kept"),),
        unmanaged=(address("variable/scratch"),),
    )


WIDE = """\
stage   https://airflow.stage.example.com   Airflow 3.3.2   spec 1a2b3c4   apply #41, 3 h ago

  variables
  ~ a_name_of_thirty-six_letters_as_here   conflict   changed by somebody@example.com, 3 h ago
    environments/stage/flags.yaml:7
        value   400  ->  500
  ~ batch_size                             drift      changed by ana, 3 h ago
        value   400  ->  500
  ~ feature_flags                          changed    environments/stage/flags.yaml:7
        value   400  ->  500
  - old                                    removed from the spec
  + report                                 deleted    by ana, 2 days ago
        value   500

  connections
  ! db                                     rotated    environments/stage/flags.yaml:7
        password   ${PG_PASSWORD}
  ! w                                      touched    by ana, 3 h ago
        password   ${PG_PASSWORD}   written again; Airflow hides what it has

  pools
  ~ gpu                                    adopt      environments/stage/flags.yaml:7
        slots   1  ->  2

  cannot be verified   Airflow hides what it has; all else agrees
    connection/c   password
    connection/d   password
      envctl found it there and has not written it yet
      apply --rewrite-secrets ADDRESS writes the secret of the spec

  in the spec, but of other owners   equal now, and never written from here
    variable/theirs   platform

  1 to create   4 to update   2 to rewrite   1 to delete   2 to adopt   2 in sync   2 cannot be verified
  1 kept   2 of other owners   1 unmanaged"""


def test_wide() -> None:
    assert text(sample(), width=110) == WIDE


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    for line in lines(sample(), width=width):
        assert cell_len(line.plain) <= width, line.plain
    for line in lines(sample(), width=width, verbose=True):
        assert cell_len(line.plain) <= width, line.plain


def test_narrow() -> None:
    shown = text(sample(), width=80).splitlines()
    assert shown[:2] == [
        "stage   https://airflow.stage.example.com   Airflow 3.3.2",
        "        spec 1a2b3c4   apply #41, 3 h ago",
    ]
    starts = {
        line.index(word) for line in shown for word in ("drift  ", "changed  ", "deleted  ") if word in line
    }
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("note", "end"),
    [
        (NOTE, "spec 1a2b3c4   apply #41, 3 h ago"),
        (replace(NOTE, time=None), "spec 1a2b3c4   apply #41"),
        (replace(NOTE, time="nonsense"), "spec 1a2b3c4   apply #41"),
        (replace(NOTE, owner="ml"), "spec 1a2b3c4   apply #41 as owner ml, 3 h ago"),
        (LedgerNote("default", 0), "spec 1a2b3c4   never applied"),
        (LedgerNote("ml", 0), "spec 1a2b3c4   never applied as owner ml"),
        (LedgerNote("default", 3, problem="damaged"), "spec 1a2b3c4   ledger cannot be read"),
        (None, "Airflow 3.3.2   spec 1a2b3c4"),
    ],
)
def test_the_first_line_ends_in_the_last_apply(note: LedgerNote | None, end: str) -> None:
    assert lines(plan(ledger=note))[0].plain.endswith(end)


def test_a_ledger_that_cannot_be_read_is_seen_at_once() -> None:
    broken = lines(plan(ledger=LedgerNote("default", 3, problem="damaged")))[0]
    assert "yellow" in {str(span.style) for span in broken.spans}
    assert "yellow" not in {str(span.style) for span in lines(plan())[0].spans}


def test_adopted_kept_and_unmanaged_objects_are_counted_and_named_when_asked() -> None:
    assert "variable/y" not in text(sample())
    assert "variable/kept" not in text(sample())
    assert "variable/scratch" not in text(sample())
    shown = text(sample(), verbose=True)
    assert "  to adopt   there already, and equal: only the ledger takes them in\n    variable/y\n" in shown
    assert "  kept   no longer in the spec, and may not be pruned\n    variable/kept\n" in shown
    assert "  unmanaged   left alone\n    variable/scratch\n" in shown
    assert "  of other owners   left alone\n    variable/other   platform\n" in shown


def test_an_object_of_others_that_the_spec_claims_is_named_in_any_case() -> None:
    shown = text(plan(foreign=foreign("connection/c"), unverifiable=hidden("connection/c")))
    assert "in the spec, but of other owners" in shown
    shown = text(plan(foreign=foreign("connection/c", "variable/v")))
    assert "connection/c" not in shown
    assert shown.endswith("  2 of other owners")
    many = foreign(*(f"variable/v{number}" for number in range(20)))
    shown = text(plan(foreign=many, in_sync=tuple(one.address for one in many)))
    assert "    and 12 more; -v names them all" in shown


def test_an_object_of_others_that_differs_is_not_said_to_be_adopted_or_left_alone() -> None:
    theirs = change("variable/theirs", Reason.ADOPT, blocked="it belongs to owner platform")
    shown = text(plan(theirs, foreign=foreign("variable/theirs")), verbose=True)
    assert "~ theirs   differs    environments/stage/flags.yaml:7" in shown
    assert "cannot be written: it belongs to owner platform" in shown
    assert "left alone" not in shown


def test_why_is_said_once_for_all_that_share_it() -> None:
    shown = text(
        plan(
            unverifiable=(
                *hidden("connection/a", why=NEVER_WRITTEN),
                *hidden("connection/b", "connection/c", why="its secret was not looked up"),
                *hidden("connection/d"),
            )
        )
    )
    assert shown.count("its secret was not looked up") == 1
    assert "apply --rewrite-secrets connection/a writes the secret of the spec" in shown


def test_plain_text_that_airflow_hides_cannot_be_rewritten_as_a_secret() -> None:
    plain = FieldDiff(("value",), Verdict.UNVERIFIABLE, MASKED, "plain")
    shown = text(plan(unverifiable=hidden("variable/api_key", why=NEVER_WRITTEN, leaf=plain)))
    assert NEVER_WRITTEN in shown
    assert "--rewrite-secrets" not in shown


def test_a_rotated_secret_among_other_changes_is_marked() -> None:
    fields = (FieldDiff(("host",), Verdict.DIFFERENT, "a", "b"), ROTATED)
    shown = text(plan(change("connection/db", Reason.SPEC_CHANGED, fields=fields)))
    assert "password   (masked)  ->  ${PG_PASSWORD}" in shown
