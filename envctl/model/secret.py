"""Secrets: values that never show themselves.

Whatever Python or a library does to a `Secret` (print, format, log, JSON, repr inside a traceback)
gives its label, which is the reference as the spec has it: `${PG_PASSWORD}`. It is revealed in two
modules only: `envctl.body`, where a request body is made, and `envctl.clear`, where a person who asked for
one by name is shown it. A test counts the callers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from envctl.model.value import UNSET, Value, any_leaf
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Unfit(ValueError):
    """A value does not fit its place; the text goes on from the value's name, and holds none of it."""


_SHORTEST_SOUGHT = 4


class Secret:
    """A text (or a number made from one) that came from a secret source, with a label to show for it."""

    __slots__ = ("__payload", "label", "parts", "versions")

    def __init__(
        self,
        payload: Value,
        label: str,
        parts: tuple[str | Secret, ...] = (),
        versions: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.__payload = payload
        self.label = label
        self.versions = versions
        """Of each reference that it was made from, and whose source keeps versions, the one it has."""
        self.parts = parts or (self,)
        """The plain texts and secrets that this one was joined from."""

    @classmethod
    def unavailable(cls, label: str, parts: tuple[str | Secret, ...] = ()) -> Secret:
        """Return a secret whose payload is not known here: every verdict on it is unverifiable."""
        return cls(UNSET, label, parts)

    @property
    def available(self) -> bool:
        """Whether the payload is known here."""
        return self.__payload is not UNSET

    @classmethod
    def join(cls, parts: tuple[str | Secret, ...]) -> Secret:
        """Return one secret text made of plain texts and secrets; a single secret is returned as it is."""
        if len(parts) == 1 and isinstance(parts[0], Secret):
            return parts[0]
        label = "".join(str(part) for part in parts)
        if any(isinstance(part, Secret) and not part.available for part in parts):
            return cls.unavailable(label, parts)
        versions = (one for part in parts if isinstance(part, Secret) for one in part.versions)
        return cls("".join(map(cls._text_of, parts)), label, parts, tuple(dict.fromkeys(versions)))

    @staticmethod
    def _text_of(part: str | Secret) -> str:
        return part if isinstance(part, str) else str(part.__payload)  # noqa: SLF001 - its own

    def __repr__(self) -> str:
        return f"<secret {self.label}>"

    def __str__(self) -> str:
        return self.label

    def __format__(self, spec: str) -> str:
        return format(self.label, spec)

    def __eq__(self, other: object) -> bool:
        """Secrets are equal when label and payload are; comparing tells nothing that one may not know."""
        if not isinstance(other, Secret):
            return NotImplemented
        return self.label == other.label and bool(self.__payload == other.__payload)

    def __hash__(self) -> int:
        return hash(self.label)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied into another process."""
        raise TypeError(f"a secret cannot be serialised: {self.label}")

    def reveal(self) -> Value:
        """Return the payload. For `envctl.body` and `envctl.clear` only. Raises ValueError without one."""
        if not self.available:
            raise ValueError(f"{self.label} is not resolved")
        return self.__payload

    def fingerprint(self, make: Callable[[str], str]) -> str:
        """Return what `make` derives from the payload, "" when that is not known here.

        For fingerprints, which do not give the payload away; a test counts the callers.
        """
        return make(as_text(self.__payload)) if self.available else ""

    def is_text(self, text: str) -> bool:
        """Tell whether the payload is exactly this text."""
        return bool(self.__payload == text)

    def size(self) -> int:
        """Return about how many bytes the payload takes in a request body."""
        return len(str(self.__payload)) if self.available else 0

    def occurs_in(self, text: str) -> bool:
        """Tell whether a text holds the payload; of very short ones nothing is said: they are everywhere."""
        payload = str(self.__payload) if self.available else ""
        return len(payload) >= _SHORTEST_SOUGHT and payload in text

    def judge(self, test: Callable[[Value], Verdict]) -> Verdict:
        """Answer a question about the payload with a verdict, and nothing more.

        Raises Unfit when the question makes no sense for it.
        """
        return Verdict(self._ask(test)) if self.available else Verdict.UNVERIFIABLE

    def derive(self, change: Callable[[Value], Value], label: str | None = None) -> Secret:
        """Return a secret made from this one. Raises Unfit when it cannot be made."""
        if not self.available:
            return self
        return Secret(self._ask(change), label or self.label, versions=self.versions)

    def split(self, parts: Callable[[Value], dict[str, Value]]) -> dict[str, Secret]:
        """Return the named parts of the payload, each as a secret; parts that are UNSET are left out.

        Raises Unfit when there are no such parts, ValueError when the payload is not known.
        """
        if not self.available:
            raise ValueError(f"{self.label} is not resolved")
        found: dict[str, Value] = self._ask(parts)
        return {
            name: Secret(part, self.label, versions=self.versions)
            for name, part in found.items()
            if part is not UNSET
        }

    def _ask(self, question: Callable[[Value], Value]) -> Value:
        """Return the answer to a question about the payload; no error of it ever shows the payload."""
        try:
            return question(self.__payload)
        except Unfit as error:
            why = str(error)
        except Exception:  # noqa: BLE001 - whatever it says, and wherever its frames are, the payload is there
            why = "does not fit here"
        # Raised outside of the handler: the first error is not even kept as the context of this one.
        raise Unfit(f"{self.label} {why}")


def as_text(payload: Value) -> str:
    """Return the text of a payload from which fingerprints are made."""
    return payload if isinstance(payload, str) else json.dumps(payload, sort_keys=True)


def is_secret(value: Value) -> bool:
    """Tell whether a desired value is a secret, or holds one at any depth."""
    return any_leaf(value, lambda leaf: isinstance(leaf, Secret))


def show(value: Value) -> Any:
    """Return a desired value with each secret, at any depth, replaced by its label."""
    if isinstance(value, Secret):
        return value.label
    if isinstance(value, list):
        return [show(item) for item in value]
    if isinstance(value, dict):
        return {key: show(item) for key, item in value.items()}
    return value


def secrets_in(value: Value) -> Iterator[Secret]:
    """Yield each secret in a desired value, at any depth; of a joined one just the whole."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_in(item)
