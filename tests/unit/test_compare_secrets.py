"""Secrets against what Airflow shows: compared where it can be read, and never shown."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.engine.compare import compare_fields, judge
from envctl.kinds.connection import CONNECTION
from envctl.kinds.variable import VARIABLE
from envctl.model.change import render_path
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNSET, Masked
from envctl.model.verdict import Verdict

SAME, DIFFERENT, UNVERIFIABLE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNVERIFIABLE


def secret(payload: Any) -> Secret:
    return Secret(payload, "${X}")


@pytest.mark.parametrize(
    ("payload", "live", "verdict"),
    [
        ("pw", "pw", SAME),
        ("pw", "other", DIFFERENT),
        ("pw", "", DIFFERENT),
        ("pw", None, DIFFERENT),
        ("pw", UNSET, DIFFERENT),
        ("pw", MASKED, UNVERIFIABLE),
        ("u:pw@h", Masked(("u:", "@h")), UNVERIFIABLE),
        ("u:pw@h", Masked(("u:", "@g")), DIFFERENT),
        (5432, 5432, SAME),
        (5432, "5432", DIFFERENT),
        (True, True, SAME),
        ({"a": 1}, {"a": 1}, SAME),
        ({"a": 1}, {"a": 2}, DIFFERENT),
        ({"a": "x", "b": 1}, {"a": MASKED, "b": 1}, UNVERIFIABLE),
        ({"a": "x", "b": 1}, {"a": MASKED, "b": 2}, DIFFERENT),
        ([1, "x"], [1, MASKED], UNVERIFIABLE),
        ([1, "x"], [1], DIFFERENT),
        ({"a": 1}, MASKED, UNVERIFIABLE),
    ],
)
def test_a_secret_leaf(payload: Any, live: Any, verdict: Verdict) -> None:
    assert judge(secret(payload), live) is verdict


@pytest.mark.parametrize("live", ["pw", "", None, UNSET, MASKED, {"a": 1}, 5])
def test_what_is_not_known_here_cannot_be_verified(live: Any) -> None:
    assert judge(Secret.unavailable("${vault:a#b}"), live) is UNVERIFIABLE


@pytest.mark.parametrize(
    ("text", "answered", "verdict"),
    [
        ('{"a":1, "b":"x"}', '{"b": "x", "a": 1}', None),
        ('{"a":1, "b":"x"}', '{"a": 1, "b": "***"}', UNVERIFIABLE),
        ('{"a":1, "b":"x"}', '{"a": 2, "b": "***"}', DIFFERENT),
        ("1e3", "1000.0", None),
        ("plain", "***", UNVERIFIABLE),
        ("plain", "other", DIFFERENT),
        ('"quoted"', '"***"', UNVERIFIABLE),
        ("unquoted", '"***"', DIFFERENT),
    ],
)
def test_a_variable_whose_whole_text_is_a_secret(text: str, answered: str, verdict: Verdict | None) -> None:
    live = VARIABLE.read({"key": "x", "value": answered, "description": None})
    found = compare_fields({"value": secret(text), "description": UNSET}, live, VARIABLE.as_read)
    assert [leaf.verdict for leaf in found] == ([verdict] if verdict else [])
    assert all(str(leaf.desired) == "${X}" for leaf in found)


@pytest.mark.parametrize(
    ("desired", "live", "leaves"),
    [
        ([secret("a"), "b"], ["a", "b"], []),
        ([secret("a"), "b"], ["x", "b"], [("value[0]", DIFFERENT)]),
        ([secret("a"), "b"], [MASKED, "c"], [("value[0]", UNVERIFIABLE), ("value[1]", DIFFERENT)]),
        ([secret("a"), "b"], ["a"], [("value", DIFFERENT)]),
        ([secret("a")], ["a", "b"], [("value", DIFFERENT)]),
        ({"k": {"s": secret("a")}}, {"k": {"s": "a"}}, []),
        ({"k": {"s": secret("a")}}, {"k": {}}, [("value.k.s", DIFFERENT)]),
        (
            {"k": {"s": secret("a")}},
            {"k": {"s": MASKED, "t": 1}},
            [("value.k.s", UNVERIFIABLE), ("value.k.t", DIFFERENT)],
        ),
        ({"k": secret("a")}, MASKED, [("value", UNVERIFIABLE)]),
        ({"k": secret("1e3")}, {"k": "1e3"}, []),
        ({"k": secret("1e3")}, {"k": 1000.0}, [("value.k", DIFFERENT)]),
    ],
)
def test_secrets_inside_of_json(desired: Any, live: Any, leaves: list[tuple[str, Verdict]]) -> None:
    found = compare_fields({"value": desired}, {"value": live}, VARIABLE.as_read)
    assert [(render_path(leaf.path), leaf.verdict) for leaf in found] == leaves
    assert all(not isinstance(leaf.desired, str) or leaf.desired != "a" for leaf in found)


@pytest.mark.parametrize(
    ("password", "live", "verdict"),
    [
        (secret("pw"), MASKED, UNVERIFIABLE),
        (secret("pw"), None, DIFFERENT),
        ("pw", MASKED, UNVERIFIABLE),
        (UNSET, None, None),
        (UNSET, MASKED, DIFFERENT),
        ("", None, None),
        ("", MASKED, DIFFERENT),
    ],
)
def test_passwords(password: Any, live: Any, verdict: Verdict | None) -> None:
    found = compare_fields({"password": password}, {"password": live}, CONNECTION.as_read)
    assert [leaf.verdict for leaf in found] == ([verdict] if verdict else [])


@pytest.mark.parametrize(
    ("extra", "live", "paths"),
    [
        (UNSET, None, []),
        (UNSET, "", []),
        (UNSET, {}, []),
        ({}, None, []),
        ({}, {}, []),
        ({}, {"a": 1}, ["extra"]),
        (UNSET, {"a": 1}, ["extra"]),
        ({"a": 1}, None, ["extra"]),
        ({"a": 1}, {"a": 1, "b": 2}, ["extra.b"]),
        ({"token": secret("x"), "a": 1}, {"token": MASKED, "a": 1}, ["extra.token"]),
    ],
)
def test_extras(extra: Any, live: Any, paths: list[str]) -> None:
    found = compare_fields({"extra": extra}, {"extra": live}, CONNECTION.as_read)
    assert [render_path(leaf.path) for leaf in found] == paths
