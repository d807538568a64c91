"""What is otherwise on Airflow 2.11, as docs/reference/airflow-versions.md tells it."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import pytest

from tests.server.faults import answer, delay

if TYPE_CHECKING:
    from tests.versions.conftest import Place

pytestmark = pytest.mark.server


class WebPages:
    """Airflow 2's web pages, logged in as a person would be."""

    def __init__(self, place: Place) -> None:
        self._url = place.server.sandbox.url
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener = urllib.request.build_opener(*handlers)
        sandbox = place.server.sandbox
        self.submit("/login/", username=sandbox.username, password=sandbox.password)

    def open(self, path: str) -> str:
        with self._opener.open(self._url + path, timeout=60) as page:
            text: str = page.read().decode()
        return text

    def submit(self, path: str, **fields: str) -> None:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open(path))
        assert token is not None
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        self._opener.open(self._url + path, data, timeout=60).close()

    def post(self, path: str, **query: str) -> None:
        """Do what a switch on the list of DAGs does."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open("/variable/add"))
        assert token is not None
        headers = {"X-CSRFToken": token[1]}
        url = f"{self._url}{path}?{urllib.parse.urlencode(query)}"
        self._opener.open(urllib.request.Request(url, b"", headers, method="POST"), timeout=60).close()

    def row(self, section: str, text: str) -> str:
        """Give the number of the row with a text in the list of a section."""
        found = re.search(
            rf"/{section}/edit/(\d+)(?:(?!<tr).)*?{text}", self.open(f"/{section}/list/"), re.DOTALL
        )
        assert found is not None
        return found[1]


def test_who_was_at_it_in_the_web_pages(old: Place) -> None:
    """A form that was sent names the object; one that was only opened is nobody's doing."""
    old.write("connections: {web: {conn_type: http, host: h}}")
    assert old.json("apply", "dev").code == 0
    pages = WebPages(old)
    pages.open(f"/connection/edit/{pages.row('connection', 'features_db')}")
    pages.submit(
        f"/variable/edit/{pages.row('variable', 'batch_size')}", key="batch_size", val="9", description=""
    )
    changes = old.json("diff", "dev").changes
    assert {address: one["reason"] for address, one in changes.items()} == {"variable/batch_size": "drift"}
    assert changes["variable/batch_size"]["by"]["actor"] == "admin"


def test_who_paused_a_dag_in_the_web_page(old: Place, dags: None) -> None:
    """Airflow 2 has the DAG's id in a column of the entry: the other DAG is nobody's doing."""
    del dags
    old.write("dags: {train: {paused: false}, score: {paused: false}}")
    assert old.json("apply", "dev").code == 0
    WebPages(old).post("/paused", dag_id="train", is_paused="false")
    changes = old.json("diff", "dev").changes
    assert {address: (one["reason"], one["by"]["actor"]) for address, one in changes.items()} == {
        "dag/train": ("drift", "admin")
    }


def test_a_password_that_was_typed_over_is_written_again(old: Place) -> None:
    assert old.json("apply", "dev").code == 0
    body = {"connection_id": "features_db", "password": "somebody-elses"}
    old.api.call("PATCH", "/connections/features_db", body)
    changes = old.json("diff", "dev").changes
    assert {address: (one["action"], one["reason"]) for address, one in changes.items()} == {
        "connection/features_db": ("rewrite", "touched_outside")
    }
    assert old.json("apply", "dev").json["converged"] is True


def test_whether_a_password_is_set_is_not_told(old: Place) -> None:
    """Met for the first time: one warning. Applied, and touched since: it says so, and nothing is written."""
    for name in ("one", "two"):
        old.api.set_connection(name, conn_type="http", password="set-by-hand")
    old.write("connections: {one: {conn_type: http}, two: {conn_type: http}}")
    done = old.json("apply", "dev")
    assert done.code == 0, done.said
    (warning,) = [one for one in done.json["diagnostics"] if "password" in one["message"]]
    assert "2 objects that envctl has not written yet, and that have none in the spec" in warning["message"]
    quiet = old.json("diff", "dev")
    assert (quiet.code, quiet.json["unverifiable"], quiet.json["diagnostics"]) == (0, [], [])
    old.api.call("PATCH", "/connections/one", {"connection_id": "one", "password": "again"})
    (open_,) = old.json("diff", "dev").json["unverifiable"]
    assert (open_["address"], open_["fields"]) == ("connection/one", ["password"])
    assert "somebody was at it since" in open_["why"]


