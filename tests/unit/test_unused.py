"""What of a tree no environment reads is told, so that nobody waits for it to be applied."""

from __future__ import annotations

from envctl.kinds import KINDS
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree, unused
from envctl.stages.loading import load
from tests.unit.trees import BASED, write


def test_stray_files_and_folders() -> None:
    tree = open_tree(
        write(
            {
                "envctl.yaml": "",
                ".hidden.yaml": "",
                "README.md": "",
                "stray.yaml": "",
                "stray.yml": "",
                "base/a.yaml": "",
                "dev/environment.yaml": BASED,
                "keys/key.pem": "no spec file in it",
                "lost/deep/a.yaml": "",
            }
        )
    )
    reader = SpecReader(tree, KINDS)
    load(tree, reader, "dev", KINDS, settings=read_settings())
    assert [str(one) for one in unused(tree, reader.folders)] == [
        "tree/lost: warning: not read: no environment lists 'lost' under layers:",
        "tree/stray.yaml:1:1: warning: not read: it stands in no environment or layer",
        "tree/stray.yml:1:1: warning: not read: it stands in no environment or layer",
    ]
