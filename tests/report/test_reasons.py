"""Beside each name stands why: a word, and then who was at it, or where the spec says so."""

from __future__ import annotations

import pytest

from envctl.model.change import DRIFTED, Action, FieldDiff, Reason, SourceVersion
from envctl.model.secret import Secret
from envctl.model.value import MASKED
from envctl.model.verdict import Verdict
from envctl.report.cells import cell_len
from envctl.report.safe import safe
from tests.report.plans import change, lines, plan, text

PLACE = "environments/stage/flags.yaml:7"
BY = "by ana, 3 h ago"


def row(reason: Reason, action: Action = Action.UPDATE, *, width: int = 120, **keys: str) -> str:
    """Return the line of a change, from the reason on."""
    shown = text(plan(change("variable/batch_size", reason, action, **keys)), width=width)  # type: ignore[arg-type]
    return next(line for line in shown.splitlines() if "batch_size" in line).partition("batch_size   ")[2]


@pytest.mark.parametrize(
    ("reason", "action", "unknown", "known"),
    [
        (Reason.NEW, Action.CREATE, f"new        {PLACE}", None),
        (Reason.SPEC_CHANGED, Action.UPDATE, f"changed    {PLACE}", None),
        (Reason.SECRET_ROTATED, Action.REWRITE, f"rotated    {PLACE}", None),
        (Reason.REWRITE_REQUESTED, Action.REWRITE, f"rewrite    {PLACE}", None),
        (Reason.INTERRUPTED, Action.REWRITE, f"in doubt   {PLACE}", None),
        (Reason.DIFFERS, Action.UPDATE, f"differs    {PLACE}", None),
        (
            Reason.REMOVED_FROM_SPEC,
            Action.DELETE,
            "removed from the spec",
            f"removed from the spec   changed {BY}",
        ),
        (Reason.NOT_IN_SPEC, Action.DELETE, "not in the spec", None),
        (Reason.DRIFT, Action.UPDATE, "drift      changed in Airflow", f"drift      changed {BY}"),
        (
            Reason.CONFLICT,
            Action.UPDATE,
            f"conflict   changed in Airflow; {PLACE}",
            f"conflict   changed {BY}; {PLACE}",
        ),
        (Reason.DELETED_OUTSIDE, Action.CREATE, "deleted    in Airflow", f"deleted    {BY}"),
        (Reason.TOUCHED_OUTSIDE, Action.REWRITE, f"touched    {PLACE}", f"touched    {BY}"),
        (Reason.ADOPT, Action.UPDATE, f"adopt      {PLACE}", f"adopt      changed {BY}; {PLACE}"),
    ],
)
def test_reasons(reason: Reason, action: Action, unknown: str, known: str | None) -> None:
    assert row(reason, action) == unknown
    assert row(reason, action, actor="ana") == (known or unknown)


def test_every_reason_is_tested() -> None:
    marks = test_reasons.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(Reason)


@pytest.mark.parametrize("reason", sorted(DRIFTED))
def test_drift_does_not_look_like_a_change_that_waits(reason: Reason) -> None:
    def style(of: Reason) -> set[str]:
        name = next(line for line in lines(plan(change("variable/a", of))) if line.plain.startswith("  ~ a"))
        return {str(span.style) for span in name.spans if span.start >= len("  ~ a   ")}

    assert "bold magenta" in style(reason)
    assert "bold magenta" not in style(Reason.SPEC_CHANGED)


def test_an_actor_gives_the_terminal_no_orders() -> None:
    shown = row(Reason.DRIFT, actor="\x1b[31m\nana\u202e")
    assert shown == "drift      changed by ␛[31m␊ana\ufffd, 3 h ago"
    assert safe(shown) == shown


@pytest.mark.parametrize("actor", ["", "  "])
def test_an_actor_without_a_name(actor: str) -> None:
    assert row(Reason.DRIFT, actor=actor) == "drift      changed 3 h ago"
    assert row(Reason.TOUCHED_OUTSIDE, actor=actor) == "touched    3 h ago"


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("actor", ["x" * 300, "日" * 300])
def test_long_actors_are_cut(width: int, actor: str) -> None:
    shown = row(Reason.DRIFT, actor=actor, width=width)
    assert shown.endswith("…, 3 h ago")
    assert cell_len(shown) <= min(width - 17, 71)


def test_verbose_says_where_the_spec_has_it_too() -> None:
    shown = text(plan(change("variable/a", Reason.DRIFT, actor="ana")), verbose=True)
    assert f"drift      changed {BY}; {PLACE}" in shown


VAULT = "${vault:ml/stage#pg}"


def rotated(*fields: FieldDiff, versions: tuple[SourceVersion, ...], width: int = 120) -> list[str]:
    """Return the lines of a change."""
    one = change("connection/db", Reason.SECRET_ROTATED, Action.REWRITE, fields=fields, versions=versions)
    shown = text(plan(one), width=width).splitlines()
    start = next(number for number, line in enumerate(shown) if "! db" in line)
    return shown[start : start + 2]


def test_a_rotated_secret_shows_its_versions() -> None:
    password = FieldDiff(("password",), Verdict.DIFFERENT, MASKED, Secret("canary", VAULT))
    moved = SourceVersion(VAULT, "7", "8")
    other = SourceVersion("${vault:ml/stage#other}", "7", "8")
    first, second = rotated(password, versions=(moved, other))
    assert first.endswith("rotated    vault:ml/stage#pg v7 -> v8")
    assert second.split() == ["password", VAULT, "v8"]
    unknown = SourceVersion(VAULT, None, "abc-def-0123456")
    first, second = rotated(password, versions=(unknown,))
    assert first.rstrip().endswith("flags.yaml:7")
    assert second.split() == ["password", VAULT, "abc-def-0123"]


def test_a_long_secret_text_has_the_whole_line_to_itself() -> None:
    text = f"https://someone:{VAULT}@reports.example.com/"
    joined = FieldDiff(("value",), Verdict.DIFFERENT, MASKED, Secret("canary", text))
    _, second = rotated(joined, versions=(SourceVersion(VAULT, "7", "8"),), width=80)
    assert second.strip() == f"value   {text} v8"