def test_without_the_event_log_it_is_not_called_in_sync(old: Place) -> None:
    """One may have been set, and only the log could tell: Op may not read it, and its first line is gone."""
    old.write("connections: {one: {conn_type: http}}")
    assert old.json("apply", "dev").code == 0
    old.api.call("PATCH", "/connections/one", {"connection_id": "one", "password": "set-by-hand"})
    old.log_in_as("op")
    done = old.json("diff", "dev")
    assert done.code == 0, done.said
    found = {one["address"]: one for one in done.json["unverifiable"]}
    assert found["connection/one"]["fields"] == ["password"]
    assert "may not read Airflow's event log" in found["connection/one"]["why"]
    old.log_in_as("admin")
    with closing(sqlite3.connect(old.server.sandbox.home / "airflow.db", timeout=20)) as rows, rows:
        rows.execute("DELETE FROM log")
    found = {one["address"]: one for one in old.json("diff", "dev").json["unverifiable"]}
    assert found["connection/one"]["fields"] == ["password"]
    assert found["connection/one"]["why"]


def test_a_password_cannot_be_taken_away(old: Place) -> None:
    old.envctl.secrets["PW"] = "taken-away-pw-7"
    old.write("connections: {one: {conn_type: http, password: '${PW}'}}")
    assert old.json("apply", "dev").code == 0
    old.write("connections: {one: {conn_type: http}}")
    change = old.json("diff", "dev").changes["connection/one"]
    assert "cannot take away" in change["blocked"]


def test_variables_are_read_in_clear_and_never_shown(old: Place) -> None:
    """Airflow 3 masks them for their names: no report of ours has them, and what they hold is compared."""
    old.api.set_variable("api_token", "canary-of-a-token-1")
    old.api.set_variable("doc", '{"password": "canary-of-a-token-1", "n": 1}')
    old.envctl.canaries.add("canary-of-a-token-1")
    old.envctl.secrets["TOKEN"] = "the-token-of-ours-2"
    old.write("variables: {api_token: '${TOKEN}', doc: {value: {password: plain, n: 2}}, stars: a *** b}")
    done = old.json("diff", "dev")
    (leaf,) = done.changes["variable/api_token"]["fields"]
    assert (leaf["verdict"], leaf["live_hidden"]) == ("different", True)
    old.envctl("diff", "dev", "-v")
    assert old.json("apply", "dev").json["converged"] is True
    assert old.api.value("api_token") == "the-token-of-ours-2"
    assert old.api.value("stars") == "a *** b"
    again = old.json("diff", "dev")
    assert (again.code, again.json["unverifiable"]) == (0, [])


def test_what_has_no_address_is_not_begun(old: Place) -> None:
    pools = "pools: {a/b: {slots: 1}, endless: {slots: -1}}"
    variables = 'variables: {/lead: v, "new\\nline": v, a/b: v}'
    old.write(f"{pools}\n{variables}\nconnections: {{größe: {{conn_type: http}}}}")
    done = old.json("apply", "dev")
    assert done.code == 5, done.said
    blocked = {address: one["blocked"] for address, one in done.changes.items() if "blocked" in one}
    assert set(blocked) == {"pool/a/b", "pool/endless", "connection/größe"}
    assert "has no address for pool/a/b" in blocked["pool/a/b"]
    assert "without limit (slots -1)" in blocked["pool/endless"]
    old.write("variables: {a/b: v}")
    gone = [one for one in old.json("diff", "dev").changes.values() if one["action"] == "delete"]
    assert {one["address"]: "has no address" in one["blocked"] for one in gone} == {
        "variable//lead": True,
        "variable/new\nline": True,
    }


