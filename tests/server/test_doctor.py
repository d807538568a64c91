"""`envctl doctor` on a real Airflow, sound and in every state that it is there to find."""

from __future__ import annotations

import json
import socket
import sqlite3
import ssl
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from envctl.doctor.rights import PREFIX
from tests.server.faults import answer, delay, page
from tests.server.proxy import Answer, Proxy
from tests.server.test_ledger_commands import OWN, put_other
from tests.server.test_lock import put_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Done, Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

SPEC = {"variables": {"a": "1"}, "pools": {"p": {"slots": 1}}}
CHECKS = [
    "spec",
    "secrets",
    "address",
    "proxy",
    "reach",
    "tls",
    "version",
    "auth_manager",
    "clock",
    "login",
    "rights_variables",
    "rights_connections",
    "rights_pools",
    "config",
    "page_limit",
    "secrets_backend",
    "ledger",
    "other_ledgers",
    "event_log",
    "lock",
]


@pytest.fixture(autouse=True)
def _spec(tree: Tree) -> None:
    tree.spec(SPEC)


def checks(done: Done) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in done.json["checks"]}


def unsound(done: Done) -> dict[str, str]:
    return {one["name"]: one["state"] for one in done.json["checks"] if one["state"] != "ok"}


def rows(database: Path) -> dict[str, list[Any]]:
    """Give every row of every table but the event log's."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - names of tables
            for name in tables
            if name != "log"
        }


# --- a sound instance ---------------------------------------------------------------------------------


def test_nothing_is_wrong(envctl: Envctl, proxy: Proxy) -> None:
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (0, {}), done.said
    assert [one["name"] for one in done.json["checks"]] == CHECKS
    assert done.json["instance"] == {"url": proxy.url, "airflow_version": "3.3.2"}
    found = {name: one["found"] for name, one in checks(done).items()}
    assert found["spec"] == "2 objects from 1 folder, owner default"
    assert found["address"] == f"{proxy.url}, login by method password as admin"
    assert found["auth_manager"] == "Simple"
    assert found["login"].startswith("accepted, user admin; its token ends at ")
    assert found["rights_connections"] == "may read, create, update and delete (for the lock)"
    assert found["page_limit"] == "100 objects in a page"
    assert found["ledger"] == "none yet of owner default: the first apply starts one"
    assert found["lock"] == "free"


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table(columns: str, envctl: Envctl, proxy: Proxy) -> None:
    envctl.settings["COLUMNS"] = columns
    proxy.on("PATCH", f"/pools/{PREFIX}.*", answer(403, "Forbidden"))
    done = envctl("doctor", "dev", verbose=False)
    lines = done.out.splitlines()
    assert done.code == 1, done.said
    assert lines[0] == f"dev   {proxy.url}   Airflow 3.3.2"
    assert "  problem   rights pools         may read, create and delete; may not update" in lines
    assert any(line.strip().startswith("-> give the login's role the right to") for line in lines)
    assert lines[-1] == "  1 problem   19 ok"
    assert max(map(len, lines)) <= int(columns)


def test_after_an_apply(envctl: Envctl, api: Api) -> None:
    envctl.settings["ENVCTL_ACTOR"] = "ana"
    assert envctl("apply", "dev").code == 0
    put_other(api, "variable/x")
    found = checks(envctl.json("doctor", "dev"))
    assert found["ledger"]["found"] == "owner default, apply #1, just now by ana, 2 objects"
    assert found["other_ledgers"]["found"] == "other (apply #3)"
    assert found["event_log"]["found"].startswith("readable, begins ")


def test_nothing_is_written(envctl: Envctl, server: Server, proxy: Proxy, api: Api) -> None:
    """Every row of the database stays as it is; what the event log gains names ids that nobody has."""
    assert envctl("apply", "dev").code == 0
    database = server.sandbox.home / "airflow.db"
    before, last = rows(database), newest(api)
    proxy.calm()
    assert envctl("doctor", "dev").code == 0
    after = rows(database)
    assert {name for name in before if before[name] != after[name]} == set()
    writes = [one for one in proxy.all_writes if one.method != "GET"]
    assert {(one.method, one.status) for one in writes} == {("POST", 422), ("PATCH", 422), ("DELETE", 404)}
    added = api.call("GET", "/eventLogs?limit=100&order_by=-id")["event_logs"]
    added = [one for one in added if one["event_log_id"] > last]
    assert len(added) == len(writes) == 9
    assert all(PREFIX in one["extra"] for one in added), added


def newest(api: Api) -> int:
    entries = api.call("GET", "/eventLogs?limit=1&order_by=-id")["event_logs"]
    return int(entries[0]["event_log_id"])


def test_no_object_seems_to_have_been_touched(envctl: Envctl, tree: Tree) -> None:
    """A secret stays verified although somebody asked for the rights to its kind."""
    envctl.secrets["PW"] = "doctor-password-8812"
    tree.spec({**SPEC, "connections": {"c": {"conn_type": "http", "password": "${PW}"}}})
    assert envctl("apply", "dev").code == 0
    assert envctl("doctor", "dev").code == 0
    done = envctl.json("diff", "dev")
    assert (done.code, done.json["summary"]["in_sync"], done.json["changes"]) == (0, 3, []), done.said


# --- logins -------------------------------------------------------------------------------------------


def test_a_viewer(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server, api: Api) -> None:
    viewer = {"method": "password", "username": "viewer", "password": "${AIRFLOW_PASSWORD}"}
    tree.environment("dev", proxy.url, auth=viewer)
    envctl.secrets["AIRFLOW_PASSWORD"] = server.sandbox.password_of("viewer")
    done = envctl.json("doctor", "dev")
    assert done.code == 1, done.said
    found = checks(done)
    assert found["login"]["found"].startswith("accepted, user viewer")
    for section in ("variables", "connections"):
        assert found[f"rights_{section}"]["found"].startswith("may not read, create, update or delete")
    assert found["rights_pools"] == {
        "name": "rights_pools",
        "state": "problem",
        "found": "may read; may not create, update or delete",
        "advice": "give the login's role the right to create, update and delete pools: apply needs it",
    }
    assert unsound(done) == {
        "rights_variables": "problem",
        "rights_connections": "problem",
        "rights_pools": "problem",
        "ledger": "warning",
        "other_ledgers": "skipped",
        "lock": "warning",
    }


def test_a_wrong_password(envctl: Envctl) -> None:
    envctl.secrets["AIRFLOW_PASSWORD"] = "a-wrong-password"
    done = envctl.json("doctor", "dev")
    assert done.code == 1, done.said
    found = checks(done)
    assert "refuses the login of user admin" in found["login"]["found"]
    assert "username and password" in found["login"]["advice"]
    assert found["version"]["state"] == found["auth_manager"]["state"] == "ok"
    assert {one["state"] for one in done.json["checks"][CHECKS.index("login") + 1 :]} == {"skipped"}
    assert found["lock"]["found"] == "the login did not work"


def test_a_token(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    tree.environment("dev", proxy.url, auth={"method": "token", "token": "${TOKEN}"})
    envctl.secrets["TOKEN"] = server.api.token
    done = envctl.json("doctor", "dev")
    assert done.code == 0, done.said
    assert checks(done)["login"]["found"].startswith("accepted, user admin; its token ends at ")


def test_no_password_set(envctl: Envctl) -> None:
    """What says how to log in lacks something: all that needs no instance is checked all the same."""
    del envctl.secrets["AIRFLOW_PASSWORD"]
    done = envctl.json("doctor", "dev")
    assert done.code == 1, done.said
    found = checks(done)
    assert found["spec"]["state"] == "ok"
    assert found["secrets"]["state"] == found["address"]["state"] == "problem"
    assert "AIRFLOW_PASSWORD" in found["address"]["found"]
    assert found["reach"]["state"] == "skipped"


# --- the way ------------------------------------------------------------------------------------------


def test_nobody_listens(envctl: Envctl, tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    tree.environment("dev", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    done = envctl.json("doctor", "dev")
    assert done.code == 1, done.said
    assert "the connection is refused" in checks(done)["reach"]["found"]
    assert {one["state"] for one in done.json["checks"][CHECKS.index("tls") :]} == {"skipped"}
    assert "instance" not in done.json
    assert time.monotonic() - began < 5


def test_a_name_that_does_not_resolve(envctl: Envctl, tree: Tree) -> None:
    tree.environment("dev", "http://nowhere.invalid")
    done = envctl.json("doctor", "dev")
    assert (done.code, checks(done)["reach"]["state"]) == (1, "problem"), done.said
    assert "does not resolve" in checks(done)["reach"]["found"]


def test_somebody_listens_and_says_nothing(envctl: Envctl, tree: Tree) -> None:
    envctl.settings["ENVCTL_READ_TIMEOUT"] = "0.3"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tree.environment("dev", f"http://127.0.0.1:{silent.getsockname()[1]}")
        done = envctl.json("doctor", "dev")
    assert "no answer within 0.3 s" in checks(done)["reach"]["found"], done.said


def test_a_slow_one(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/version", delay(0.5), nth={1})
    found = checks(envctl.json("doctor", "dev"))["reach"]["found"]
    assert int(found.removesuffix(" ms").rpartition(" ")[2]) >= 500


def test_a_web_page(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/version", page())
    done = envctl.json("doctor", "dev")
    found = checks(done)
    assert (done.code, found["reach"]["state"], found["version"]["state"]) == (1, "ok", "problem"), done.said
    assert "airflow.url" in found["version"]["advice"]
    assert found["login"]["found"] == "what answers is no Airflow that envctl can ask"


def test_through_a_proxy(envctl: Envctl, tree: Tree, proxy: Proxy, server: Server) -> None:
    host = server.sandbox.url.replace("127.0.0.1", "airflow.internal")
    tree.environment("dev", host)
    envctl.settings["HTTP_PROXY"] = proxy.url
    done = envctl.json("doctor", "dev")
    found = checks(done)
    assert done.code == 0, done.said
    assert found["proxy"]["found"].startswith(f"requests go through {proxy.netloc}")
    # It is no name of this machine, and the way there is not secured.
    assert (found["tls"]["state"], found["auth_manager"]["state"]) == ("warning", "warning")
    assert "in clear" in found["tls"]["found"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Ours")


@pytest.fixture
def secure(request: pytest.FixtureRequest, server: Server, authority: trustme.CA) -> Iterator[Proxy]:
    """The shared Airflow behind TLS, its certificate good for so many days."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime.now(UTC) + timedelta(days=request.param, hours=1)
    authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(context)
    with Proxy(server.sandbox.url, context) as proxy:
        yield proxy


