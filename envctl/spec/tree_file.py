"""`envctl.yaml` at the root of a spec tree: what holds for the tree as a whole."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from envctl.fields.parts import Part
from envctl.fields.values import complaint, take_own_text
from envctl.spec.tree import TREE_FILE
from envctl.spec.typed import report_tags, typed
from envctl.spec.yaml_reader import read_yaml

if TYPE_CHECKING:
    from envctl.errors import Diagnostic
    from envctl.model.node import Node
    from envctl.spec.tree import Tree

DEFAULT_OWNER = "default"
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def _owner(node: Node) -> str:
    text = str(take_own_text(node))
    if not _OWNER.fullmatch(text):
        raise complaint(
            "must begin with a letter or digit and hold letters, digits, '_', '.' and '-' only, at most 100"
        )
    return text


Owner = Annotated[
    Any, PlainValidator(_owner), WithJsonSchema({"type": "string", "pattern": f"^{_OWNER.pattern}$"})
]


class TreeFile(Part):
    """`envctl.yaml`."""

    model_config = ConfigDict(title="envctl.yaml")

    owner: Owner = Field(
        default=DEFAULT_OWNER, description="Whose objects these are, where several trees share an instance."
    )


def owner_of(tree: Tree, found: list[Diagnostic]) -> str:
    """Return the owner of what is applied from a tree, `default` when it names none.

    Mistakes in the file go to `found`; the owner is a stand-in then.
    """
    path = tree.root / TREE_FILE
    if not os.path.lexists(path):
        return DEFAULT_OWNER
    data = tree.read(path, found)
    root = read_yaml(data, tree.position_name(path), found) if data is not None else None
    if root is None or report_tags(root, TREE_FILE, found):
        return DEFAULT_OWNER
    file = typed(TreeFile, root, "tree", found)
    return DEFAULT_OWNER if file is None else str(file.owner)
