"""The event log in the course of a command: whatever is wrong with it, no command fails for want of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from envctl.errors import Forbidden, RequestFailed, Unreachable, WrongServer
from envctl.model.event import Sent
from envctl.stages.watching import LOG_CLEANED, heard_since, newest_event
from tests.unit.closings import NEWEST, STARTED, Fake
from tests.unit.ledgers import touch

if TYPE_CHECKING:
    from envctl.airflow.instance import AirflowInstance


def instance(fake: Fake) -> AirflowInstance:
    return cast("AirflowInstance", fake)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Forbidden("403"), "the login may not read Airflow's event log"),
        (RequestFailed("a:1 answers 500: oh", status=500), "could not be read: a:1 answers 500: oh"),
        (WrongServer("JSON that is no event log"), "could not be read: JSON that is no event log"),
        (Unreachable("no answer within 60 s"), "could not be read: no answer within 60 s"),
    ],
)
def test_why_nothing_is_known(fault: Exception, why: str) -> None:
    heard = heard_since(instance(Fake(log=fault)), STARTED, ())
    assert heard.events == ()
    assert why in (heard.blind or "")
    assert newest_event(instance(Fake(log=fault))) is None


def test_what_is_known() -> None:
    event = touch("variable/x")
    assert heard_since(instance(Fake((event,))), STARTED, ()) == ((event,), None)
    assert heard_since(instance(Fake((event,), complete=False)), STARTED, ()) == (
        (event,),
        LOG_CLEANED,
    )
    own = Sent(event.name, event.mark)
    assert heard_since(instance(Fake((event,))), STARTED, (own,)) == ((), None)
    assert newest_event(instance(Fake())) == NEWEST