def test_live_connections_without_an_address_are_left_alone(old: Place) -> None:
    """Made on the command line, say: told of, asked for by no request, and never touched."""
    names = ("grüße", "a/b", ".")
    database = old.server.sandbox.home / "airflow.db"
    columns = "conn_id, conn_type, is_encrypted, is_extra_encrypted"
    with closing(sqlite3.connect(database, timeout=20)) as rows, rows:
        for name in names:
            rows.execute(f"INSERT INTO connection ({columns}) VALUES (?, 'http', 0, 0)", (name,))  # noqa: S608
    try:
        done = old.json("diff", "dev")
        assert {f"connection/{name}" for name in names} <= set(done.json["unmanaged"])
        asked = [one.path for one in old.proxy.seen if "/connections/" in one.path]
        assert not [path for path in asked if path.endswith(("%C3%9Fe", "a%2Fb", "/."))]
        old.write("connections: {'.': {conn_type: ftp}}")
        assert "has no address for" in old.json("diff", "dev").changes["connection/."]["blocked"]
        old.write("connections: {}")
        changes = old.json("diff", "dev", "--prune").changes
        assert all("has no address" in changes[f"connection/{name}"]["blocked"] for name in names)
        assert old.json("apply", "dev", "--allow-empty").code == 0
    finally:
        with closing(sqlite3.connect(database, timeout=20)) as rows, rows:
            left = rows.execute("SELECT conn_id FROM connection WHERE conn_type = 'http'").fetchall()
            rows.executemany("DELETE FROM connection WHERE conn_id = ?", [(name,) for name in names])
    assert {name for (name,) in left} >= set(names)


def test_a_list_that_airflow_cannot_answer_has_a_hint(old: Place) -> None:
    with pytest.raises(urllib.error.HTTPError):
        old.api.call("POST", "/pools", {"name": "endless", "slots": -1})
    try:
        old.envctl.settings["ENVCTL_RETRIES"] = "0"
        done = old.envctl("diff", "dev")
    finally:
        old.api.call("DELETE", "/pools/endless")
    assert done.code == 1, done.said
    assert "is there a pool without limit (slots -1)?" in done.err


def test_what_is_deleted_while_it_is_read_is_not_there(old: Place) -> None:
    assert old.json("apply", "dev").code == 0
    old.proxy.on("GET", "/connections/model_registry", answer(404))
    changes = old.json("diff", "dev").changes
    assert {address: one["action"] for address, one in changes.items()} == {
        "connection/model_registry": "create"
    }


def test_a_wrong_password_is_among_the_causes(old: Place) -> None:
    old.envctl.secrets["AIRFLOW_DEV_PASSWORD"] = "wrong-password-3"
    done = old.envctl("diff", "dev")
    assert done.code == 1, done.said
    assert "Airflow 2 says the same of a wrong username or password" in done.err


def test_whoever_stops_it_gets_a_true_account(old: Place) -> None:
    """What is under way is finished, nothing more is sent, and the next apply makes the rest."""
    names = [f"v{number:02}" for number in range(40)]
    old.write(f"variables: {json.dumps(dict.fromkeys(names, '1'))}")
    old.proxy.on("POST", "/variables", delay(1), nth={10})
    with old.envctl.started("apply", "dev", "--format", "json") as running:
        old.proxy.wait_for("POST", "/variables", 10)
        running.process.send_signal(signal.SIGINT)
        done = running.wait()
    assert done.code == 5, done.said
    outcomes = {address.partition("/")[2]: one["outcome"] for address, one in done.changes.items()}
    written = {name for name in names if outcomes[name] == "applied"}
    assert {"applied", "not_attempted"} == set(outcomes.values())
    assert written == set(old.api.all("variables")).intersection(names)
    assert 0 < len(written) < len(names)
    old.proxy.calm()
    assert old.json("apply", "dev").json["converged"] is True
