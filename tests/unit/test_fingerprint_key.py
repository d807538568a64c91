"""`secrets: {fingerprint_key: ...}`: a secret wherever it comes from, looked up like the login is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.trees import AIRFLOW, Read, read

PLACE = "tree/dev/environment.yaml:2:11"
KEY = "hunter2-" * 4
"""As short as a key may be."""
SHORT = (
    "environment: secrets.fingerprint_key must have 32 characters or more in each key:"
    " make one with openssl rand -base64 32"
)


def keyed(value: str, *, secrets: bool = True) -> Read:
    return read(
        {"dev/environment.yaml": f"{AIRFLOW}secrets: {{fingerprint_key: {value}}}\n"}, secrets=secrets
    )


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", KEY)


@pytest.mark.parametrize("value", ["${KEY}", "'${env:KEY}'", f"${{NO_KEY:-{KEY}}}", KEY, "${file:key}"])
def test_it_is_a_secret(value: str) -> None:
    Path("tree").mkdir()
    Path("tree/key").write_text(f"{KEY}\n")
    found = keyed(value)
    assert found.loaded is not None, found.mistakes
    key = found.loaded.fingerprint_key
    assert key is not None
    assert key.is_text(KEY)
    assert "hunter2" not in repr(key) or value.startswith("${NO_KEY")  # a default stands in the reference


def test_a_public_variable_and_a_param_make_secrets_too() -> None:
    public = f"{AIRFLOW}params: {{a: hunt}}\npublic_env: [KEY]\n"
    found = read({"dev/environment.yaml": public + "secrets: {fingerprint_key: '${KEY}${param:a}'}\n"})
    assert found.loaded is not None, found.mistakes
    assert found.loaded.fingerprint_key is not None
    assert found.loaded.fingerprint_key.is_text(f"{KEY}hunt")
    assert str(found.loaded.fingerprint_key) == "secrets.fingerprint_key"


def test_an_environment_without_one() -> None:
    for text in (AIRFLOW, f"{AIRFLOW}secrets: {{file: {{allowed: [x]}}}}\n"):
        found = read({"dev/environment.yaml": text})
        assert found.loaded is not None
        assert found.loaded.fingerprint_key is None


def test_without_secrets_it_is_not_looked_up() -> None:
    found = keyed("${NO_KEY}", secrets=False)
    assert found.loaded is not None, found.mistakes
    assert found.loaded.fingerprint_key is not None
    assert not found.loaded.fingerprint_key.available


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("${NO_KEY}", "environment variable NO_KEY is not set"),
        ("${file:no_key}", "${file:no_key}: no such file"),
        ("${KEY", "'${' is not closed"),
        ("${NO_KEY:-}", "environment: secrets.fingerprint_key must not be empty"),
        ("''", "environment: secrets.fingerprint_key must not be empty"),
        ("", "environment: secrets.fingerprint_key is empty"),
        ("x", SHORT),
        (KEY[1:], SHORT),
        (f"{KEY},{KEY[1:]}", SHORT),
        ("${NO_KEY:-x}", SHORT),
        ("${file:weak}", SHORT),
        ("[a]", "environment: secrets.fingerprint_key must be text, not a list"),
        ("'***'", "environment: secrets.fingerprint_key is Airflow's mask '***'"),
        ("!remove x", "!remove has no meaning in environment.yaml"),
    ],
)
def test_mistakes(value: str, words: str) -> None:
    Path("tree").mkdir()
    Path("tree/weak").write_text(f"{KEY[1:]}\n")
    (mistake,) = keyed(f"'{value}'" if value == "${KEY" or "," in value else value).mistakes
    assert mistake.startswith("tree/dev/environment.yaml:2:")
    assert words in mistake


@pytest.mark.parametrize(
    "text",
    [
        "secrets: {fingerprint_key: '${KEY}', file: {allowed: ['${KEY}']}}",
        "secrets: {file: '${KEY}'}",
        "secrets: ['${KEY}']",
        "description: '${KEY}'",
    ],
)
def test_references_elsewhere_stay_refused(text: str) -> None:
    found = read({"dev/environment.yaml": f"{AIRFLOW}{text}\n"})
    assert "${KEY}: a reference cannot stand here" in found.mistakes[0]
    hint = "in environment.yaml references stand under airflow and secrets.fingerprint_key only"
    assert str(found.found[0].hint).startswith(hint)


def test_a_dollar_that_is_none_stays() -> None:
    text = "secrets: {fingerprint_key: 'a$${b" + KEY + "', file: {allowed: ['$${c']}}\n"
    found = read({"dev/environment.yaml": AIRFLOW + text})
    assert found.loaded is not None, found.mistakes
    assert found.loaded.fingerprint_key is not None
    assert found.loaded.fingerprint_key.is_text(f"a${{b{KEY}")
    assert found.loaded.spec.file.secrets.file.allowed == ("${c",)


def test_the_nearest_key() -> None:
    found = read({"dev/environment.yaml": f"{AIRFLOW}secrets: {{fingerprintkey: x}}\n"}).found
    assert found[0].hint == "did you mean 'fingerprint_key'?"
