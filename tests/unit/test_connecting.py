"""`airflow:` of an environment.yaml, with what is set from outside, into how to reach the instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from envctl.errors import SpecError
from envctl.kinds import KINDS
from envctl.loading import instance_settings
from envctl.model.secret import Secret
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from tests.unit.trees import write

if TYPE_CHECKING:
    from envctl.airflow.settings import InstanceSettings

URL = "tree/dev/environment.yaml:1:11: airflow: url "
PASSWORD = "auth: {method: password, username: '${WHO}', password: '${PW}'}"


def connect(airflow: str, name: str = "dev") -> InstanceSettings:
    tree = open_tree(write({f"{name}/environment.yaml": f"airflow: {{{airflow}}}\n"}))
    spec = SpecReader(tree, KINDS).environment(name)
    assert spec is not None
    return instance_settings(tree, spec, read_settings())


def refused(airflow: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        connect(airflow)
    return [str(one) for one in error.value.diagnostics]


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "a.example.com", "WHO": "ci", "PW": "hunter2"}.items():
        monkeypatch.setenv(name, value)


def test_what_is_shown_is_text_and_what_is_not_is_secret() -> None:
    found = connect(f"url: 'https://${{HOST}}/x/', {PASSWORD}")
    assert found.url == "https://a.example.com/x"
    assert (found.login.method, found.login.username) == ("password", "ci")
    assert isinstance(found.login.password, Secret)
    assert found.login.password.is_text("hunter2")
    assert "hunter2" not in repr(found)


def test_a_token() -> None:
    found = connect("url: https://a, auth: {method: token, token: '${PW}'}")
    assert isinstance(found.login.token, Secret)
    assert found.login.password is None


def test_no_login() -> None:
    assert connect("url: http://localhost:8080").login.method == "none"


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
    assert connect("url: https://a, ca_file: ca.pem").ca_file == Path("tree/dev/ca.pem")
    write({"dev/ca.pem": "x"})
    (mistake,) = refused("url: https://a, ca_file: ca.pem")
    assert "ca_file ca.pem holds no certificate that can be read" in mistake


def test_any_key_can_be_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__EU_PROD__AIRFLOW__URL", "https://b.example.com/")
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__EU_PROD__AIRFLOW__AUTH__PASSWORD", "other-${X}")
    found = connect(f"url: https://a, {PASSWORD}", name="eu-prod")
    assert found.url == "https://b.example.com"
    assert found.login.username == "ci"
    assert isinstance(found.login.password, Secret)
    assert found.login.password.is_text("other-${X}")


def test_another_method_from_outside_drops_the_login_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__METHOD", "token")
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__TOKEN", "t")
    found = connect(f"url: https://a, {PASSWORD}")
    assert (found.login.method, found.login.username, found.login.password) == ("token", None, None)


def test_mistakes_in_what_is_set_from_outside_name_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URI", "https://b")
    (mistake,) = refused("url: https://a")
    assert mistake == "ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URI: airflow: unknown key 'uri'"


@pytest.mark.parametrize(
    ("root", "shown"),
    [("tree", "tree"), ("./tree/", "tree"), ("tree/../tree", "tree"), (".", "."), ("..", "..")],
)
def test_how_the_tree_is_called_in_positions(root: str, shown: str) -> None:
    Path("tree").mkdir()
    assert open_tree(Path(root)).shown == shown
