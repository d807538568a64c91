"""Values of fields in a saved plan: JSON, with a word for everything that JSON has none for.

What is no JSON stands as an object with the key `$`: `{"$": "secret", "of": "${PG_PASSWORD}"}`. A secret
is its reference, and what stands live where a secret belongs is not there at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from envctl.model.change import FieldDiff, Path
from envctl.model.secret import Secret, is_secret
from envctl.model.value import HIDDEN, MASKED, UNSAID, UNSET, Mark, Masked, Value, holds_mask
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = "$"
_OF = "of"


def encoded(value: Value) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, list):
        return [encoded(item) for item in value]
    if isinstance(value, dict):
        content = {key: encoded(item) for key, item in value.items()}
        return {_TAG: "object", _OF: content} if _TAG in content else content
    return _leaf(value)


def _leaf(value: Value) -> Any:
    if isinstance(value, Secret):
        return {_TAG: "secret", _OF: value.label}
    if value == UNSAID:
        return {_TAG: "unsaid"}
    if isinstance(value, Masked):
        return {_TAG: "masked", _OF: list(value.visible)}
    if isinstance(value, Mark):
        return {_TAG: value.value}
    if isinstance(value, float) and not math.isfinite(value):
        return {_TAG: "number", _OF: str(value)}
    return value


def decoded(content: Any) -> Value:
    """Return the value that `encoded` made this from. A secret's payload is not known.

    Raises KeyError, TypeError or ValueError when it made no such thing.
    """
    if isinstance(content, list):
        return [decoded(item) for item in content]
    if not isinstance(content, dict):
        return content
    if _TAG not in content:
        return {key: decoded(item) for key, item in content.items()}
    return _tagged(content[_TAG], content)


def _tagged(tag: Any, content: Mapping[str, Any]) -> Value:
    if tag == "secret":
        return Secret.unavailable(str(content[_OF]))
    if tag == "masked":
        return Masked(tuple(str(part) for part in content[_OF]))
    if tag == "unsaid":
        return UNSAID
    if tag == "number":
        return float(content[_OF])
    if tag == "object":
        return {key: decoded(item) for key, item in content[_OF].items()}
    return Mark(tag)


def field_document(leaf: FieldDiff) -> dict[str, Any]:
    """Return one leaf of a change."""
    shown = _shown(leaf)
    return {
        "path": list(shown.path),
        "verdict": shown.verdict.value,
        "live": encoded(shown.live),
        "desired": encoded(shown.desired),
    }


def field_of(content: Mapping[str, Any]) -> FieldDiff:
    """Return the leaf that a document has. Raises as `decoded` does."""
    return FieldDiff(
        path_of(content["path"]),
        Verdict(content["verdict"]),
        decoded(content["live"]),
        decoded(content["desired"]),
    )


def path_of(content: list[Any]) -> Path:
    """Return the path that a list of steps is."""
    return tuple(step if isinstance(step, int) else str(step) for step in content)


def _shown(leaf: FieldDiff) -> FieldDiff:
    """Return a leaf without what no report shows of it, so that every report still says the same."""
    if not is_secret(leaf.desired) or leaf.live is UNSET or leaf.live is None:
        return leaf
    if isinstance(leaf.live, Masked):
        return replace(leaf, live=MASKED)
    # A document that is masked somewhere is told from one that is not.
    return replace(leaf, live=[MASKED] if holds_mask(leaf.live) else HIDDEN)
