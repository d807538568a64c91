"""Secrets as the YAML that a person edits, and back. Nothing that is said of it repeats any of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from envctl.clear import in_clear
from envctl.model.node import Mapping, Scalar
from envctl.model.secret import Secret
from envctl.model.value import MASK_TEXT
from envctl.secrets.age.file import NAME, NAME_RULE
from envctl.spec.yaml_reader import read_yaml
from envctl.stages.strongbox import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.errors import Diagnostic
    from envctl.model.node import Node

_QUOTE = "a text that begins with a sign, or has ': ' or ' #' in it, needs quotes"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: _Dumper, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


class Mistakes(Exception):
    """What was edited cannot be used; `lines` say where, and what to do."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("mistakes")
        self.lines = lines


def written_out(file: str, secrets: dict[str, Secret]) -> str:
    """Return secrets, in the clear, for an editor. `file` is where they are from."""
    head = f"# {file}, in the clear. What you save here is encrypted when you leave the editor.\n"
    if not secrets:
        return f"{head}# NAME: value\n"
    values = {name: in_clear(secret) for name, secret in secrets.items()}
    return head + yaml.dump(
        values, Dumper=_Dumper, allow_unicode=True, default_flow_style=False, sort_keys=False, width=10**9
    )


def taken_back(data: bytes) -> dict[str, Secret]:
    """Return what was edited; texts are taken as they are typed. Raises Mistakes."""
    found: list[Diagnostic] = []
    root = read_yaml(data, "", found)
    # What a finding says is left out: it names tags and keys, and a slip of a secret becomes one.
    places = [one.position for one in found if one.position]
    lines = [f"line {place.line}, column {place.column}: no valid YAML: {_QUOTE}" for place in places]
    if not lines:
        lines = list(_mistakes(root))
    if lines:
        raise Mistakes(tuple(lines))
    entries = root.entries if isinstance(root, Mapping) else {}
    return {
        name: Secret(one.text, label_of(name)) for name, one in entries.items() if isinstance(one, Scalar)
    }


def _mistakes(root: Node | None) -> Iterator[str]:
    if root is None:
        return
    if not isinstance(root, Mapping):
        yield f"line {root.position.line}: write NAME: value"
        return
    for name, value in root.entries.items():
        line = f"line {root.keys[name].line}"
        if not NAME.fullmatch(name):
            yield f"{line}: this is no name: one {NAME_RULE}"
        elif not isinstance(value, Scalar):
            yield f"{line}: a value is one text: {_QUOTE}"
        elif value.tag:
            yield f"{line}: a tag has no meaning here: {_QUOTE}"
        elif value.is_null or not value.text:
            yield f"{line}: the value is empty: take the line out if it is to go"
        elif value.text == MASK_TEXT:
            yield f"{line}: '***' is Airflow's mask, not a value"
