"""`${NAME}`: variables of the process, which is where CI puts its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.reference import Reference, Unresolved
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from envctl.errors import Position


class EnvironmentSource:
    """Process environment. What it gives is secret unless the name is listed as public."""

    def __init__(
        self, variables: Mapping[str, str], public: Container[str], *, withhold: bool = False
    ) -> None:
        """Look up in `variables`; with `withhold` give nothing but the names listed as public."""
        self._variables = variables
        self._public = public
        self._withhold = withhold

    def resolve(self, reference: Reference, position: Position) -> str | Secret:
        """Return the variable, or the reference's default when it is unset or empty.

        CI systems hand an unknown secret to a job as an empty text, so empty counts as unset; who
        means an empty text writes `${NAME:-}`.
        """
        del position
        if self._withhold and reference.name not in self._public:
            return Secret.unavailable(reference.text)
        value = self._variables.get(reference.name, "")
        if not value and reference.default is not None:
            return reference.default
        if not value:
            raise _unset(reference, known=reference.name in self._variables)
        if reference.name in self._public:
            return value
        return Secret(value, f"${{{reference.name}}}")


def _unset(reference: Reference, *, known: bool) -> Unresolved:
    state = "empty" if known else "not set"
    why = f": {reference.complaint}" if reference.complaint else ""
    return Unresolved(
        f"environment variable {reference.name} is {state}{why}",
        f"set it, or write ${{{reference.name}:-}} if it may be empty",
    )
