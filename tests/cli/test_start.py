"""What starting costs, and what the command line does before it reads a spec."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from envctl.cli.commands import application
from envctl.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"airflow_client", "hvac", "boto3", "botocore", "msgspec", "pydantic", "rich", "urllib3", "yaml"}
CLIENTS = {"airflow_client", "hvac", "boto3", "botocore", "pyrage"}


def imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys; from envctl.cli.main import run; code = run(sys.argv[1:]);"
        "names = {name.partition('.')[0] for name in sys.modules};"
        "print('\\n' + ' '.join(names), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported_by(*arguments) & HEAVY


@pytest.mark.parametrize("arguments", [["diff", "--help"], ["validate", "--no-secrets"], ["schema", "spec"]])
def test_offline_commands_import_no_client(arguments: list[str]) -> None:
    assert not imported_by(*arguments) & CLIENTS


def test_the_command_that_is_called_is_the_only_one_that_is_put_together() -> None:
    called, everything = application(["diff", "--help"]), application(["--root", "x", "diff"])
    assert [one.name for one in called.registered_commands] == ["diff"]
    assert called.registered_groups == []
    assert {"diff", "show", "apply"} <= {one.name for one in everything.registered_commands}
    assert [one.name for one in everything.registered_groups] == ["ledger", "secrets", "sandbox"]


def test_validate_imports_no_client_of_a_store_that_is_configured_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    folder.mkdir()
    stores = "secrets: {vault: {url: 'http://127.0.0.1:1'}, aws: {region: eu-central-1}}\n"
    (folder / "environment.yaml").write_text(f"airflow: {{url: 'http://127.0.0.1:1'}}\n{stores}")
    references = "a: '${vault:a#b}', b: '${aws-secret:a#b}', c: '${aws-ssm:/a}'"
    (folder / "a.yaml").write_text(f"variables: {{{references}}}\n")
    assert not imported_by("validate", "--root", str(tmp_path)) & CLIENTS


def test_a_plugin_of_pydantic_sees_nothing(tmp_path: Path) -> None:
    """One is loaded wherever it is installed, and gets every value that is checked."""
    described = tmp_path / "spy-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: spy\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[pydantic]\nspy = spy:plugin\n")
    (tmp_path / "spy.py").write_text("import os\nos.write(2, b'the spy is here')\nplugin = None\n")
    ended = subprocess.run(
        [sys.executable, "-m", "envctl", "validate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "environments" in ended.stderr
    assert "spy" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "bogus"),
        (["diff"], "name the environments"),
        (["diff", "dev", "--all"], "name the environments"),
        (["diff", "dev", "--bogus"], "--bogus"),
        (["diff", "devv"], "did you mean 'dev'?"),
        (["diff", "dev", "--max-deletes", "many"], "--max-deletes many"),
        (["diff", "dev", "--format", "xml"], "xml"),
        pytest.param(["apply"], "environment", marks=pytest.mark.wording),
        (["schema"], "environment, spec, tree or report"),
        (["validate", "--root", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_64(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PG_PASSWORD", "hunter22")
    assert run(arguments) == 64
    shown = capsys.readouterr()
    assert said in shown.err
    assert not shown.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "json", "--root", "environments", "validate", "dev", "--no-secrets"],
        ["validate", "dev", "--no-secrets", "--format", "json", "--root", "environments"],
        ["--root", "nowhere", "validate", "dev", "--no-secrets", "--root", "environments", "--format=json"],
    ],
)
def test_common_options_stand_before_or_after(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["environments"][0]["environment"] == "dev"


def test_verbose_shows_where_settings_come_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ENVCTL_RETRIES=2\nENVCTL_READ_TIMEOUT=7\nOTHER=1\n")
    monkeypatch.setenv("ENVCTL_RETRIES", "3")
    monkeypatch.setenv("ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__AUTH__PASSWORD", "hunter22")
    monkeypatch.setenv("ENVCTL_FINGERPRINT_KEY", "hunter22-" * 4)
    assert run(["-v", "validate", "--root", str(ROOT / "environments"), "--no-secrets"]) == 0
    shown = capsys.readouterr()
    assert "setting retries = 3  (ENVCTL_RETRIES)" in shown.err
    assert "setting read_timeout = 7.0  (ENVCTL_READ_TIMEOUT in .env)" in shown.err
    assert f"setting root = {ROOT / 'environments'}  (command line)" in shown.err
    assert "setting concurrency = 16  (default)" in shown.err
    assert "setting fingerprint_key = set  (ENVCTL_FINGERPRINT_KEY)" in shown.err
    assert "setting dev.airflow.auth.password  (set from outside)" in shown.err
    assert "hunter22" not in shown.err + shown.out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ENVCTL_RETRIES", "many", "ENVCTL_RETRIES"),
        ("ENVCTL_ENVIRONMENTS", "hunter22", "ENVCTL_ENVIRONMENTS"),
    ],
)
def test_bad_setting_is_named_but_not_shown(
    name: str, value: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert run(["validate", "--root", str(ROOT / "environments")]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert value not in shown.err.replace(said, "")


def test_internal_error_shows_places_and_no_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("hunter22 was here")

    monkeypatch.setattr("envctl.workflow.checking.validate", explode)
    assert run(["validate", "--root", str(ROOT / "environments")]) == 1
    shown = capsys.readouterr()
    assert "internal error (RuntimeError)" in shown.err
    assert "test_start.py" in shown.err
    assert "hunter22" not in shown.err + shown.out


def test_every_mistake_is_reported_with_its_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "environments" / "dev"
    folder.mkdir(parents=True)
    (folder / "environment.yaml").write_text("airflow: {url: 'http://127.0.0.1:1'}\n")
    (folder / "a.yaml").write_text("variables:\n  x: ~\npools:\n  gpu: {slot: 1}\n")
    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("environments/dev/a.yaml:2:3: ") for line in lines)
    assert any(line.startswith("environments/dev/a.yaml:4:9: ") and "'slot'" in line for line in lines)
    assert "  did you mean 'slots'?" in lines
    assert run(["validate", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {one["source"] for one in report["diagnostics"]} >= {"environments/dev/a.yaml:4:9"}
    assert report["environments"] == [{"environment": "dev", "valid": False, "entries": {}}]
