"""airflow.cfg: compared, never written, rendered, and clean once an instance runs with what was rendered."""

from __future__ import annotations

import configparser
import json
import shlex
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from envctl.report.schema import report_schema
from envctl.sandbox import SandboxSpec, start
from tests.server.envctl import Envctl
from tests.server.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.api import Api
    from tests.server.proxy import Proxy

pytestmark = pytest.mark.server

SPEC = """\
config:
  core: {parallelism: 64, dags_are_paused_at_creation: false, max_active_tasks_per_dag: '17'}
  logging: {log_format: "[%(asctime)s] 'it' {{%(filename)s}} - %(message)s", logging_level: WARNING}
  api: {page_size: 20}
  database: {sql_alchemy_conn: "${DB_URL}"}
"""
DB_URL = "postgres://u:canary-db-url-77@h/db"


def test_what_differs_is_observed_and_never_written(
    envctl: Envctl, tree: Tree, api: Api, proxy: Proxy
) -> None:
    tree.spec("config:\n  core: {parallelism: 64, load_examples: False}\nvariables: {x: '1'}\n")
    done = envctl("diff", "dev", "--format", "json")
    assert done.code == 2
    summary = done.json["summary"]
    assert (summary["observe"], summary["create"]) == (1, 1)
    assert not [one for one in done.json["unmanaged"] if one.startswith("config/")]
    (observed,) = [one for one in done.json["changes"] if one["action"] == "observe"]
    assert observed["address"] == "config/core"
    assert observed["fields"] == [
        {"path": "parallelism", "verdict": "different", "live": "32", "desired": "64"}
    ]
    done = envctl("apply", "dev", "--format", "json")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    outcomes = {one["address"]: one["outcome"] for one in done.json["changes"]}
    assert outcomes == {"variable/x": "applied", "config/core": "not_attempted"}
    proxy.seen.clear()
    done = envctl("apply", "dev")
    assert done.code == 0
    assert "1 to observe" in done.out
    assert not [one for one in proxy.seen if one.method != "GET" and "/auth/" not in one.path]
    assert envctl("diff", "dev").code == 2
    assert envctl("status", "dev").code == 2
    tree.spec("variables: {x: '1'}")
    assert envctl("diff", "dev").code == 0
    assert {one.kind for one in api.ledger().entries} == {"variable"}


def test_names_are_checked_against_the_server(envctl: Envctl, tree: Tree) -> None:
    tree.spec("config:\n  core:\n    paralellism: 64\n    dags_folder: /x\n  shceduler: {x: 1}\n")
    done = envctl("diff", "dev")
    assert done.code == 1
    assert "dev/spec.yaml:3:5: config 'core': the instance knows no 'paralellism' there" in done.err
    assert "did you mean 'parallelism'?" in done.err
    assert "dev/spec.yaml:5:3: config 'shceduler': the instance has none of this name" in done.err
    assert "did you mean 'scheduler'?" in done.err


def test_sensitive_options_cannot_be_verified(envctl: Envctl, tree: Tree) -> None:
    envctl.secrets["DB_URL"] = DB_URL
    tree.spec("config: {database: {sql_alchemy_conn: '${DB_URL}'}}")
    done = envctl("diff", "dev", "--format", "json")
    assert done.code == 0, done.said
    (one,) = done.json["unverifiable"]
    assert (one["address"], one["fields"]) == ("config/database", ["sql_alchemy_conn"])


def test_rendered_and_deployed_it_is_clean(tmp_path: Path) -> None:
    """Must-show 4, in each of the three forms' own reader, and for real with the variables."""
    tree = Tree(tmp_path, "http://127.0.0.1:1")
    tree.spec(SPEC)
    envctl = Envctl(tmp_path, set)
    envctl.canaries.add("canary-db-url-77")
    lines = envctl("render", "dev", "--config", "env").out.splitlines()
    assert "AIRFLOW__CORE__PARALLELISM=64" in lines
    assert "# AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: secret, ${DB_URL}" in lines
    variables = dict(shlex.split(line)[0].split("=", 1) for line in lines if not line.startswith("#"))
    spec = SandboxSpec(name="rendered", environment=variables, base=tmp_path / "sandboxes")
    with start(spec) as sandbox:
        tree.environment("dev", sandbox.url)
        envctl.secrets.update(AIRFLOW_PASSWORD=sandbox.password, DB_URL=DB_URL)
        done = envctl("diff", "dev", "--format", "json")
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert len(done.json["unverifiable"]) == 1


def test_the_other_forms_say_the_same(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "http://127.0.0.1:1")
    tree.spec(SPEC)
    envctl = Envctl(tmp_path, set)
    wanted = json.loads(envctl("render", "dev", "--config", "cfg", "--format", "json").out)
    parser = configparser.ConfigParser()
    parser.read_string(envctl("render", "dev", "--config", "cfg").out)
    found: dict[str, Any] = {name: dict(parser[name]) for name in parser.sections() if parser[name]}
    assert found == wanted["config"]
    values = yaml.safe_load(envctl("render", "dev", "--config", "helm").out)["config"]
    assert values["core"] == wanted["config"]["core"]
    assert values["logging"]["log_format"] == (
        """[%%(asctime)s] 'it' {{ "{{" }}%%(filename)s}} - %%(message)s"""
    )
    assert wanted["secret"] == {"database": {"sql_alchemy_conn": "${DB_URL}"}}
    jsonschema.validate(wanted, report_schema())


def test_an_instance_that_shows_no_configuration(tmp_path: Path) -> None:
    hidden = {"AIRFLOW__API__EXPOSE_CONFIG": "False"}
    with start(SandboxSpec(name="hidden", environment=hidden, base=tmp_path / "sandboxes")) as sandbox:
        tree = Tree(tmp_path, sandbox.url)
        tree.spec("config: {core: {parallelism: 64}}\nvariables: {x: '1'}\n")
        envctl = Envctl(tmp_path, set)
        envctl.secrets["AIRFLOW_PASSWORD"] = sandbox.password
        done = envctl("diff", "dev", "--format", "json")
        assert done.code == 2, done.said
        assert done.json["not_compared"] == ["config"]
        (warning,) = done.json["diagnostics"]
        assert warning["severity"] == "warning"
        assert warning["message"].startswith("config: not compared, the login may not read sections")
        assert "chose not to expose" in warning["message"]
        assert envctl("apply", "dev").code == 0