@pytest.mark.parametrize(("secure", "state"), [(90, "ok"), (12, "warning")], indirect=["secure"])
def test_tls(state: str, secure: Proxy, envctl: Envctl, tree: Tree, authority: trustme.CA) -> None:
    tree.environment("dev", secure.url, airflow={"ca_file": "ca.pem"})
    authority.cert_pem.write_to_path(tree.root / "dev" / "ca.pem")
    done = envctl.json("doctor", "dev")
    envctl.canaries.update(secure.tokens)
    tls = checks(done)["tls"]
    assert (done.code, tls["state"]) == (0, state), done.said
    assert tls["found"].startswith("TLSv1.3, certificate by Ours until ")
    assert tls["found"].endswith("(90 days left)" if state == "ok" else "(12 days left)")
    assert (tls["advice"] is None) == (state == "ok")


@pytest.mark.parametrize("secure", [90, -1], indirect=True)
def test_a_certificate_that_does_not_verify(
    request: pytest.FixtureRequest, secure: Proxy, envctl: Envctl, tree: Tree, authority: trustme.CA
) -> None:
    """Signed by nobody who is known, and by somebody who is, but long ago."""
    ended = request.node.callspec.params["secure"] < 0
    tree.environment("dev", secure.url, airflow={"ca_file": "ca.pem"} if ended else None)
    authority.cert_pem.write_to_path(tree.root / "dev" / "ca.pem")
    done = envctl.json("doctor", "dev")
    found = checks(done)
    assert (done.code, found["reach"]["state"], found["tls"]["state"]) == (1, "ok", "problem"), done.said
    assert "does not verify" in found["tls"]["found"]
    assert ("has expired" in found["tls"]["found"]) == ended
    assert found["version"]["state"] == "skipped"


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_apart(hours: int, envctl: Envctl, proxy: Proxy) -> None:
    proxy.skew = hours * 3600
    done = envctl.json("doctor", "dev")
    clock = checks(done)["clock"]
    assert (done.code, clock["state"]) == (0, "warning"), done.said
    assert clock["found"] == f"the server's clock is 60 min {'ahead of' if hours > 0 else 'behind'} ours"


