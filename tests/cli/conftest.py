"""What the tests of the command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.encrypted_place import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "environments/dev"
    folder.mkdir(parents=True)
    (tmp_path / "environments/base").mkdir()
    (folder / "environment.yaml").write_text("layers: [base]\nairflow: {url: 'http://127.0.0.1:1'}\n")
    (folder / "a.yaml").write_text('variables: {v: "${age:pw}"}\n')
    return Place(tmp_path)
