"""Values of fields: JSON, plus what JSON has no word for.

`MASKED` stands where Airflow hides what it has, `UNSET` where there is nothing at all, `UNMANAGED`
where the spec leaves a live field alone. A live text that is masked in part is a `Masked` too.
`UNSAID` stands where Airflow 2 does not tell whether there is anything.
Secrets are a type of their own: `envctl.model.secret`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

Json: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
Value: TypeAlias = Any
"""Json whose leaves may be a Secret (desired) or a mask (live); or one of the marks below."""

MASK_TEXT = "***"
"""What Airflow writes in place of a secret. Recognised by value: the keys that Airflow thinks are
secret differ by release and by site (apache/airflow#66673)."""


class Mark(Enum):
    """Single values that no JSON document can hold."""

    UNSET = "unset"
    UNMANAGED = "unmanaged"
    HIDDEN = "hidden"

    def __repr__(self) -> str:
        return f"<{self.value}>"


UNSET = Mark.UNSET
UNMANAGED = Mark.UNMANAGED
HIDDEN = Mark.HIDDEN


class Masked(Struct, frozen=True):
    """A live text that Airflow masked, wholly or in part.

    `visible` holds the parts that can still be read, in order: one more than there are masks. The
    masker replaces a known secret wherever it stands inside a text (apache/airflow#48105). With `maybe`
    there may be no text at all.
    """

    visible: tuple[str, ...] = ("", "")
    maybe: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing at all can be read."""
        return not any(self.visible)

    def is_text(self, text: str) -> bool:
        """Tell whether the text itself has asterisks at just these places."""
        return tuple(text.split(MASK_TEXT)) == self.visible and text != MASK_TEXT

    def could_be(self, text: str) -> bool:
        """Tell whether masking `text` can have given this; False is certain, True is not."""
        first, *rest = self.visible
        # Asterisks behind a mask may as well have stood before it: `*` and a mask give `****` too.
        *middle, last = [part.lstrip(MASK_TEXT[0]) for part in rest]
        if not text.startswith(first):
            return False
        end = len(first)
        for part in middle:
            start = text.find(part, end)
            if start < 0:
                return False
            end = start + len(part)
        return text.endswith(last) and len(text) - len(last) >= end


MASKED = Masked()
UNSAID = Masked(maybe=True)


def unmask(text: str) -> str | Masked:
    """Return a live text as it is, or as Masked when a mask stands in it."""
    if MASK_TEXT not in text:
        return text
    return Masked(tuple(text.split(MASK_TEXT)))


def unmask_json(value: Json) -> Value:
    """Replace each masked text in a live JSON document, at any depth, by Masked."""
    if isinstance(value, str):
        return unmask(value)
    if isinstance(value, list):
        return [unmask_json(item) for item in value]
    if isinstance(value, dict):
        return {key: unmask_json(item) for key, item in value.items()}
    return value


def unmasked(value: Value) -> Value:
    """Undo `unmask_json`: return a live value in which asterisks are asterisks, since nothing is masked."""
    if isinstance(value, Masked):
        return MASK_TEXT.join(value.visible)
    if isinstance(value, list):
        return [unmasked(item) for item in value]
    if isinstance(value, dict):
        return {key: unmasked(item) for key, item in value.items()}
    return value


def holds_mask(value: Value) -> bool:
    """Tell whether a live value is masked anywhere."""
    return any_leaf(value, lambda leaf: isinstance(leaf, Masked))


def any_leaf(value: Value, test: Callable[[Value], bool]) -> bool:
    """Tell whether a test holds for any leaf of a value, at any depth."""
    if isinstance(value, list):
        return any(any_leaf(item, test) for item in value)
    if isinstance(value, dict):
        return any(any_leaf(item, test) for item in value.values())
    return test(value)