# --- what the instance shows --------------------------------------------------------------------------


def configuration(**options: str) -> Answer:
    """Give the answer of an instance whose airflow.cfg has these options, such as `api__expose_config`."""
    sections = [
        {"name": name.partition("__")[0], "options": [{"key": name.partition("__")[2], "value": value}]}
        for name, value in options.items()
    ]
    body = json.dumps({"sections": sections, "total_entries": len(sections)}).encode()
    return Answer(200, {"Content-Type": "application/json"}, body)


def test_airflow_cfg(envctl: Envctl, proxy: Proxy) -> None:
    backend = "airflow.providers.hashicorp.secrets.vault.VaultBackend"
    shown = configuration(
        secrets__backend=backend, api__maximum_page_limit="20", database__sql_alchemy_conn="sqlite:////x"
    )
    proxy.on("GET", "/config", lambda _: shown)
    done = envctl.json("doctor", "dev")
    found = checks(done)
    assert unsound(done) == dict.fromkeys(("config", "page_limit", "secrets_backend"), "warning"), done.said
    assert "sqlite" not in done.out
    assert "from VaultBackend first" in found["secrets_backend"]["found"]
    assert found["page_limit"]["found"].startswith("20 objects in a page: reading takes about 5 times")


def test_airflow_cfg_is_not_shown(envctl: Envctl, proxy: Proxy) -> None:
    words = "Your Airflow administrator chose not to expose the configuration, most likely for security"
    proxy.on("GET", "/config", answer(403, words))
    done = envctl.json("doctor", "dev")
    assert done.code == 0, done.said
    assert checks(done)["config"]["found"].startswith("/config is not exposed; ")
    assert checks(done)["secrets_backend"]["state"] == "skipped"


