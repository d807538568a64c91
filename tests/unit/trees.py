"""Spec trees for tests: written as a mapping of files, read as `envctl validate` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.kinds import KINDS
from envctl.model.address import Address
from envctl.model.lookup import Lookup
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.errors import Diagnostic
    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired
    from envctl.model.value import Value

AIRFLOW = "airflow: {url: https://airflow.example.com}\n"
BASED = f"layers: [base]\n{AIRFLOW}"


@dataclass(frozen=True)
class Read:
    """What came of reading one environment."""

    found: tuple[Diagnostic, ...]
    loaded: Loaded | None

    @property
    def mistakes(self) -> list[str]:
        return [str(one) for one in self.found]

    @property
    def desired(self) -> dict[Address, Desired]:
        assert self.loaded is not None, self.mistakes
        return self.loaded.desired

    def field(self, address: str, name: str = "value") -> Value:
        kind, _, identifier = address.partition("/")
        return self.desired[Address(kind, identifier)].fields[name]


def write(files: Mapping[str, str | bytes]) -> Path:
    """Write files below `tree/` and return that folder."""
    root = Path("tree")
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(
    files: Mapping[str, str | bytes],
    environment: str = "dev",
    *,
    kinds: Sequence[Kind] = KINDS,
    secrets: bool = True,
) -> Read:
    """Write a tree and read one of its environments; `dev` is made when it is not among the files."""
    if environment == "dev" and "dev/environment.yaml" not in files:
        files = {"dev/environment.yaml": AIRFLOW, **files}
    write(files)
    return again(environment, kinds=kinds, secrets=secrets)


def again(environment: str = "dev", *, kinds: Sequence[Kind] = KINDS, secrets: bool = True) -> Read:
    """Read an environment of the tree that is there already."""
    tree = open_tree(Path("tree"))
    reader, lookup = SpecReader(tree, kinds), Lookup.ALL if secrets else Lookup.NONE
    loaded = load(tree, reader, environment, kinds, settings=read_settings(), lookup=lookup)
    if isinstance(loaded, Loaded):
        return Read(loaded.diagnostics, loaded)
    return Read(loaded, None)


def read_variables(text: str) -> Read:
    """Read an environment of one file, whose whole content this is."""
    return read({"dev/a.yaml": text})
