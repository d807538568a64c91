"""The documentation says everything that a user can meet, and nothing in it is stale."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from envctl.depot.entry import BackendEntry, BackendVault, WriteEntry
from envctl.kinds import KINDS
from envctl.kinds.entry import Entry
from envctl.model.change import Action, Reason
from envctl.model.checkup import Health
from envctl.model.exit_code import ExitCode
from envctl.model.outcome import Outcome
from envctl.report.schema import report_schema
from envctl.report.state import State
from envctl.secrets.backends import backends, store_entries
from envctl.settings import Settings
from envctl.spec.airflow_entry import Airflow
from envctl.spec.environment import EnvironmentFile, SecretsEntry
from envctl.spec.freeze_entry import FreezeEntry
from envctl.spec.policy_entry import PolicyEntry
from envctl.spec.schema import environment_schema, spec_schema, tree_schema
from envctl.spec.tree_file import TreeFile
from envctl.spec.typed import keys_of
from envctl.variables import PREFIX

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.wording
def test_generated_pages_are_fresh() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {code.value} | {code.name} |" in page("exit-codes.md")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_of_a_kind_is_documented(kind: object) -> None:
    text = page("spec.md")
    section = text.partition(f"### `{kind.section}`")[2].partition("\n##")[0]  # type: ignore[attr-defined]
    assert section
    common = text.partition("### Of every entry")[2].partition("\nIds")[0]
    for name, field in kind.entry.model_fields.items():  # type: ignore[attr-defined]
        if name in Entry.model_fields:
            assert f"`{name}`" in common
            continue
        assert f"`{field.alias or name}`" in section


def test_every_key_of_environment_yaml_is_documented() -> None:
    text = page("spec.md").partition("## `environment.yaml`")[2]
    keys = [*EnvironmentFile.model_fields, *PolicyEntry.model_fields, *keys_of(FreezeEntry)]
    keys += [f"airflow.{name}" for name in Airflow.model_fields]
    keys += [f"secrets.{name}" for name in SecretsEntry.model_fields]
    for key in keys:
        assert f"`{key}`" in text or f"`{key}." in text, key


def test_every_key_of_envctl_yaml_is_documented() -> None:
    text = page("spec.md").partition("## `envctl.yaml`")[2].partition("\n## ")[0]
    assert all(f"`{key}`" in text for key in TreeFile.model_fields)


def test_every_reference_is_documented() -> None:
    text = page("spec.md")
    for scheme in ["env", "param", "file", *(one for kind in backends() for one in kind.schemes)]:
        assert f"${{{scheme}:" in text


def test_every_key_of_a_secret_store_is_documented() -> None:
    for kind in backends():
        section = page("secrets.md").partition(f"key of `secrets.{kind.key}`")[2].partition("\n## ")[0]
        for name in keys_below(kind.entry):
            assert f"`{name}`" in section or f"`auth.{name}`" in section, name


def test_every_key_of_the_secrets_backend_is_documented() -> None:
    section = page("secrets.md").partition("key of `secrets_backend`")[2]
    for prefix, model in (("", BackendEntry), ("vault.", BackendVault), ("write.", WriteEntry)):
        for name in keys_of(model):
            assert f"`{prefix}{name}`" in section, name


def keys_below(model: type[BaseModel]) -> set[str]:
    """Give the keys of a model, and of those in it."""
    below = (
        keys_below(field.annotation)
        for field in model.model_fields.values()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    )
    return {*keys_of(model)}.union(*below)


def test_every_setting_is_documented() -> None:
    for name in Settings.model_fields:
        assert f"{PREFIX}{name.upper()}" in page("settings.md")


def test_every_key_of_the_json_is_documented() -> None:
    text = page("json.md")
    schema = report_schema()
    for key in schema["properties"]:
        assert f"`{key}`" in text, key
    for value in [*Reason, *Outcome, *State, *Action, *Health]:
        assert f"`{value.value}`" in text, value


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (
            ROOT / "environments/.schema/environment.schema.json",
            environment_schema(KINDS, store_entries(), BackendEntry),
        ),
        (ROOT / "environments/.schema/spec.schema.json", spec_schema(KINDS)),
        (ROOT / "environments/.schema/tree.schema.json", tree_schema()),
        (REFERENCE / "report.schema.json", report_schema()),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_published_schemas_are_fresh(path: Path, schema: dict[str, object]) -> None:
    assert json.loads(path.read_text(encoding="utf-8")) == schema, "run make docs"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 80


@pytest.mark.parametrize("adr", sorted((ROOT / "docs/adr").glob("*.md")), ids=lambda path: path.stem)
def test_decisions_end_in_what_violates_them(adr: Path) -> None:
    assert "A change violates this decision when" in adr.read_text(encoding="utf-8")