def test_a_gateway_that_lets_only_reading_through(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("POST", "/(variables|connections|pools)", answer(405))
    done = envctl.json("doctor", "dev")
    assert done.code == 0, done.said
    assert checks(done)["rights_pools"]["found"] == (
        "may read, update and delete; no telling whether it may create"
    )


def test_the_event_log_may_not_be_read(envctl: Envctl, proxy: Proxy) -> None:
    proxy.on("GET", "/eventLogs", answer(403, "Forbidden"))
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (0, {"event_log": "warning"}), done.said


@pytest.mark.parametrize("body", [{}, [], None, {"sections": 3}, {"variables": [{}]}])
def test_answers_of_another_form(body: object, envctl: Envctl, proxy: Proxy) -> None:
    """No check falls over, whatever comes back; all of them are there."""
    nonsense = Answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
    for path in ("/config", "/eventLogs", "/variables", "/ui/auth/me", "/auth/openapi.json"):
        proxy.on("GET", path, lambda _: nonsense)
    done = envctl.json("doctor", "dev")
    assert [one["name"] for one in done.json["checks"]] == CHECKS
    assert "fell over" not in done.out


# --- what is written down there -----------------------------------------------------------------------


def test_the_lock_is_held(envctl: Envctl, api: Api) -> None:
    put_lock(api, seconds=60)
    done = envctl.json("doctor", "dev")
    lock = checks(done)["lock"]
    assert (done.code, lock["state"]) == (0, "warning"), done.said
    assert lock["found"].startswith("held by ana (envctl apply dev) until ")
    assert lock["found"].endswith(" UTC, taken just now")
    assert "envctl unlock dev" in lock["advice"]
    assert "envctl.lock" in api.all("connections")


def test_a_lock_that_was_left(envctl: Envctl, api: Api) -> None:
    put_lock(api, seconds=-60)
    assert "the next apply takes it over" in checks(envctl.json("doctor", "dev"))["lock"]["found"]
    api.set_connection("envctl.lock", conn_type="envctl", description="spoilt")
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (1, {"lock": "problem"}), done.said


def test_a_damaged_ledger(envctl: Envctl, api: Api) -> None:
    assert envctl("apply", "dev").code == 0
    api.set_variable(OWN, api.value(OWN)[:-9])
    api.set_variable("envctl.ledger.other", "spoilt")
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (1, {"ledger": "problem", "other_ledgers": "warning"}), done.said
    assert "envctl ledger repair" in checks(done)["ledger"]["advice"]


def test_the_key_of_the_fingerprints_is_missing(envctl: Envctl, tree: Tree) -> None:
    envctl.secrets |= {"PW": "doctor-password-8813", "ENVCTL_FINGERPRINT_KEY": "k" * 32}
    tree.spec(connections={"c": {"conn_type": "http", "password": "${PW}"}})
    assert envctl("apply", "dev").code == 0
    assert checks(envctl.json("doctor", "dev"))["ledger"]["state"] == "ok"
    del envctl.secrets["ENVCTL_FINGERPRINT_KEY"]
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (0, {"ledger": "warning"}), done.said
    assert "cannot be checked without the key" in checks(done)["ledger"]["found"]


# --- the spec, and several ----------------------------------------------------------------------------


def test_a_spec_with_mistakes(envctl: Envctl, tree: Tree) -> None:
    """They say nothing of the instance."""
    tree.write("dev/spec.yaml", "variables: {a: '***'}\npools: {p: {slotz: 1}}")
    done = envctl.json("doctor", "dev")
    assert (done.code, unsound(done)) == (1, {"spec": "problem"}), done.said
    assert checks(done)["spec"]["found"].startswith("environments/dev/spec.yaml:1:16: ")
    assert checks(done)["spec"]["found"].endswith(", and 1 more")


def test_an_environment_that_cannot_be_read(envctl: Envctl, tree: Tree) -> None:
    tree.write("dev/environment.yaml", "airflow: [")
    done = envctl.json("doctor", "dev")
    assert done.code == 1, done.said
    assert {one["state"] for one in done.json["checks"]} == {"problem", "skipped"}


def test_several(envctl: Envctl, tree: Tree, proxy: Proxy) -> None:
    tree.environment("stage", proxy.url, auth={"method": "none"})
    done = envctl.json("doctor")
    assert done.code == 1, done.said
    assert [one["environment"] for one in done.json["environments"]] == ["dev", "stage"]
    assert envctl("doctor", "dev", verbose=False).out.count("Airflow 3.3.2\n") == 1
    assert envctl("doctor", "nowhere").code == 64
