"""The resolver of an environment's references: which sources there are, and what they may give."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.model.secret import Secret
from envctl.secrets.environment import EnvironmentSource
from envctl.secrets.files import FileSource
from envctl.secrets.params import ParamSource
from envctl.secrets.resolver import Resolver, Source, Withheld
from envctl.spec.environment import SecretsPart
from envctl.spec.substitute import substitute_at
from envctl.spec.typed import typed

if TYPE_CHECKING:
    from collections.abc import Container

    from envctl.errors import Diagnostic
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree

_SECRETS, _KEY = "secrets", "fingerprint_key"


class Everything:
    """A list of public names that has them all."""

    def __contains__(self, _name: object) -> bool:
        return True


def resolver_for(
    tree: Tree, spec: EnvironmentSpec, *, secrets: bool = True, public: Container[str] | None = None
) -> Resolver:
    """Return the resolver of an environment's references; without `secrets` none is looked up.

    `public` names the environment variables that are no secrets, those of `public_env` when left out.
    """
    public = spec.file.public_env if public is None else public
    files: Source = FileSource(
        tree.root, _base(tree), [tree.root / str(one) for one in spec.file.secrets.file.allowed]
    )
    return Resolver(
        {
            "env": EnvironmentSource(os.environ, public, withhold=not secrets),
            "param": ParamSource(spec.file.params),
            "file": files if secrets else Withheld(),
        }
    )


def fingerprint_key(
    tree: Tree, spec: EnvironmentSpec, found: list[Diagnostic], *, secrets: bool = True
) -> Secret | None:
    """Return what keys the fingerprints of an environment's secrets, None when it has no key of its own.

    Mistakes go to `found`. Without `secrets` it is not looked up, and what is returned is unavailable.
    """
    node = spec.root.entries.get(_SECRETS)
    if node is None:
        return None
    resolved = substitute_at(node, (_KEY,), resolver_for(tree, spec, secrets=secrets), found)
    part = typed(SecretsPart, replace(spec.root, entries={_SECRETS: resolved}), "environment", found)
    key = part.secrets.fingerprint_key if part else None
    # Written out in the file, or from a public source, it is no less a secret.
    return Secret(key, f"{_SECRETS}.{_KEY}") if isinstance(key, str) else key


def _base(tree: Tree) -> Path:
    """Return the folder that the file names in positions are relative to."""
    return tree.root if tree.shown == "." else Path("/") if tree.shown.startswith("/") else Path.cwd()
