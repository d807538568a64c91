"""References: the placeholders in a spec, `${PG_PASSWORD}` or `${param:region}`, as parsed data.

`$${` writes a literal `${`. A reference is one piece of a scalar's value: what it resolves to is
never parsed again, so quotes, braces and newlines in a secret cannot break anything.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

_SHOWN = 60
_TOKEN = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?![-?])")


class Reference(Struct, frozen=True):
    """One placeholder. `default` and `complaint` are what stands behind `:-` and `:?`."""

    scheme: str
    name: str
    text: str
    default: str | None = None
    complaint: str | None = None

    def __str__(self) -> str:
        return self.text


Template: TypeAlias = "tuple[str | Reference, ...]"


class BadReference(ValueError):
    """A placeholder that cannot be read; the text says what is wrong with it."""


def parse_template(text: str) -> Template:
    """Split a scalar's text into plain texts and references.

    Raises BadReference for a placeholder that is not closed or has no name. Which schemes there are is for
    the resolver to say.
    """
    pieces: list[str | Reference] = []
    plain = ""
    end = 0
    for token in _TOKEN.finditer(text):
        plain += text[end : token.start()]
        end = token.end()
        if token.group(0) == "$${":
            plain += "${"
            continue
        if not token.group(2):
            raise BadReference("'${' is not closed: write '}' behind the name, or '$${' for a literal '${'")
        if plain:
            pieces.append(plain)
            plain = ""
        pieces.append(_parse_reference(token.group(1)))
    plain += text[end:]
    if plain or not pieces:
        pieces.append(plain)
    return tuple(pieces)


def _parse_reference(inner: str) -> Reference:
    text = f"${{{inner}}}"
    if "{" in inner:
        raise BadReference(f"{shortened(text)}: a reference cannot hold a brace, nor another reference")
    scheme, name = "env", inner
    found = _SCHEME.match(inner)
    if found:
        scheme, name = found.group(1), inner[found.end() :]
    if scheme == "env":
        return _parse_environment_reference(name, text)
    if not name:
        raise BadReference(f"{text}: a name is missing behind {scheme!r}")
    return Reference(scheme, name, text)


def _parse_environment_reference(inner: str, text: str) -> Reference:
    found = _NAME.match(inner)
    rest = inner[found.end() :] if found else inner
    if not found or (rest and rest[:2] not in (":-", ":?")):
        shown = shortened(text)
        raise BadReference(f"{shown} is no reference: write ${{NAME}}, or '$${{' for a literal '${{'")
    if rest[:2] == ":-":
        return Reference("env", found.group(0), text, default=rest[2:])
    return Reference("env", found.group(0), text, complaint=rest[2:] or None)


def shortened(text: str) -> str:
    """Return a placeholder for an error text: one line of it, and not all of what a lost brace swallows."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


class Unresolved(Exception):
    """A reference that resolves to nothing here; the text names it, the hint says what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
