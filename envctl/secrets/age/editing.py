"""Changes to the text of a `secrets.enc.yaml`, in place: every other character stays, comments too.

The places are those that PyYAML tells. What comes out is read again by whoever asked, before it is
written: a file that is laid out in some way not thought of here must not come out as another one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct, field

from envctl.secrets.age.file import RECIPIENTS, SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_INDENT = "  "
_Change = tuple[int, int, str]
"""From where to where, in characters, and what stands there instead."""


class Edit(Struct, frozen=True):
    """What is to change: values by name, names to take out, and the recipients when they change."""

    values: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    recipients: Sequence[str] | None = None


def new_text(recipients: Sequence[str], values: Mapping[str, str]) -> str:
    """Return the text of a new file."""
    return (
        "# Each value is encrypted by itself with age; `envctl secrets edit` changes them.\n"
        f"{RECIPIENTS}:{_listed(recipients)}\n{SECRETS}:{_mapped(values)}\n"
    )


def edited(text: str, edit: Edit) -> str:
    """Return the text of a file with the changes made in it."""
    end = "\r\n" if "\r\n" in text else "\n"
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    sections = {key.value: (key, value) for key, value in root.value}
    changes: list[_Change] = []
    if edit.recipients is not None:
        changes += _recipients(text, sections[RECIPIENTS][1], edit.recipients)
    if SECRETS not in sections:
        changes.append(
            (len(text), len(text), _after(text, len(text)) + f"{SECRETS}:{_mapped(edit.values)}\n")
        )
    else:
        changes += _secrets(text, *sections[SECRETS], edit)
    for start, stop, new in sorted(changes, key=lambda one: one[:2], reverse=True):
        text = text[:start] + new.replace("\n", end) + text[stop:]
    return text


def _recipients(text: str, node: Any, wanted: Sequence[str]) -> Iterable[_Change]:
    if node.flow_style:
        yield _behind_key(text, node), node.end_mark.index, _listed(wanted)
        return
    present = [item.value.strip() for item in node.value]
    for item in node.value:
        if item.value.strip() not in wanted:
            start = text.rfind("\n", 0, item.start_mark.index) + 1
            yield start, _end_of_line(text, item), ""
    last = node.value[-1]
    at = _end_of_line(text, last)
    indent = " " * node.start_mark.column
    new = "".join(f"{indent}- {one}\n" for one in wanted if one not in present)
    if new:
        yield at, at, _after(text, at) + new


def _secrets(text: str, key: Any, node: Any, edit: Edit) -> Iterable[_Change]:
    """Yield the changes of the section of secrets, which is there, empty or not."""
    present = (
        {name.value: (name, value) for name, value in getattr(node, "value", None) or ()}
        if (isinstance(node, yaml.MappingNode))
        else {}
    )
    new = sorted(edit.values.keys() - present.keys())
    gone = edit.removed & present.keys()
    if not present or (node.flow_style and (new or gone)):
        kept = {name: value.value for name, (_, value) in present.items() if name not in gone}
        yield from _rewritten(text, key, node, {**kept, **edit.values})
        return
    for name, (_, value) in present.items():
        if name in edit.values:
            block = value.style in ("|", ">")
            yield value.start_mark.index, value.end_mark.index, edit.values[name] + "\n" * block
    for name in gone:
        start = text.rfind("\n", 0, present[name][0].start_mark.index) + 1
        yield start, _end_of_line(text, present[name][1]), ""
    yield from _inserted(text, key, present, new, edit)


def _inserted(
    text: str, key: Any, present: Mapping[str, tuple[Any, Any]], new: Sequence[str], edit: Edit
) -> Iterable[_Change]:
    """Yield new entries, each behind the last one whose name comes before its own."""
    column = next(iter(present.values()))[0].start_mark.column
    places: dict[int, str] = defaultdict(str)
    for name in new:
        before = [value for other, (_, value) in present.items() if other < name]
        at = max((_end_of_line(text, one) for one in before), default=None)
        at = text.index("\n", key.end_mark.index) + 1 if at is None else at
        places[at] += f"{' ' * column}{name}: {edit.values[name]}\n"
    for at, lines in places.items():
        yield at, at, _after(text, at) + lines


def _rewritten(text: str, key: Any, node: Any, values: Mapping[str, str]) -> Iterable[_Change]:
    """Yield the section as a whole, for want of lines of its own that could be kept."""
    if node.start_mark.index == node.end_mark.index:  # nothing at all stands behind the key
        at = text.index(":", key.end_mark.index) + 1
        yield at, at, _mapped(values)
    else:
        yield _behind_key(text, node), node.end_mark.index, _mapped(values)


def _behind_key(text: str, node: Any) -> int:
    """Return where a node begins, with the spaces before it."""
    return len(text[: node.start_mark.index].rstrip(" "))


def _end_of_line(text: str, node: Any) -> int:
    """Return where the line after a node begins."""
    end: int = node.end_mark.index
    if end and text[end - 1] == "\n" and getattr(node, "style", None) in ("|", ">"):
        return end
    found = text.find("\n", end)
    return len(text) if found < 0 else found + 1


def _after(text: str, at: int) -> str:
    """Return the line end that is missing before a place."""
    return "" if at == 0 or text[at - 1] == "\n" else "\n"


def _listed(items: Sequence[str]) -> str:
    return "".join(f"\n{_INDENT}- {item}" for item in items)


def _mapped(values: Mapping[str, str]) -> str:
    return "".join(f"\n{_INDENT}{name}: {value}" for name, value in values.items()) or " {}"
