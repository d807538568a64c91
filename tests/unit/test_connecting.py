"""`airflow:` of an environment.yaml, with what is set from outside, into how to reach the instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.airflow.settings import NoLogin, PasswordLogin, TokenLogin
from envctl.errors import SpecError
from envctl.kinds import KINDS
from envctl.model.lookup import Lookup
from envctl.model.secret import Secret
from envctl.settings import read_settings
from envctl.spec.tree import open_tree
from envctl.stages.connecting import instance_settings
from envctl.stages.loading import Loaded, load, reader_for
from tests.unit.trees import write

if TYPE_CHECKING:
    from envctl.airflow.settings import InstanceSettings
    from envctl.errors import Diagnostic

URL = "tree/dev/environment.yaml:1:11: environment: airflow.url "
PASSWORD = "auth: {method: password, username: '${WHO}', password: '${PW}'}"


def loaded(environment: str, name: str = "dev", *, secrets: bool = True) -> Loaded | tuple[Diagnostic, ...]:
    tree = open_tree(write({f"{name}/environment.yaml": environment}))
    settings = read_settings()
    lookup = Lookup.ALL if secrets else Lookup.NONE
    return load(tree, reader_for(tree, KINDS, settings), name, KINDS, settings=settings, lookup=lookup)


def connect(airflow: str, name: str = "dev") -> InstanceSettings:
    found = loaded(f"airflow: {{{airflow}}}\n", name)
    assert isinstance(found, Loaded), found
    assert found.instance is not None
    return found.instance


def refused(airflow: str) -> list[str]:
    found = loaded(f"airflow: {{{airflow}}}\n")
    assert not isinstance(found, Loaded)
    return [str(one) for one in found]


def outside(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"ENVCTL_ENVIRONMENTS__{name}", value)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "a.example.com", "WHO": "ci", "PW": "hunter2"}.items():
        monkeypatch.setenv(name, value)


def test_what_is_shown_is_text_and_what_is_not_is_secret() -> None:
    found = connect(f"url: 'https://${{HOST}}/x/', {PASSWORD}")
    assert found.url == "https://a.example.com/x"
    assert isinstance(found.login, PasswordLogin)
    assert found.login.username == "ci"
    assert isinstance(found.login.password, Secret)
    assert found.login.password.is_text("hunter2")
    assert "hunter2" not in repr(found)


def test_a_token() -> None:
    found = connect("url: https://a, auth: {method: token, token: '${PW}'}")
    assert isinstance(found.login, TokenLogin)
    assert isinstance(found.login.token, Secret)


def test_no_login() -> None:
    assert connect("url: http://localhost:8080").login == NoLogin()


@pytest.mark.parametrize(
    ("airflow", "mistakes"),
    [
        (
            "url: 'https://${NO_HOST}', auth: {method: token, token: '${NO_TOKEN}'}",
            [
                "tree/dev/environment.yaml:1:67: environment variable NO_TOKEN is not set",
                "tree/dev/environment.yaml:1:16: environment variable NO_HOST is not set",
            ],
        ),
        (
            "url: '${HOST}'",
            [f"{URL}must look like https://airflow.example.com, without user, query or fragment"],
        ),
        (
            "url: 'https://${file:host}'",
            [f"{URL}must be a text that may be shown: it cannot come from a secret source"],
        ),
        (
            "url: https://a, ca_file: ca.pem",
            ["tree/dev/environment.yaml:1:27: airflow: ca_file ca.pem: no such file"],
        ),
    ],
)
def test_mistakes_have_their_place(airflow: str, mistakes: list[str]) -> None:
    write({"dev/host": "a.example.com"})
    assert refused(airflow) == mistakes


def test_a_certificate_beside_the_environment() -> None:
    write({"dev/ca.pem": trustme.CA().cert_pem.bytes()})
    assert connect("url: https://a, ca_file: ca.pem").certificates.authority == Path("tree/dev/ca.pem")
    write({"dev/ca.pem": "x"})
    (mistake,) = refused("url: https://a, ca_file: ca.pem")
    assert "ca_file ca.pem holds no certificate that can be read" in mistake


def test_any_key_can_be_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__EU_PROD__AIRFLOW__URL", "https://b.example.com/")
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__EU_PROD__AIRFLOW__AUTH__PASSWORD", "other-${X}")
    found = connect(f"url: https://a, {PASSWORD}", name="eu-prod")
    assert found.url == "https://b.example.com"
    assert isinstance(found.login, PasswordLogin)
    assert found.login.username == "ci"
    assert isinstance(found.login.password, Secret)
    assert found.login.password.is_text("other-${X}")


def test_another_method_from_outside_drops_the_login_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__METHOD", "token")
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__TOKEN", "t")
    found = connect(f"url: https://a, {PASSWORD}")
    assert isinstance(found.login, TokenLogin)


def test_mistakes_in_what_is_set_from_outside_name_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URI", "https://b")
    (mistake,) = refused("url: https://a")
    assert mistake == "ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URI: environment: unknown key 'uri'"


@pytest.mark.parametrize(
    ("root", "shown"),
    [("tree", "tree"), ("./tree/", "tree"), ("tree/../tree", "tree"), (".", "."), ("..", "..")],
)
def test_how_the_tree_is_called_in_positions(root: str, shown: str) -> None:
    Path("tree").mkdir()
    assert open_tree(Path(root)).shown == shown


@pytest.mark.parametrize(
    "text", ["1e5", "1.10", '"quoted"', "null", "{a: 1}", "true", " x ", "${PW}", "$${x}"]
)
def test_a_value_from_outside_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    outside(monkeypatch, DEV__AIRFLOW__AUTH__PASSWORD=text, DEV__AIRFLOW__AUTH__USERNAME=text)
    found = connect(f"url: https://a, {PASSWORD}")
    assert isinstance(found.login, PasswordLogin)
    assert found.login.username == text
    assert isinstance(found.login.password, Secret)
    assert found.login.password.is_text(text)


@pytest.mark.parametrize(
    "environment",
    [
        "airflow: {url: https://a, auth: {method: password, username: ci}}",
        "airflow: {url: https://a, auth: {method: password}}",
        "airflow: {auth: {method: password, username: ci}}",
        "description: all of it from outside",
        "# all of it from outside",
    ],
)
def test_what_the_file_lacks_can_be_set_from_outside(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    outside(monkeypatch, DEV__AIRFLOW__AUTH__PASSWORD="p")
    if "url" not in environment:
        outside(monkeypatch, DEV__AIRFLOW__URL="https://a")
    if "username" not in environment:
        outside(monkeypatch, DEV__AIRFLOW__AUTH__USERNAME="ci")
    if "auth" not in environment:
        outside(monkeypatch, DEV__AIRFLOW__AUTH__METHOD="password")
    for secrets in (True, False):
        assert isinstance(loaded(environment, secrets=secrets), Loaded)


def test_what_is_lacking_all_the_same_is_said_where_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, DEV__AIRFLOW__AUTH__PASSWORD="p")
    assert refused("url: https://a, auth: {method: password}") == [
        "tree/dev/environment.yaml:1:27: environment: airflow.auth method password needs username"
    ]


@pytest.mark.parametrize(
    ("variable", "words", "hint"),
    [
        (
            "DEVV__AIRFLOW__URL",
            "there is no environment 'devv'",
            "did you mean ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URL?",
        ),
        ("ZZZ__AIRFLOW__URL", "there is no environment 'zzz'", "there are: dev"),
        (
            "DEV__POLICY__PRUNE",
            "only what stands under airflow: can be set from outside",
            "names look like ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__PRUNE",
        ),
        (
            "DEV__AIRFOW__URL",
            "only what stands under airflow: can be set from outside",
            "did you mean ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URL?",
        ),
    ],
)
def test_what_is_set_for_nothing_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, variable: str, words: str, hint: str
) -> None:
    outside(monkeypatch, **{variable: "http://hunter2"})
    found = loaded("airflow: {url: https://a}")
    assert not isinstance(found, Loaded)
    assert [(str(one), one.hint) for one in found] == [(f"ENVCTL_ENVIRONMENTS__{variable}: {words}", hint)]


def test_unset_references_are_listed_with_those_of_the_other_files() -> None:
    write({"dev/a.yaml": "variables: {x: '${NO_X}'}"})
    found = refused(
        "url: 'https://${NO_HOST}', auth: {method: token, token: '${NO_TOKEN}'}, ca_file: gone.pem"
    )
    assert [one.partition(": ")[2] for one in found] == [
        "environment variable NO_TOKEN is not set",
        "environment variable NO_HOST is not set",
        "airflow: ca_file gone.pem: no such file",
        "environment variable NO_X is not set",
    ]


def test_without_secrets_only_the_form_is_checked() -> None:
    found = loaded("airflow: {url: 'https://${NO}', auth: {method: token, token: '${NO}'}}", secrets=False)
    assert isinstance(found, Loaded)
    assert found.instance is None
    found = loaded("airflow: {url: 'ftp://${param:h}', ca_file: x}\nparams: {h: a}\n", secrets=False)
    assert not isinstance(found, Loaded)
    assert len(found) == 1
    found = loaded("airflow: {url: 'http://a', auth: {method: token, token: '${valt:x}'}}", secrets=False)
    assert not isinstance(found, Loaded)
    assert [one.message for one in found] == ["${valt:x}: unknown source 'valt'; did you mean 'vault'?"]


def test_an_environment_loaded_without_secrets_is_connected_to_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside(monkeypatch, DEV__AIRFLOW__URL="https://b")
    found = loaded(f"airflow: {{url: https://a, {PASSWORD}}}", secrets=False)
    assert isinstance(found, Loaded)
    settings = read_settings()
    tree = open_tree(Path("tree"))
    assert instance_settings(tree, found.spec, settings) == connect(f"url: https://a, {PASSWORD}")
    monkeypatch.delenv("PW")
    with pytest.raises(SpecError):
        instance_settings(tree, found.spec, settings)


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        ("auth: {method: token, token: '${BAD}'}", "token must be printable ASCII without spaces"),
        (PASSWORD.replace("PW", "BAD"), "password must not end in a newline"),
    ],
)
def test_a_login_that_cannot_be_sent_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, auth: str, words: str
) -> None:
    monkeypatch.setenv("BAD", "hunter2\n")
    (mistake,) = refused(f"url: https://a, {auth}")
    assert words in mistake
    assert "hunter2" not in mistake


def test_a_literal_dollar_brace_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, DEV__AIRFLOW__URL="https://${HOST}")
    (mistake,) = refused("url: https://a")
    assert mistake.startswith("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URL: environment: airflow.url ")
