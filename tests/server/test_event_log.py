"""Who touched what, told from the log of a real Airflow: every way to write, and logs with gaps."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from envctl.airflow import event_log
from envctl.airflow.instance import AirflowInstance
from envctl.airflow.settings import InstanceSettings, PasswordLogin
from envctl.errors import Forbidden, WrongServer
from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.event import Event, Seen, Witness
from envctl.model.reserved import LEDGER
from envctl.model.secret import Secret
from tests.server.api import Api
from tests.server.faults import answer
from tests.server.proxy import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.conftest import Server
    from tests.server.proxy import Exchange, Proxy

pytestmark = pytest.mark.server

LOG = "/eventLogs"
ODD = "a/b é.ü ☃.'\"d"
_COMMANDS = """
import json, sys
from airflow.__main__ import main
for arguments in json.loads({commands!r}):
    sys.argv = ["airflow", *arguments]
    main()
"""


class Log:
    """An instance's log, of which everything before this test has been seen."""

    def __init__(self, instance: AirflowInstance) -> None:
        self.instance = instance
        self.start = self.now()

    def now(self) -> Seen:
        newest = self.instance.events(KINDS, None).newest
        assert newest is not None
        return newest

    def events(self) -> tuple[Event, ...]:
        """Give the events of this test, the first one first."""
        found = self.instance.events(KINDS, self.start)
        assert found.complete
        assert found.newest == self.now()
        return found.events[::-1]

    def told(self) -> list[tuple[str, ...]]:
        """Give what each event of this test may have touched."""
        return [(*sorted(map(str, one.addresses)), *sorted(one.whole_kinds)) for one in self.events()]


def settings(url: str, server: Server, user: str = "admin") -> InstanceSettings:
    password = Secret(server.sandbox.password_of(user), "password")
    return InstanceSettings(url, PasswordLogin(user, password))


@pytest.fixture
def log(server: Server, proxy: Proxy) -> Iterator[Log]:
    with AirflowInstance(settings(proxy.url, server)) as instance:
        yield Log(instance)


def attempt(api: Api, method: str, path: str, body: object = None) -> None:
    """Make a request that Airflow refuses."""
    with pytest.raises(HTTPError):
        api.call(method, path, body)


def database(server: Server, *statements: str) -> None:
    """Change the log behind everybody's back."""
    path: Path = server.sandbox.home / "airflow.db"
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def short_pages(exchange: Exchange) -> Answer:
    """Be a site whose `[api] maximum_page_limit` is 3."""
    exchange.target = re.sub(r"limit=(\d+)", lambda found: f"limit={min(3, int(found[1]))}", exchange.target)
    return exchange.forward()


def test_nothing_is_asked_for_but_the_newest_entry_when_nothing_was_seen(
    log: Log, api: Api, proxy: Proxy
) -> None:
    api.set_variable("a", "1")
    proxy.calm()
    found = log.instance.events(KINDS, None)
    assert (found.events, found.complete) == ((), True)
    assert found.newest is not None
    assert found.newest.id == log.start.id + 1
    assert abs(found.newest.time - datetime.now(UTC)) < timedelta(seconds=20)
    assert proxy.count("GET", LOG) == 1


def test_what_was_seen_before_is_not_asked_for_again(log: Log, api: Api, proxy: Proxy) -> None:
    """Just before it stands all that an apply wrote, in entries of hundreds of objects."""
    api.bulk("variables", "create", [{"key": f"v{number:03}", "value": "1"} for number in range(300)])
    since = log.instance.events(KINDS, None).newest
    assert since is not None
    api.set_variable("a", "1")
    api.set_variable("b", "1")
    proxy.calm()
    found = log.instance.events(KINDS, since)
    assert [event.addresses for event in found.events] == [
        {Address("variable", "b")},
        {Address("variable", "a")},
    ]
    assert found.complete
    last = proxy.matching("GET", LOG)[-1]
    assert "limit=3&" in last.query


