"""`${param:NAME}`: the environment's own plain texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.nearest import close
from envctl.model.reference import Reference, Unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Position


class ParamSource:
    """The `params` of an environment.yaml."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    def resolve(self, reference: Reference, position: Position) -> str:
        """Return the param's text."""
        del position
        if reference.name in self._params:
            return self._params[reference.name]
        near = close(reference.name, self._params)
        raise Unresolved(
            f"{reference}: the environment has no param {reference.name!r}",
            f"did you mean {near!r}?" if near else "add it under params: in environment.yaml",
        )
