"""An encrypted file, and what became of one, for the terminal and as JSON; never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.model.checked import length_class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from envctl.model.encrypted import Changed
    from envctl.model.secret import Secret

_WORDS = (("added", "added"), ("changed", "encrypted again"), ("removed", "removed"))


def seen_text(
    file: str, recipients: Sequence[str], own: Sequence[str], values: Mapping[str, Secret | str]
) -> Iterator[str]:
    """Return the lines on a file. `values` has each secret, or why it stays shut; `own` are known keys."""
    yield f"  {file}"
    yield ""
    yield "  recipients"
    for one in recipients:
        yield f"    {one}{'   you' if one in own else ''}"
    yield ""
    yield "  secrets"
    width = max(map(len, values), default=0)
    for name, value in values.items():
        about = value if isinstance(value, str) else f"{length_class(value.size())} characters"
        yield f"    {name.ljust(width)}   {about}"
    if not values:
        yield "    none"


def seen_json(
    file: str, recipients: Sequence[str], own: Sequence[str], values: Mapping[str, Secret | str]
) -> dict[str, Any]:
    """Return a file as JSON: of each secret its name, about how long it is, and why it stays shut."""
    return {
        "file": file,
        "recipients": [{"key": one, "own": one in own} for one in recipients],
        "secrets": [
            {"name": name, "length": None, "problem": value}
            if isinstance(value, str)
            else {"name": name, "length": length_class(value.size()), "problem": None}
            for name, value in values.items()
        ],
    }


def changed_text(changed: Changed) -> Iterator[str]:
    """Return the lines on what became of a file."""
    parts = [f"{', '.join(names)} {word}" for key, word in _WORDS if (names := getattr(changed, key))]
    yield f"{changed.file}: {'; '.join(parts) or 'nothing changed'}"
    yield from (f"  can decrypt now: {one}" for one in changed.let_in)
    for one in changed.shut_out:
        yield f"  can no longer decrypt: {one}"
    if changed.shut_out:
        yield "  git's history still has the old ciphertexts: change the values themselves too"