def test_single_writes(log: Log, api: Api) -> None:
    """With ids of every sort; and that of a secret, which nothing else would tell."""
    api.call("POST", "/variables", {"key": ODD, "value": "1"})
    api.call("POST", "/variables", {"key": "my_password", "value": "1"})
    one = f"/variables/{quote(ODD, safe='')}"
    api.call("PATCH", f"{one}?update_mask=value", {"key": ODD, "value": "2"})
    api.call("DELETE", one)
    api.call("POST", "/connections", {"connection_id": "c.x-1", "conn_type": "http", "extra": '{"a": 1}'})
    body = {"connection_id": "c.x-1", "conn_type": "http", "password": "new"}
    api.call("PATCH", "/connections/c.x-1?update_mask=password", body)
    api.call("DELETE", "/connections/c.x-1")
    api.call("POST", "/pools", {"name": ODD, "slots": 1})
    one = f"/pools/{quote(ODD, safe='')}"
    api.call("PATCH", f"{one}?update_mask=slots", {"slots": 2, "name": ODD, "include_deferred": True})
    api.call("PATCH", "/pools/default_pool?update_mask=slots", {"slots": 5})
    api.call("DELETE", one)
    api.call("POST", "/variables", {"key": f"{LEDGER}.default", "value": "[]"})
    assert log.told() == [
        *[(f"variable/{ODD}",), ("variable/my_password",), (f"variable/{ODD}",), (f"variable/{ODD}",)],
        *[("connection/c.x-1",)] * 3,
        *[(f"pool/{ODD}",), (f"pool/{ODD}",), ("pool/default_pool",), (f"pool/{ODD}",)],
        (f"variable/{LEDGER}.default",),
    ]
    times = [one.time for one in log.events()]
    assert times == sorted(times)
    assert all(one.time.utcoffset() == timedelta(0) and one.actor == "admin" for one in log.events())


def test_bulk_writes(log: Log, api: Api) -> None:
    bodies: dict[str, list[Any]] = {
        "variables": [{"key": ODD, "value": "1"}, {"key": "b", "value": {"c": 1}}],
        "connections": [{"connection_id": "c1", "conn_type": "http", "extra": "{}"}],
        "pools": [{"name": ODD, "slots": 3, "include_deferred": False}],
    }
    for section, entities in bodies.items():
        api.bulk(section, "create", entities)
        api.bulk(section, "update", entities)
        api.delete(section, *[next(iter(body.values())) for body in entities])
    variables = ("variable/" + ODD, "variable/b")
    assert log.told() == [*[variables] * 3, *[("connection/c1",)] * 3, *[(f"pool/{ODD}",)] * 3]
    api.bulk("connections", "create", [{"connection_id": f"c{i}", "conn_type": "http"} for i in range(500)])
    assert len(log.events()[-1].addresses) == 500


def test_default_connections_may_be_any(log: Log, api: Api) -> None:
    api.call("POST", "/connections/defaults")
    (event,) = log.events()
    assert event.touches(Address("connection", "aws_default"))
    assert not event.touches(Address("variable", "aws_default"))


def test_what_was_refused_is_told_too(log: Log, api: Api, server: Server) -> None:
    """Airflow logs before it looks at rights or at the body; a test of a connection may save it."""
    viewer = Api(server.sandbox.url, "viewer", server.sandbox.password_of("viewer"))
    attempt(viewer, "POST", "/variables", {"key": "a", "value": "1"})
    attempt(api, "DELETE", "/variables/nowhere")
    attempt(api, "PATCH", "/pools", {"actions": [{"action": "create", "entities": [{"name": "p"}]}]})
    attempt(api, "POST", "/connections/enqueue-test", {"connection_id": "c", "conn_type": "http"})
    assert log.told() == [("variable/a",), ("variable/nowhere",), ("pool/p",), ("connection/c",)]
    assert [one.actor for one in log.events()] == ["viewer", "admin", "admin", "admin"]


