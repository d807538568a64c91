"""environment.yaml: what it may say, what it may not, and that its mistakes do not hide those of others."""

from __future__ import annotations

import pytest
import trustme

from envctl.model.policy import Limit, Protection, Prune
from tests.unit.trees import AIRFLOW, read

URL = "airflow: {url: https://a.example.com"
WHOLE = """\
description: Production
layers: [base]
airflow:
  url: https://airflow.example.com/prefix/
  auth: {method: password, username: ci, password: "${PASSWORD}"}
  ca_file: ca.pem
params: {bucket: ml-prod, size: 010, odd: "$${x}"}
public_env: [CI_REGION]
manage:
  variables: {include: ["*"], exclude: ["tmp_*"]}
policy: {protected: strict, prune: all, max_changes: 30%, max_deletes: 5}
secrets: {file: {allowed: [/run/secrets]}}
"""


def test_all_that_it_may_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    ca_file = trustme.CA().cert_pem.bytes()
    found = read({"dev/environment.yaml": WHOLE, "base/a.yaml": "", "dev/ca.pem": ca_file})
    assert found.mistakes == []
    assert found.loaded is not None
    file = found.loaded.spec.file
    assert file.description == "Production"
    assert file.layers == ("base",)
    assert file.airflow.url == "https://airflow.example.com/prefix"
    assert file.airflow.auth.method == "password"
    assert file.params == {"bucket": "ml-prod", "size": "010", "odd": "${x}"}
    assert file.public_env == ("CI_REGION",)
    assert file.secrets.file.allowed == ("/run/secrets",)
    rules = file.rules()
    assert (rules.protection, rules.prune) == (Protection.STRICT, Prune.ALL)
    assert (rules.max_changes, rules.max_deletes) == (Limit(30, share=True), Limit(5))


def test_what_holds_when_it_says_nothing() -> None:
    found = read({"dev/environment.yaml": AIRFLOW})
    assert found.loaded is not None
    rules = found.loaded.spec.file.rules()
    assert (rules.protection, rules.prune) == (Protection.NO, Prune.MANAGED)
    assert (rules.max_changes, rules.max_deletes) == (None, Limit(30, share=True))
    assert found.loaded.spec.file.airflow.auth.method == "none"
    assert found.loaded.kinds == ()


MISTAKES = [
    ("", "1:1", "is empty"),
    ("# nothing\n", "1:1", "is empty"),
    ("[a]", "1:1", "environment: must be a mapping, not a list"),
    ("description: x", "1:1", "environment: airflow is missing"),
    ("airflow:", "1:1", "environment: airflow must be a mapping, not nothing (null)"),
    ("airflow: https://a", "1:1", "environment: airflow must be a mapping, not a single value"),
    ("airflow: {}", "1:1", "environment: airflow.url is missing"),
    ("airflow: {urll: https://a}", "1:11", "environment: unknown key 'urll'"),
    ("airflow: {url: a.example.com}", "1:11", "airflow.url must look like https://airflow.example.com"),
    ("airflow: {url: 'https://u:p@a'}", "1:11", "airflow.url must look like"),
    ("airflow: {url: 'https://a/?x=1'}", "1:11", "airflow.url must look like"),
    ("airflow: {url: [a]}", "1:11", "airflow.url must be text, not a list"),
    ("airflow: {url: }", "1:11", "airflow.url is empty: write '' for an empty text, or leave it out"),
    ("airflow: {url: 'http://[::1'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a:99999'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a:0'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a:abc/x'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a%20b'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a..b'}", "1:11", "airflow.url has a host or a port that cannot be"),
    ("airflow: {url: 'http://a\\b'}", "1:11", "airflow.url must look like"),
    ("airflow: {url: '${X'}", "1:16", "'${' is not closed"),
    (
        f"{URL}, auth: {{method: magic}}}}",
        "1:46",
        "auth.method must be one of none, basic, password, token, command",
    ),
    (f"{URL}, auth: {{method: token, token: tök}}}}", "1:61", "auth.token must be printable ASCII"),
    (f'{URL}, auth: {{method: token, token: "t\\n"}}}}', "1:61", "auth.token must be printable ASCII"),
    (f"{URL}, auth: {{metod: none}}}}", "1:46", "unknown key 'metod'"),
    (f"{URL}, auth: {{method: password}}}}", "1:39", "method password needs password and username"),
    (f"{URL}, auth: {{method: token}}}}", "1:39", "method token needs token"),
    (f"{URL}, auth: {{method: none, token: x}}}}", "1:39", "method none does not use token"),
    (f"{URL}, auth: basic}}", "1:39", "airflow.auth must be a mapping"),
    (f"{URL}, auth: {{method: token, token: '***'}}}}", "1:61", "airflow.auth.token is Airflow's mask '***'"),
    (f"{AIRFLOW}layers: base", "2:1", "layers must be a list, not a single value"),
    (f"{AIRFLOW}layers: [[base]]", "2:10", "layers[0] must be text, not a list"),
    (f"{AIRFLOW}layers: [nowhere]", "2:10", "unknown layer 'nowhere'"),
    (f"{AIRFLOW}layers: [.git]", "2:10", "unknown layer '.git'"),
    (f"{AIRFLOW}layers: ['../dev']", "2:10", "unknown layer '../dev'"),
    (f"{AIRFLOW}layers: ['']", "2:10", "unknown layer ''"),
    (f"{AIRFLOW}layers: [dev]", "2:10", "layers in a circle: dev -> dev"),
    (f"{AIRFLOW}layers: ['${{X}}']", "2:10", "${X}: a reference cannot stand here"),
    (f"{AIRFLOW}layers: [!unmanaged x]", "2:10", "!unmanaged has no meaning in environment.yaml"),
    (f"{AIRFLOW}params: {{a: ok, b: }}", "2:17", "params.b is empty"),
    (f"{AIRFLOW}params: {{a: [x]}}", "2:10", "params.a must be text, not a list"),
    (f"{AIRFLOW}params: {{a: '${{param:b}}'}}", "2:13", "${param:b}: a reference cannot stand here"),
    (f"{AIRFLOW}params: {{a: '***'}}", "2:10", "params.a is Airflow's mask '***'"),
    (f"{AIRFLOW}params: [a]", "2:1", "params must be a mapping, not a list"),
    (f"{AIRFLOW}description: !remove", "2:14", "!remove has no meaning in environment.yaml"),
    (f"{AIRFLOW}policy: {{protected: maybe}}", "2:10", "policy.protected must be true, false or strict"),
    (f"{AIRFLOW}policy: {{prune: some}}", "2:10", "policy.prune must be one of none, managed, all"),
    (f"{AIRFLOW}policy: {{max_changes: 101%}}", "2:10", "policy.max_changes must be a count such as 20"),
    (f"{AIRFLOW}policy: {{max_changes: -1}}", "2:10", "policy.max_changes must be a count"),
    (f"{AIRFLOW}policy: {{max_deletes: few}}", "2:10", "policy.max_deletes must be a count"),
    (f"{AIRFLOW}policy: []", "2:1", "policy must be a mapping, not a list"),
    (f"{AIRFLOW}secrets: {{file: {{allow: []}}}}", "2:18", "unknown key 'allow'"),
    (f"{AIRFLOW}manage: [variables]", "2:9", "manage: must be a mapping, not a list"),
    (f"{AIRFLOW}manage: {{variable: {{}}}}", "2:10", "manage: unknown section 'variable'"),
    (f"{AIRFLOW}manage: {{variables: {{includes: []}}}}", "2:22", "manage variables: unknown key 'includes'"),
    (f"{AIRFLOW}manage: {{variables: {{include: x}}}}", "2:22", "include must be a list, not a single value"),
    (f"{AIRFLOW}variables: {{x: 1}}", "2:1", "variables cannot stand in environment.yaml"),
    (f"{AIRFLOW}parms: {{}}", "2:1", "environment: unknown key 'parms'"),
    (f"{AIRFLOW}airflow: {{}}", "2:1", "'airflow' stands here twice"),
    ("airflow: {url: !secret x}", "1:16", "unknown tag !secret"),
]


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES)
def test_one_finding_for_one_mistake(text: str, place: str, words: str) -> None:
    found = read({"dev/environment.yaml": text})
    first, *more = found.mistakes
    assert first.startswith(f"tree/dev/environment.yaml:{place}: ")
    assert words in first
    assert not more or "unknown tag" in first  # the text that is left is no URL either


