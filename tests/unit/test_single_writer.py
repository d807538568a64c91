"""Objects written one by one: side by side, with a true account of each, whatever happens in between."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from envctl.airflow.calls import Calls
from envctl.airflow.single import SingleWriter
from envctl.crew import Crew
from envctl.errors import Ambiguous, Forbidden, InstanceError, Locked, RequestFailed, Unreachable
from envctl.kinds import KINDS
from envctl.kinds.variable import VARIABLE
from envctl.model.change import Action
from envctl.model.outcome import Outcome
from tests.unit.objects import compared, desired, live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.model.change import Change
    from envctl.model.event import Sent
    from envctl.model.outcome import ChangeOutcome
    from envctl.model.request import ApiCall

NO_ANSWER = Ambiguous("no answer")


def failed(status: int) -> RequestFailed:
    return RequestFailed(f"answers {status}", status=status)


class Line:
    """A session that answers as it is told: `METHOD id` to errors, one for each try, None for a success."""

    def __init__(self, **told: Any) -> None:
        self.told = {key: list(errors) for key, errors in told.items()}
        self.asked: list[str] = []
        self.at_once = self.most = 0
        self._guard = threading.Lock()

    def request(self, call: ApiCall, _purpose: str, sent: Any) -> Any:
        name = call.path.rpartition("/")[2] if call.method != "POST" else call.body["key"]
        key = f"{call.method}_{name}"
        with self._guard:
            self.asked.append(key)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        threading.Event().wait(0.01)
        with self._guard:
            self.at_once -= 1
            errors = self.told.get(key)
            error: InstanceError | None = errors.pop(0) if errors else None
        sent(1)
        if error is not None:
            raise error


def changes(action: Action, *names: str) -> tuple[Change, ...]:
    made = [desired(f"variable/{name}") for name in names]
    if action is Action.CREATE:
        return compared(made, []).changes
    if action is Action.UPDATE:
        return compared(made, [live(f"variable/{name}", value="other") for name in names]).changes
    return compared([], [live(f"variable/{name}") for name in names], prune_all=True).changes


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew(3, "write")
    yield crew
    crew.dismiss()


def write(
    line: Any, crew: Crew, given: tuple[Change, ...], ready: Any = lambda: None
) -> tuple[dict[str, ChangeOutcome], Exception | None, list[Sent]]:
    sent: list[Sent] = []
    told: dict[str, ChangeOutcome] = {}
    try:
        for some in SingleWriter(line, Calls((3, 3)), crew, sent, ready).write(VARIABLE, given):
            told |= {address.id: outcome for address, outcome in some.items()}
    except (InstanceError, Locked) as error:
        return told, error, sent
    return told, None, sent


def test_all_are_written_some_at_a_time(crew: Crew) -> None:
    line = Line()
    names = [f"v{n}" for n in range(10)]
    told, error, sent = write(line, crew, changes(Action.CREATE, *names))
    assert error is None
    assert {name: one.outcome for name, one in told.items()} == dict.fromkeys(names, Outcome.APPLIED)
    assert sorted(line.asked) == sorted(f"POST_{name}" for name in names)
    assert 1 < line.most <= 3
    assert {one.name for one in sent} == {"post_variable"}
    assert len({one.mark for one in sent}) == len(names)


@pytest.mark.parametrize(
    ("action", "told", "outcome", "words"),
    [
        (Action.CREATE, {"POST_a": [failed(409)]}, Outcome.FAILED, "somebody made it after it was read"),
        (Action.UPDATE, {"PATCH_a": [failed(404)]}, Outcome.FAILED, "somebody deleted it after it was read"),
        (Action.DELETE, {"DELETE_a": [failed(404)]}, Outcome.APPLIED, ""),
        (Action.UPDATE, {"PATCH_a": [failed(400)]}, Outcome.FAILED, "answers 400"),
        (Action.CREATE, {"POST_a": [failed(400)]}, Outcome.FAILED, "answers 400"),
        (Action.CREATE, {"POST_a": [failed(500)]}, Outcome.APPLIED, ""),
        (Action.CREATE, {"POST_a": [failed(500), failed(500)]}, Outcome.FAILED, "answers 500"),
        (Action.CREATE, {"POST_a": [NO_ANSWER]}, Outcome.APPLIED, ""),
        (Action.CREATE, {"POST_a": [NO_ANSWER, failed(409)]}, Outcome.APPLIED, ""),
        (
            Action.CREATE,
            {"POST_a": [failed(502), failed(409)], "PATCH_a": [failed(400)]},
            Outcome.FAILED,
            "400",
        ),
    ],
)
def test_what_concerns_one_ends_nothing(
    action: Action, told: Any, outcome: Outcome, words: str, crew: Crew
) -> None:
    names = ("a", "b", "c", "d", "e")
    found, error, _ = write(Line(**told), crew, changes(action, *names))
    assert error is None
    assert found["a"].outcome is outcome
    assert words in (found["a"].error or "")
    assert {found[name].outcome for name in names[1:]} == {Outcome.APPLIED}


@pytest.mark.parametrize(
    ("action", "told", "doubt"),
    [
        (Action.UPDATE, {"PATCH_b": [NO_ANSWER]}, True),
        (Action.CREATE, {"POST_b": [NO_ANSWER, Unreachable("gone")]}, True),
        (Action.CREATE, {"POST_b": [failed(503), failed(503)]}, True),
        (Action.CREATE, {"POST_b": [failed(429)]}, False),
        (Action.CREATE, {"POST_b": [Forbidden("no right")]}, False),
        (Action.DELETE, {"DELETE_b": [Unreachable("gone")]}, False),
    ],
)
def test_what_ends_all_lets_those_under_way_end(action: Action, told: Any, doubt: bool, crew: Crew) -> None:  # noqa: FBT001
    line = Line(**told)
    found, error, _ = write(line, crew, changes(action, *"abcdef"))
    assert isinstance(error, InstanceError)
    assert {name: one.outcome for name, one in found.items()} == {
        "a": Outcome.APPLIED,
        "b": Outcome.FAILED,
        "c": Outcome.APPLIED,
    }
    assert found["b"].in_doubt is doubt
    assert ("it may have been written all the same" in (found["b"].error or "")) is doubt
    assert not [one for one in line.asked if one[-1] in "def"]


def test_without_the_lock_nothing_more_is_sent(crew: Crew) -> None:
    line, left = Line(), iter(range(4))

    def ready() -> None:
        if next(left, None) is None:
            raise Locked("lost")

    found, error, _ = write(line, crew, changes(Action.CREATE, *"abcdefgh"), ready)
    assert isinstance(error, Locked)
    assert len(found) == len(line.asked) == 4
    assert {one.outcome for one in found.values()} == {Outcome.APPLIED}


def test_whoever_stops_leaves_nothing_unaccounted_for(crew: Crew) -> None:
    line = Line()
    given = changes(Action.CREATE, *"abcdefgh")
    told = next(iter(SingleWriter(line, Calls((3, 3)), crew, [], lambda: None).write(VARIABLE, given)))  # type: ignore[arg-type]
    assert {f"POST_{address.id}" for address in told} == set(line.asked)
    assert len(told) == 3
    assert VARIABLE in KINDS
