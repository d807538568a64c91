"""Where the three ways meet what Airflow hides, rewrites or keeps for itself."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from envctl.engine.known import NO_KEY, NO_MARK, NOT_LOOKED_UP
from envctl.kinds.canonical import canonical
from envctl.model.plan import NEVER_WRITTEN
from envctl.model.secret import Secret
from envctl.model.value import HIDDEN, MASKED, UNMANAGED
from tests.unit.ledgers import BLIND, after, answered, look, nothing, open_leaves, prints, said, touch
from tests.unit.objects import address, desired, live

PW = Secret("old-password", "${PW}")
NEW = Secret("new-password", "${PW}")
C, X = "connection/c", "variable/x"


def test_a_leaf_that_the_spec_leaves_alone_from_now_on() -> None:
    past = after([desired(X, value={"a": 1, "b": 2})], [])
    now = desired(X, value={"a": 1, "b": UNMANAGED})
    had = live(X, value={"a": 1, "b": 3})
    assert said(look([now], [had], past)) == []
    assert set(after([now], [had], past).entries[address(X)].digests) == {"value.a"}
    assert said(look([now], [live(X, value={"a": 2, "b": 3})], past)) == ["~ conflict variable/x: value.a"]


@pytest.mark.parametrize("now", [3, None, "x", {"c": 1}, [1]])
def test_a_leaf_that_is_left_alone_never_drifts(now: Any) -> None:
    one = desired(X, value={"a": 1, "b": UNMANAGED})
    past = after([one], [live(X, value={"a": 1, "b": 2})])
    assert said(look([one], [live(X, value={"a": 1, "b": now})], past)) == []
    (change,) = look(
        [desired(X, value={"a": 2, "b": UNMANAGED})], [live(X, value={"a": 1, "b": now})], past
    ).changes
    assert change.reason.value == "spec_changed"
    assert change.desired is not None
    assert change.desired.fields["value"] == {"a": 2, "b": now}


def test_a_field_that_is_left_alone_never_drifts() -> None:
    one = desired(X, description=UNMANAGED)
    past = after([one], [])
    assert said(look([one], [live(X, description="theirs")], past)) == []
    assert said(
        look([desired(X, value="2", description=UNMANAGED)], [live(X, description="theirs")], past)
    ) == ["~ spec_changed variable/x: value"]


def test_a_hidden_leaf_that_the_spec_leaves_alone_from_now_on() -> None:
    """Below a name that is sensitive as a whole, Airflow hides also that the leaf is there."""
    past = after([desired(C, extra={"a": PW, "b": "plain"})], [])
    now = desired(C, extra={"a": PW, "b": UNMANAGED})
    assert said(look([now], [live(C, extra=MASKED)], past)) == []


def test_a_secret_that_becomes_plain_text_and_a_secret_again() -> None:
    secret, plain = desired(X, value={"a": PW}), desired(X, value={"a": "plain"})
    past = after([secret], [])
    assert said(look([plain], [live(X, value={"a": MASKED})], past)) == ["~ spec_changed variable/x: value.a"]
    past = after([plain], [live(X, value={"a": MASKED})], past)
    assert said(look([plain], [live(X, value={"a": "plain"})], past)) == []
    past = after([plain], [live(X, value={"a": "plain"})], past)
    # The same text from a secret source: nothing differs, and from now on it is a secret.
    again = desired(X, value={"a": Secret("plain", "${PW}")})
    assert said(look([again], [live(X, value={"a": "plain"})], past)) == []
    past = after([again], [live(X, value={"a": "plain"})], past)
    entry = past.entries[address(X)]
    assert (set(entry.digests), set(entry.fingerprints)) == (set(), {"value.a"})
    assert said(look([secret], [live(X, value={"a": "plain"})], past)) == [
        "~ secret_rotated variable/x: value.a"
    ]


def test_the_live_copy_of_a_secret_that_was_taken_out_is_not_shown() -> None:
    """Nobody but the ledger knows that the text in the instance is a secret."""
    past = after([desired(X, value=PW)], [])
    (change,) = look([desired(X, value="plain")], [live(X, value="old-password")], past).changes
    assert [leaf.live for leaf in change.fields] == [HIDDEN]
    past = after([desired(X, value={"a": PW})], [])
    for now in ("plain", {"b": 1}, {"a": {"c": 1}}):
        had = live(X, value={"a": "old-password"})
        (change,) = look([desired(X, value=now)], [had], past).changes
        assert "old-password" not in repr(change.fields)


def test_a_plain_text_that_airflow_masks_by_its_value() -> None:
    """It masks each secret that it knows wherever it stands; that shows once the object is there."""
    one = desired(C, host="db.internal", password=PW)
    past = after([one], [])
    assert "host" in past.entries[address(C)].digests
    had = live(C, host=MASKED, password=MASKED)
    assert look([one], [had], past).in_sync
    past = after([one], [had], past)
    assert set(past.entries[address(C)].fingerprints) == {"host", "password"}
    assert past.entries == after([one], [had], past, serial=2).entries
    moved = desired(C, host="db2.internal", password=PW)
    assert said(look([moved], [had], past)) == ["~ spec_changed connection/c: host"]
    # Airflow no longer masks it: what it holds can be held against the mark.
    assert said(look([one], [live(C, host="other", password=MASKED)], past)) == ["~ drift connection/c: host"]


def test_without_the_key_a_hidden_leaf_stays_open_and_its_mark_is_kept() -> None:
    one, other = desired(C, password=PW), desired(C, password=NEW)
    past = after([one], [])
    keyless = replace(past, prints=prints("", keyed=True))
    for wanted in (one, other):
        found = look([wanted], [answered(wanted)], keyless, touch(C))
        assert (said(found), open_leaves(found)) == ([], ["connection/c: password"])
        assert found.unverifiable[0].why == NO_KEY
        assert after([wanted], [answered(wanted)], keyless, serial=2).entries == past.entries
        assert after([wanted], [answered(wanted)], keyless, blind=BLIND).entries == past.entries
    assert said(look([other], [answered(other)], past)) == ["! secret_rotated connection/c: password"]


def test_without_the_key_another_field_may_change() -> None:
    past = after([desired(C, password=PW)], [])
    keyless = replace(past, prints=prints("", keyed=True))
    had = answered(desired(C, password=PW))
    found = look([desired(C, password=PW, host="h")], [had], keyless)
    assert said(found) == ["~ spec_changed connection/c: host, password"]
    # No mark can be made of what is written then; a run that has the key writes it again, once.
    wanted = desired(C, password=PW, host="h")
    past = replace(after([wanted], [had], keyless), prints=prints())
    assert said(look([wanted], [answered(wanted)], past)) == ["! interrupted connection/c: password"]
    past = after([wanted], [answered(wanted)], past)
    assert look([wanted], [answered(wanted)], past).changes == ()


@pytest.mark.parametrize("shown", [{"a": MASKED, "z_token": MASKED}, MASKED], ids=["leaves", "whole"])
def test_a_missing_key_is_told_before_anything_else(shown: Any) -> None:
    """Whoever has the key is to judge who touched the object: so long, the log is not taken for seen."""
    adopted = desired(C, extra={"a": PW})
    had = live(C, extra={"a": MASKED})
    past = after([adopted], [had])
    both = desired(C, extra={"a": PW, "z_token": "t"})
    entry = after([both], []).entries[address(C)]
    past = replace(past, entries={address(C): replace(entry, unwritten=frozenset({"extra.a"}))})
    slow = after([adopted], [], replace(nothing(), prints=prints(""))).entries[address(C)]
    marks = {**entry.fingerprints, "extra.a": slow.fingerprints["extra.a"]}
    mixed = replace(past.entries[address(C)], fingerprints=marks)
    keyless = replace(past, prints=prints("", keyed=True), entries={address(C): mixed})
    found = look([both], [live(C, extra=shown)], keyless, touch(C))
    assert (said(found), [one.why for one in found.unverifiable]) == ([], [NO_KEY])


def test_what_was_adopted_without_the_key_is_not_known() -> None:
    for one in (desired(C, password=PW), desired("variable/api_token", value="plain")):
        past = after([one], [answered(one)], replace(nothing(), prints=prints("", keyed=True)))
        assert set(past.entries[one.address].fingerprints.values()) == {""}
        found = look([one], [answered(one)], past)
        assert [each.why for each in found.unverifiable] == [NO_MARK]
        # With the key it can be written when somebody touches it, and has a mark from the next apply on.
        keyed = replace(past, prints=prints())
        assert said(look([one], [answered(one)], keyed, touch(str(one.address))))[0].startswith("! touched")
        assert [
            each.why
            for each in look([one], [answered(one)], after([one], [answered(one)], keyed)).unverifiable
        ] == [NEVER_WRITTEN]


DOCUMENT = Secret('{"user": "u", "n": [1, 2]}', "${DOC}")


def test_a_secret_that_is_a_document_and_readable() -> None:
    one = desired(X, value=DOCUMENT)
    past = after([one], [])
    assert list(past.entries[address(X)].fingerprints) == ["value"]
    had = live(X, value={"n": [1, 2], "user": "u"})
    assert look([one], [had], past).in_sync
    assert said(look([replace(one, fields={**one.fields, "description": "d"})], [had], past)) == [
        "~ spec_changed variable/x: description"
    ]
    assert said(look([one], [live(X, value={"n": [1], "user": "u"})], past)) == ["~ drift variable/x: value"]
    assert said(look([one], [live(X, value="text")], past)) == ["~ drift variable/x: value"]
    rotated = desired(X, value=Secret('{"user": "v", "n": [1, 2]}', "${DOC}"))
    assert said(look([rotated], [had], past)) == ["~ secret_rotated variable/x: value"]


def test_a_secret_that_is_a_document_and_hidden() -> None:
    one = desired("variable/app_secret", value=DOCUMENT)
    past = after([one], [])
    had = live("variable/app_secret", value={"n": [1, 2], "user": MASKED})
    assert look([one], [had], past).in_sync
    assert said(look([one], [had], past, touch("variable/app_secret"))) == [
        "! touched_outside variable/app_secret: value"
    ]
    rotated = desired("variable/app_secret", value=Secret('{"user": "v", "n": [1, 2]}', "${DOC}"))
    assert said(look([rotated], [had], past)) == ["! secret_rotated variable/app_secret: value"]


@pytest.mark.parametrize("text", ["s3cret", "1e3", "007", "true", '"é"', " 5", "{not json", "[1, 2.50]", ""])
def test_a_secret_that_can_be_read(text: str) -> None:
    """Airflow answers numbers and documents in its own spelling: that is no drift."""
    one = desired(X, value=Secret(text, "${X}"))
    past = after([one], [])
    read = live(X, value=canonical(text))
    assert look([one], [read], past).in_sync
    other = desired(X, value=Secret(text, "${X}"), description="d")
    assert said(look([other], [read], past)) == ["~ spec_changed variable/x: description"]
    assert said(look([one], [live(X, value="theirs")], past)) == ["~ drift variable/x: value"]
    # An event tells nothing new of what can be read.
    assert look([one], [read], past, touch(X)).in_sync


def test_an_extra_that_is_masked_as_a_whole() -> None:
    one = desired(C, extra={"a": PW, "b": "plain", "c": {"d": 1}})
    past = after([one], [])
    had = live(C, extra=MASKED)
    assert look([one], [had], past).in_sync
    assert said(look([one], [had], past, touch(C))) == ["! touched_outside connection/c: extra"]
    for now, sign in (
        ({"a": NEW, "b": "plain", "c": {"d": 1}}, "! secret_rotated"),
        ({"a": PW, "b": "other", "c": {"d": 1}}, "~ spec_changed"),
        ({"a": PW, "b": "plain", "c": {"d": 2}}, "~ spec_changed"),
        ({"a": PW, "b": "plain"}, "~ spec_changed"),
        ({"a": PW, "b": "plain", "c": {"d": 1, "e": 1}}, "~ spec_changed"),
    ):
        assert said(look([desired(C, extra=now)], [had], past)) == [f"{sign} connection/c: extra"]


@pytest.mark.parametrize(
    "where", [{"password": PW}, {"extra": {"a": PW}}, {"extra": {"a": PW, "token": "t"}}]
)
def test_secrets_that_are_not_looked_up(where: dict[str, Any]) -> None:
    def unknown(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unknown(item) for key, item in value.items()}
        return Secret.unavailable(value.label) if isinstance(value, Secret) else value

    past = after([desired(C, **where)], [])
    had = answered(desired(C, **where))
    wanted = desired(C, **{name: unknown(value) for name, value in where.items()})
    found = look([wanted], [had], past, touch(C))
    assert said(found) == []
    assert [one.why for one in found.unverifiable] == [NOT_LOOKED_UP]
    changed = look([replace(wanted, fields={**wanted.fields, "host": "h"})], [had], past)
    assert said(changed)[0].startswith("~ spec_changed connection/c: host")


@pytest.mark.parametrize("value", ["", [], {}, "{}", "[]", "null", "0"])
def test_values_that_say_little(value: Any) -> None:
    one = desired(X, value=value)
    past = after([one], [])
    assert look([one], [answered(one)], past).in_sync
    assert said(look([one], [live(X, value="x")], past)) == ["~ drift variable/x: value"]
    assert said(look([desired(X, value="x")], [answered(one)], past)) == ["~ spec_changed variable/x: value"]
    past = after([desired(X, value="x")], [])
    assert said(look([desired(X, value="x")], [answered(one)], past)) == ["~ drift variable/x: value"]


def test_somebody_adds_and_takes_away_leaves() -> None:
    one = desired(C, extra={"a": {"b": 1}, "l": [1, {"x": 1}]})
    past = after([one], [])
    for extra, paths in (
        ({"a": {"b": 1}, "l": [1, {"x": 1}], "n": 0}, "extra.n"),
        ({"a": {"b": 1, "c": 2}, "l": [1, {"x": 1}]}, "extra.a.c"),
        ({"a": {}, "l": [1, {"x": 1}]}, "extra.a.b"),
        ({"a": {"b": 1}}, "extra.l"),
        ({"a": {"b": 1}, "l": [1, {"x": 2}]}, "extra.l[1].x"),
        ({"a": {"b": 1}, "l": [1]}, "extra.l"),
        ({"a": 1, "l": [1, {"x": 1}]}, "extra.a"),
        (None, "extra"),
    ):
        assert said(look([one], [live(C, extra=extra)], past)) == [f"~ drift connection/c: {paths}"], extra


def test_nothing_applied_yet_is_new() -> None:
    assert said(look([desired(X)], [], nothing())) == ["+ new variable/x: value"]
