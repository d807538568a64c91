"""What holds of comparing for every JSON value there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from envctl.engine.compare import compare_fields
from envctl.kinds.connection import CONNECTION
from envctl.kinds.variable import VARIABLE
from envctl.model.change import render_path
from envctl.model.secret import Secret
from envctl.model.value import UNSET, unmask_json
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    import random

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text()
    | st.text(alphabet='a*"\\é\ud83d \n')
)
documents = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
objects = st.dictionaries(st.text(max_size=5), documents, max_size=4)


def answered(value: Any) -> Any:
    """Return a value as Airflow answers it after it was stored as JSON."""
    return json.loads(json.dumps(value))


def verdicts(desired: Any, live: Any) -> set[Verdict]:
    found = compare_fields({"value": desired}, {"value": live}, lambda _field, value: value)
    assert all(render_path(leaf.path).startswith("value") for leaf in found)
    return {leaf.verdict for leaf in found}


@given(documents)
def test_what_was_written_is_read_back_as_the_same(value: Any) -> None:
    assert verdicts(value, answered(value)) == set()


@given(st.text() | documents.map(json.dumps))
def test_any_text_of_a_variable_is_read_back_as_the_same(text: str) -> None:
    try:
        stored = json.dumps(json.loads(text))
    except ValueError:
        stored = text
    live = VARIABLE.read({"key": "x", "value": stored, "description": None})
    found = compare_fields({"value": text, "description": UNSET}, live, VARIABLE.as_read)
    assert all(leaf.verdict is not Verdict.DIFFERENT for leaf in found)
    assert not found or "***" in text


@given(objects)
def test_any_extra_of_a_connection_is_read_back_as_the_same(extra: dict[str, Any]) -> None:
    item = dict.fromkeys(("conn_type", "description", "host", "login", "schema", "password", "port"))
    live = CONNECTION.read({**item, "extra": json.dumps(extra)})
    found = compare_fields({"extra": extra}, live, CONNECTION.as_read)
    assert all(leaf.verdict is not Verdict.DIFFERENT for leaf in found)
    assert not found or "***" in json.dumps(extra)


def masked(value: Any, dice: random.Random) -> Any:
    """Mask at random, as Airflow masks: whole leaves, parts of texts, all that is below a key."""
    if isinstance(value, dict):
        return {key: "***" if dice.random() < 0.2 else masked(item, dice) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, dice) for item in value]
    if isinstance(value, str) and dice.random() < 0.5:
        start = dice.randint(0, len(value))
        return value[:start] + "***" + value[dice.randint(start, len(value)) :]
    return value


@given(documents, st.randoms(use_true_random=False))
def test_a_masked_copy_is_never_said_to_differ(value: Any, dice: random.Random) -> None:
    live = unmask_json(masked(answered(value), dice))
    assert Verdict.DIFFERENT not in verdicts(value, live)
    assert Verdict.DIFFERENT not in verdicts(Secret(value, "${X}"), live)


@given(documents, documents)
def test_a_secret_gets_the_verdict_that_its_payload_gets(value: Any, live: Any) -> None:
    open_verdicts = verdicts(value, unmask_json(live))
    secret_verdicts = verdicts(Secret(value, "${X}"), unmask_json(live))
    worst = next((one for one in (Verdict.DIFFERENT, Verdict.UNVERIFIABLE) if one in open_verdicts), None)
    assert secret_verdicts == ({worst} if worst else set())


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, dice) for item in value]
    return value


@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_keys_never_matters(value: Any, dice: random.Random) -> None:
    assert verdicts(value, shuffled(value, dice)) == set()


@given(documents, documents)
def test_same_means_the_same_json(value: Any, live: Any) -> None:
    same = json.dumps(value, sort_keys=True) == json.dumps(live, sort_keys=True)
    assert (verdicts(value, live) == set()) == same
