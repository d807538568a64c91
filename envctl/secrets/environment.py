"""`${NAME}`: variables of the process, which is where CI puts its secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.model.reference import Reference, Unresolved
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from envctl.errors import Position

_SURROGATE = re.compile("[\ud800-\udfff]")


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
        if not value and reference.default is None:
            raise _unset(reference, known=reference.name in self._variables)
        text = value or reference.default or ""
        _check_text(text, reference)
        if reference.name in self._public:
            return text
        # A default is secret too: what it took the place of may have been applied before, and would be
        # shown as what the instance has.
        return Secret(text, f"${{{reference.name}}}" if value else reference.text)


def _check_text(value: str, reference: Reference) -> None:
    """Refuse what is no text: Python reads bytes that are not UTF-8 as lone surrogates. Raises Unresolved."""
    if _SURROGATE.search(value):
        raise Unresolved(f"environment variable {reference.name} is not UTF-8 text")


def _unset(reference: Reference, *, known: bool) -> Unresolved:
    state = "empty" if known else "not set"
    why = f": {reference.complaint}" if reference.complaint else ""
    return Unresolved(
        f"environment variable {reference.name} is {state}{why}",
        f"set it, or write ${{{reference.name}:-}} if it may be empty",
    )
