"""envctl's own settings: where they come from, which goes first, and that their mistakes show no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.errors import SettingsError
from envctl.settings import read_settings

E = "ENVCTL_ENVIRONMENTS"
KEY = "hunter2-" * 4
"""As short as a key of fingerprints may be."""


def test_what_is_empty_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_ROOT", "")
    monkeypatch.setenv("ENVCTL_RETRIES", "")
    monkeypatch.setenv(f"{E}__DEV__AIRFLOW__URL", "")
    Path(".env").write_text("ENVCTL_RETRIES=7\n")
    settings = read_settings()
    assert (settings.root, settings.retries, settings.environments) == (Path("environments"), 7, {})


def test_the_process_goes_before_the_file_whatever_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        f"{E}__DEV__AIRFLOW__URL=http://file\n"
        f"{E.lower()}__eu-prod__airflow__auth__password='1e5 ${{HOME}}'\n"
        f"{E}__DEV__AIRFLOW__CA_FILE\n"
    )
    monkeypatch.setenv(f"{E}__dev__Airflow__URL", "http://process")
    settings = read_settings()
    assert settings.airflow_overrides("dev") == {"url": "http://process"}
    assert settings.airflow_overrides("EU.prod") == {"auth": {"password": "1e5 ${HOME}"}}
    assert settings.airflow_overrides("stage") == {}
    assert "1e5" not in repr(settings)


@pytest.mark.parametrize(
    "name", [E, f"{E}__DEV", f"{E}__DEV__AIRFLOW", f"{E}_DEV__AIRFLOW__URL", f"{E}DEV__AIRFLOW__URL"]
)
def test_a_name_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, '{"dev": "hunter2"}')
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert error.value.message == f"{name} names no key of an environment"
    assert error.value.hint == "write ENVCTL_ENVIRONMENTS__NAME__AIRFLOW__URL"


@pytest.mark.parametrize("order", [1, -1])
def test_a_key_cannot_be_a_text_and_a_mapping(monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    for name in (f"{E}__DEV__AIRFLOW__AUTH", f"{E}__DEV__AIRFLOW__AUTH__TOKEN")[::order]:
        monkeypatch.setenv(name, "hunter2")
    with pytest.raises(SettingsError, match=f"{E}__DEV__AIRFLOW__AUTH") as error:
        read_settings()
    assert "hunter2" not in error.value.message


def test_what_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{E}__DEV__AIRFLOW__URL", "a\udcff")
    with pytest.raises(SettingsError, match="ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__URL is not UTF-8 text"):
        read_settings()
    monkeypatch.delenv(f"{E}__DEV__AIRFLOW__URL")
    monkeypatch.setenv("ENVCTL_AGE_KEY_FILE", "a\udcff")
    assert read_settings().age_key_file == Path("a\udcff")
    Path(".env").write_bytes(b"ENVCTL_ROOT=\xff")
    with pytest.raises(SettingsError, match=r"\.env cannot be read: it is not UTF-8 text"):
        read_settings()


def test_a_dollar_in_the_file_stands_for_itself() -> None:
    Path(".env").write_text("ENVCTL_ROOT=$HOME/${HOME:-x}\n")
    assert read_settings().root == Path("$HOME/${HOME:-x}")


def test_the_key_of_fingerprints_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().fingerprint_key is None
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", f"[{KEY}]")
    settings = read_settings()
    assert settings.origin("fingerprint_key") == "set"
    key = settings.fingerprint_key
    assert key is not None
    assert key.is_text(f"[{KEY}]")
    assert "hunter2" not in f"{settings!r}{settings}{settings.model_dump()}{key!r}"


@pytest.mark.parametrize("text", [KEY, f"{KEY},{KEY}-old", f" {KEY} , {KEY}"])
def test_keys_of_fingerprints(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", text)
    assert str(read_settings().fingerprint_key) == "ENVCTL_FINGERPRINT_KEY"


@pytest.mark.parametrize("text", ["x", KEY[1:], f"{KEY},{KEY[1:]}", f"{KEY[1:]},{KEY}", f" {KEY[1:]} "])
def test_a_key_of_fingerprints_that_could_be_guessed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", text)
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert error.value.message == (
        "ENVCTL_FINGERPRINT_KEY: a key in it has fewer than 32 characters and could be guessed:"
        " make one with openssl rand -base64 32"
    )


@pytest.mark.parametrize("text", [",", f"{KEY},", f",{KEY}", f"{KEY},,{KEY}", " "])
def test_an_empty_key_of_fingerprints(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", text)
    with pytest.raises(SettingsError) as error:
        read_settings()
    said = "ENVCTL_FINGERPRINT_KEY: there is an empty key in it: separate keys by single commas"
    assert error.value.message == said


@pytest.mark.parametrize("text", [f"{KEY}\udcff", f"{KEY}\n{KEY}"])
def test_a_key_of_fingerprints_that_is_no_text(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", text)
    with pytest.raises(SettingsError, match="KEY: it holds what is no printable text"):
        read_settings()


def test_a_mistake_names_the_setting_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVCTL_RETRIES", "hunter2")
    with pytest.raises(SettingsError, match=r"^ENVCTL_RETRIES: input should be a valid integer") as error:
        read_settings()
    assert "hunter2" not in error.value.message