def test_an_object_that_the_log_does_not_name(log: Log, api: Api) -> None:
    """A body makes Airflow forget the path; and an id that holds a password it knows is masked."""
    api.set_variable("a", "1")
    api.call("DELETE", "/variables/a", {"key": "another"})
    body = {"connection_id": "c", "conn_type": "http", "password": "correcthorse"}
    api.call("POST", "/connections", body)
    api.call("GET", "/connections/c")
    api.call("POST", "/connections", {"connection_id": "at-correcthorse-1", "conn_type": "http"})
    assert log.told() == [("variable/a",), ("variable",), ("connection/c",), ("connection",)]


def test_the_servers_own_command_line(log: Log, server: Server, tmp_path: Path) -> None:
    """Reads leave no entry. What is made by code leaves none either, and is never told."""
    files = {
        "variables": {"v3": "1"},
        "connections": {"c3": {"conn_type": "http"}},
        "pools": {"p3": {"slots": 1, "description": "", "include_deferred": False}},
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    commands = [
        *[["variables", "set", ODD, 'it\'s a "value"'], ["variables", "set", "my_token", "hidden"]],
        *[["variables", "set", "--description", "d", "v2", "1"], ["variables", "get", ODD]],
        *[["variables", "delete", ODD], ["variables", "import", f"{tmp_path}/variables.json"]],
        *[["connections", "add", "c1", "--conn-uri", "http://u:pw@h/"], ["connections", "delete", "c1"]],
        ["connections", "add", "c2", "--conn-json", '{"conn_type": "http", "password": "pw"}'],
        ["connections", "import", f"{tmp_path}/connections.json"],
        *[["pools", "set", ODD, "3", "d"], ["pools", "list"], ["pools", "delete", ODD]],
        ["pools", "import", f"{tmp_path}/pools.json"],
    ]
    code = _COMMANDS.format(commands=json.dumps(commands))
    server.sandbox.run_python(f"{code}\nfrom airflow.models import Variable; Variable.set('silent', '1')")
    assert log.told() == [
        *[(f"variable/{ODD}",), ("variable/my_token",), ("variable",), (f"variable/{ODD}",), ("variable",)],
        *[("connection/c1",), ("connection/c1",), ("connection/c2",), ("connection",)],
        *[(f"pool/{ODD}",), (f"pool/{ODD}",), ("pool",)],
    ]
    assert {one.actor.partition(" ")[2] for one in log.events()} == {"(command line)"}
    assert {"v2", "v3", "silent"} < set(server.api.all("variables"))


def test_few_requests_however_much_the_log_holds(log: Log, api: Api, server: Server, proxy: Proxy) -> None:
    now = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    row = f"INSERT INTO log (dttm, event, owner) VALUES ({now}, 'success', 'x')"  # noqa: S608 - no input
    api.set_variable("a", "1")
    database(server, *[row] * 300)
    proxy.calm()
    found = log.instance.events(KINDS, log.start)
    assert found.complete
    assert [one.addresses for one in found.events] == [{Address("variable", "a")}]
    assert found.newest is not None
    assert found.newest.id == log.start.id + 301
    assert proxy.count("GET", LOG) == 3
    assert log.instance.events(KINDS, found.newest) == Witness((), found.newest, complete=True)
    assert proxy.count("GET", LOG) == 4
    api.set_pool("p", 1)
    assert log.instance.events(KINDS[:1], found.newest).events == ()


def test_pages_that_shift_while_they_are_read(log: Log, api: Api, proxy: Proxy) -> None:
    """Nothing is missed or told twice, and what came in between is for the next time."""
    for number in range(10):
        api.set_variable(f"v{number}", "1")
    last = log.now()

    def shifted(exchange: Exchange) -> Answer:
        api.set_variable("between", "1")
        return short_pages(exchange)

    proxy.calm()
    # After the newest entry, the one seen, and the first page.
    proxy.on("GET", LOG, shifted, nth={4})
    proxy.on("GET", LOG, short_pages)
    found = log.instance.events(KINDS, log.start)
    assert found.complete
    assert [{str(one) for one in event.addresses} for event in found.events] == [
        {f"variable/v{number}"} for number in reversed(range(10))
    ]
    assert proxy.count("GET", LOG) == 2 + 4
    assert found.newest == last
    again = log.instance.events(KINDS, found.newest)
    assert [one.addresses for one in again.events] == [{Address("variable", "between")}]


def test_more_than_one_page_of_a_real_servers_own(log: Log, api: Api) -> None:
    for number in range(150):
        api.call("POST", "/variables", {"key": f"v{number:03}", "value": "1"})
    assert log.told() == [(f"variable/v{number:03}",) for number in range(150)]


def test_too_many_pages(log: Log, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "PAGE", 3)
    monkeypatch.setattr(event_log, "MOST_PAGES", 2)
    for number in range(8):
        api.set_variable(f"v{number}", "1")
    found = log.instance.events(KINDS, log.start)
    assert not found.complete
    assert [one.id - log.start.id for one in found.events] == [8, 7, 6, 5, 4, 3]
    assert found.newest == log.now()


def test_a_log_that_was_cleaned(log: Log, api: Api, server: Server) -> None:
    """It no longer reaches back, and says so; what it still says is told."""
    api.set_variable("a", "1")
    database(server, f"DELETE FROM log WHERE id <= {log.start.id}")  # noqa: S608 - a number
    found = log.instance.events(KINDS, log.start)
    assert not found.complete
    assert [one.addresses for one in found.events] == [{Address("variable", "a")}]
    assert log.instance.events(KINDS, found.newest).complete


def test_a_log_that_began_anew(log: Log, api: Api, server: Server) -> None:
    """Its ids are those of entries that were seen, and mean others."""
    database(server, "DELETE FROM log")
    empty = log.instance.events(KINDS, log.start)
    assert (empty.events, empty.newest, empty.complete) == ((), None, False)
    assert log.instance.events(KINDS, None).complete
    api.set_variable("a", "1")
    newest = log.now()
    assert newest.id < log.start.id
    found = log.instance.events(KINDS, log.start)
    assert (found.newest, found.complete) == (newest, False)
    assert [one.addresses for one in found.events] == [{Address("variable", "a")}]
    same_id = Seen(newest.id, log.start.time)
    assert not log.instance.events(KINDS, same_id).complete


def test_an_old_log_to_which_nothing_was_added(log: Log, api: Api, server: Server) -> None:
    """What was seen is gone, and all that is left is older."""
    api.set_variable("a", "1")
    seen = log.now()
    database(
        server,
        f"DELETE FROM log WHERE id = {seen.id}",  # noqa: S608 - a number
        "UPDATE log SET dttm = strftime('%Y-%m-%d %H:%M:%f000', dttm, '-1 hour')",
    )
    found = log.instance.events(KINDS, seen)
    assert (found.events, found.complete) == ((), False)
    assert found.newest == log.now()


def test_a_login_without_the_right(log: Log, proxy: Proxy, server: Server) -> None:
    """Airflow's simple auth manager lets everybody read the log; others do not."""
    with AirflowInstance(settings(proxy.url, server, "viewer")) as instance:
        assert instance.events(KINDS, None).newest == log.now()
    proxy.on("GET", LOG, answer(403))
    with pytest.raises(Forbidden, match="the login may not read the event log on 127") as refused:
        log.instance.events(KINDS, log.start)
    assert refused.value.hint == "give the login's role the right to read the event log"


@pytest.mark.parametrize(
    "content",
    [
        *[{}, [], "text", 5, {"event_logs": []}, {"event_logs": None, "total_entries": 0}],
        *[{"event_logs": [one], "total_entries": 1} for one in ({}, "text", None, {"when": "soon"})],
    ],
    ids=str,
)
def test_an_answer_that_is_no_log(content: Any, log: Log, proxy: Proxy) -> None:
    body = json.dumps(content).encode()
    proxy.on("GET", LOG, lambda _: Answer(200, {"Content-Type": "application/json"}, body))
    with pytest.raises(WrongServer, match="JSON that is no event log"):
        log.instance.events(KINDS, log.start)
