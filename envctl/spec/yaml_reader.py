"""YAML text into nodes with positions, by the 1.2 core rules, or into diagnostics.

PyYAML's C parser does the reading. Its resolver (YAML 1.1: `no` is false) is replaced by one that
only notes whether a scalar was plain; what the scalar means is asked later, where its type is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from envctl.errors import Diagnostic, Position
from envctl.model.node import REMOVE, REPLACE, UNMANAGED_TAG, Mapping, Node, Scalar, Sequence
from envctl.spec import placeholders
from envctl.spec.limits import MAX_ALIASED_NODES, MAX_DEPTH, weight

if TYPE_CHECKING:
    from yaml import CSafeLoader as _BaseLoader
else:
    _BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN = "plain"
_TEXT = "text"
_TAGS = {REMOVE, REPLACE, UNMANAGED_TAG}
_STR_TAG = "tag:yaml.org,2002:str"
_INDICATORS = tuple("@`&%!|>}],")
_QUOTE = 'quote the text that holds the reference: "${NAME:-a, b}"'
_OWN_TAGS = {_PLAIN, _TEXT, _STR_TAG}


class _Mistake(Exception):
    """One finding that ends the reading of a file."""

    def __init__(self, message: str, mark: Any, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.mark, self.hint = message, mark, hint


class _Loader(_BaseLoader):
    """Composes nodes; counts them, and refuses to go deeper than a real spec does."""

    depth = 0
    composed = 0

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        del value
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _TEXT
        return _TEXT

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        del current_index
        self.composed += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = getattr(current_node, "start_mark", None)
            raise _Mistake(f"nested deeper than {MAX_DEPTH} levels", mark)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def read_yaml(data: bytes, file: str, found: list[Diagnostic]) -> Node | None:
    """Return the document of a file, None when it is empty (or a bare null) or too broken to read.

    Mistakes go to `found`. `file` is the name that positions carry.
    """
    text = _decode(data, file, found)
    if text is None:
        return None
    if used := placeholders.stand_in_used(text):
        found.append(_forbidden(used, text, file))
        return None
    try:
        return _composed(placeholders.guarded(text), file, found)
    except _Mistake as mistake:
        found.append(Diagnostic(mistake.message, _position(file, mistake.mark), mistake.hint))
    except yaml.MarkedYAMLError as error:
        found.append(_syntax_error(error, text, file))
    except yaml.reader.ReaderError as error:
        found.append(_forbidden_character(error, text, file))
    return None


def _composed(text: str, file: str, found: list[Diagnostic]) -> Node | None:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    if root is None:
        return None
    # Only aliases repeat anything: where there can be none there is nothing to account for.
    budget = loader.composed + weight(text) + MAX_ALIASED_NODES if "*" in text else None
    node = _Builder(file, found, budget).build(root, 0)
    return None if isinstance(node, Scalar) and node.is_null else node


class _Builder:
    """Turns PyYAML's nodes into ours."""

    def __init__(self, file: str, found: list[Diagnostic], budget: int | None) -> None:
        self.file = file
        self.found = found
        self.budget = budget
        self.furthest: Any = None

    def build(self, node: Any, depth: int) -> Node:
        self._account(node)
        if depth > MAX_DEPTH:
            raise _Mistake(f"nested deeper than {MAX_DEPTH} levels", node.start_mark)
        position = _position(self.file, node.start_mark)
        tag = self._tag(node, position)
        if isinstance(node, yaml.ScalarNode):
            plain = node.tag == _PLAIN or (node.tag in _TAGS and not node.style)
            return Scalar(self._text(node), plain, position, tag)
        if isinstance(node, yaml.SequenceNode):
            return Sequence(tuple(self.build(item, depth + 1) for item in node.value), position, tag)
        return self._mapping(node, position, tag, depth)

    def _text(self, node: Any) -> str:
        """Return a scalar's text as typed."""
        if not node.style and placeholders.is_cut(node.value):
            raise _Mistake(
                "a reference that is cut apart, by a ',', ': ' or ' #' in it", node.start_mark, _QUOTE
            )
        return placeholders.unguarded(node.value)

    def _account(self, node: Any) -> None:
        """Take a node off the budget; what aliases repeat stands before the place where they do."""
        if self.budget is None:
            return
        mark = node.start_mark
        if self.furthest is None or (mark.line, mark.column) > (self.furthest.line, self.furthest.column):
            self.furthest = mark
        self.budget -= weight(node.value) if isinstance(node, yaml.ScalarNode) else 1
        if self.budget < 0:
            raise _Mistake(
                "aliases make this document explode",
                self.furthest,
                "write the repeated parts out, or use a layer",
            )

    def _mapping(self, node: Any, position: Position, tag: str, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        keys: dict[str, Position] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            place = _position(self.file, key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.found.append(Diagnostic("a key must be a single value", place))
                continue
            key = self._text(key_node)
            if self._tag(key_node, place):
                self.found.append(Diagnostic(f"a key cannot be {key_node.tag}", place, "tag its value"))
                continue
            if key in entries:
                self.found.append(
                    Diagnostic(
                        f"{key!r} stands here twice, first in line {keys[key].line}",
                        place,
                        "keep one of them",
                    )
                )
                continue
            if key == "<<" and key_node.tag == _PLAIN:
                self._refuse_merge(place)
                merged += [
                    value_node,
                    *(value_node.value if isinstance(value_node, yaml.SequenceNode) else []),
                ]
                continue
            entries[key] = self.build(value_node, depth + 1)
            keys[key] = place
        self._merge(merged, entries, keys, depth)
        return Mapping(entries, keys, position, tag)

    def _refuse_merge(self, place: Position) -> None:
        hint = "use a layer, or write the keys out"
        self.found.append(Diagnostic("merge keys '<<' are not part of YAML 1.2", place, hint))

    def _merge(
        self, nodes: list[Any], entries: dict[str, Node], keys: dict[str, Position], depth: int
    ) -> None:
        """Put in what refused merge keys were meant to, so that it is not reported as missing too."""
        for node in nodes:
            if isinstance(node, yaml.MappingNode):
                merged = self._mapping(node, _position(self.file, node.start_mark), "", depth + 1)
                for key in merged.entries.keys() - entries.keys():
                    entries[key], keys[key] = merged.entries[key], merged.keys[key]

    def _tag(self, node: Any, position: Position) -> str:
        if node.tag in _OWN_TAGS:
            return ""
        if node.tag not in _TAGS:
            name = node.tag.replace("tag:yaml.org,2002:", "!!")
            self.found.append(
                Diagnostic(f"unknown tag {name}", position, "known are !remove, !replace and !unmanaged")
            )
            return ""
        return str(node.tag)


def _decode(data: bytes, file: str, found: list[Diagnostic]) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Its own object: the data without a byte order mark.
        before = error.object[: error.start].decode("utf-8")
        found.append(Diagnostic("not UTF-8", _end_of(before, file), "save the file as UTF-8"))
        return None


def _forbidden_character(error: yaml.reader.ReaderError, text: str, file: str) -> Diagnostic:
    """Return the finding of a character that no YAML may hold: it is the first of its sort in the text."""
    return _forbidden(chr(int(error.character)), text, file)


def _forbidden(character: str, text: str, file: str) -> Diagnostic:
    return Diagnostic(
        f"a character that YAML does not allow, U+{ord(character):04X}",
        _end_of(text.partition(character)[0], file),
        "write it as an escape in a text between double quotes",
    )


def _end_of(before: str, file: str) -> Position:
    """Return the place right behind a text."""
    return Position(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    place = _position(file, mark)
    lines = text.split("\n", place.line)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    tab = line.find("\t", 0, len(line) - len(line.lstrip()))
    if tab >= 0:
        place = place._replace(column=tab + 1)
        return Diagnostic("a tab in the indentation", place, "YAML is indented with spaces")
    if "single document" in (error.context or ""):
        return Diagnostic("a second document starts here", place, "one file holds one document")
    problem = error.problem or "cannot be read"
    begun = error.context_mark
    since = f" that begins in line {begun.line + 1}" if begun and begun.line + 1 < place.line else ""
    context = f" ({error.context}{since})" if error.context else ""
    hint = _syntax_hint(problem + context, line, line[place.column - 1 :])
    return Diagnostic(f"no YAML: {problem}{context}", place, hint)


def _syntax_hint(problem: str, line: str, rest: str) -> str | None:
    """Say what mostly lies behind a problem, from the line of its place and what stands there."""
    if "alias" in problem:
        return "quote a text that begins with *"
    if "${" in line:
        return _QUOTE
    if rest[:1] in _INDICATORS:
        return f"quote a text that begins with {rest[:1]}"
    if "mapping values" in problem:
        return "quote a text that holds ': ', or look at the indentation"
    return None


def _position(file: str, mark: Any) -> Position:
    return Position(file, mark.line + 1, mark.column + 1) if mark is not None else Position(file, 1, 1)