def test_its_mistakes_do_not_hide_those_of_the_other_files() -> None:
    environment = f"layers: [base]\n{AIRFLOW}params: {{a: 1}}\npolicy: {{prune: some}}\ncolour: red\n"
    found = read(
        {
            "dev/environment.yaml": environment,
            "dev/a.yaml": "variables: {x: {description: '${param:a}'}, y: '${param:b}'}\n",
            "base/a.yaml": "variables: {x: 5}\npools: {p: {}}\n",
        }
    )
    assert found.mistakes == [
        "tree/dev/environment.yaml:4:10: environment: policy.prune must be one of none, managed, all",
        "tree/dev/environment.yaml:5:1: environment: unknown key 'colour'",
        "tree/dev/a.yaml:1:48: ${param:b}: the environment has no param 'b'",
        "tree/base/a.yaml:2:9: pool 'p': slots is missing",
    ]


@pytest.mark.parametrize("wrong", ["layers: base", "params: [a]", "parms: {a: 1}", "layers: ['${X}']"])
def test_no_guesses_where_the_rest_depends_on_what_is_wrong(wrong: str) -> None:
    files = {
        "dev/environment.yaml": f"{AIRFLOW}{wrong}\n",
        "dev/a.yaml": "variables: {x: {description: '${param:a}'}}\n",
        "dev/b.yaml": "variabels: {}\n",
    }
    first, second = read(files).mistakes
    assert first.startswith("tree/dev/environment.yaml:2:")
    assert second == "tree/dev/b.yaml:1:1: unknown section 'variabels'"


def test_an_object_outside_of_what_is_managed() -> None:
    environment = f'{AIRFLOW}manage: {{variables: {{exclude: ["tmp_*"]}}}}\n'
    found = read({"dev/environment.yaml": environment, "dev/a.yaml": "variables:\n  tmp_x: 1\n  y: 2\n"})
    assert found.mistakes == [
        "tree/dev/a.yaml:2:3: variable 'tmp_x' is outside of what environment dev manages"
    ]


def test_a_wrong_choice_shows_the_nearest_one() -> None:
    (found,) = read({"dev/environment.yaml": "airflow: {url: http://a, auth: {method: pasword}}"}).found
    assert found.hint == "did you mean 'password'?"


@pytest.mark.parametrize("url", ["http://[::1]:8080", "http://a_b:80/x", "http://a.b.", "https://1.2.3.4"])
def test_addresses_that_can_be(url: str) -> None:
    assert read({"dev/environment.yaml": f"airflow: {{url: '{url}'}}"}).mistakes == []


def test_what_is_missing_in_it_never_asks_for_a_tag() -> None:
    found = read({"dev/environment.yaml": f"description:\n{AIRFLOW}params: {{a: }}\nlayers: [~]\n"}).found
    assert len(found) == 3
    assert not any("!remove" in f"{one.message}{one.hint}" for one in found)
