"""Which objects one entry of the event log speaks of.

Airflow has no list of this. What requests are logged as differs between Airflow 2 and Airflow 3
(`envctl.airflow.v1.events`, `envctl.airflow.v2.events`). A command of the server's own command line logs
under `cli_` and its function, with all of its arguments (airflow/utils/cli.py), in both. Whatever cannot be
told is said of the whole kind: a body without an id, an id that is masked because it holds the text of some
connection's password, an import.

What an entry carries besides ids may be secret: `variables set` logs the value in clear.
"""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from msgspec import field

from envctl.model.address import Address
from envctl.model.discreet import Discreet
from envctl.model.event import Event
from envctl.model.value import MASK_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from envctl.kinds.kind import Kind

Told: TypeAlias = "Iterator[Any]"
"""Ids, and anything else for an object that was touched but cannot be told."""
IdFinder: TypeAlias = "Callable[[Mapping[str, Any]], Told]"
Sources: TypeAlias = "dict[str, Source]"

_COMMAND = "cli_"


class Source(NamedTuple):
    """A name in the log: the kind it speaks of, how to find the ids, and what such a write is called.

    That is `Sent.name`: the same for both APIs.
    """

    kind: Kind
    ids: IdFinder
    name: str


class Entry(Discreet, frozen=True):
    """One entry as the server answers it; `extra` may be secret.

    `columns` are the ids that an entry has in columns of its own: Airflow 2 leaves those out of `extra`.
    """

    id: int
    time: datetime
    event: str
    owner: str
    extra: str
    columns: Mapping[str, str] = field(default_factory=dict)


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Return the typed form of one entry. Raises KeyError, TypeError or ValueError when it is none."""
    time = datetime.fromisoformat(item["when"])
    if time.tzinfo is None or not isinstance(item["event_log_id"], int):
        raise ValueError("no time or no number")
    owner, extra = item.get("owner") or "", item.get("extra") or ""
    columns = {name: item[name] for name in item if name.endswith("_id") and isinstance(item[name], str)}
    number, event = item["event_log_id"], str(item["event"])
    return Entry(number, time.astimezone(UTC), event, str(owner), str(extra), columns)


def event_of(entry: Entry, known: Sources) -> Event | None:
    """Return what an entry says, or None when it speaks of no object of the kinds."""
    if entry.event not in known:
        return None
    kind, ids, name = known[entry.event]
    told = list(ids({**entry.columns, **_content(entry.extra)}))
    if not told:
        return None
    addresses = frozenset(Address(kind.name, one) for one in told if _is_id(one))
    whole = frozenset() if all(map(_is_id, told)) else frozenset({kind.name})
    actor = f"{entry.owner} (command line)" if entry.event.startswith(_COMMAND) else entry.owner
    return Event(entry.id, entry.time, actor, addresses, whole, name)


def keys_of(kind: Kind) -> tuple[str, str]:
    """Return what the id of an object is called in a body, and in the path of a request."""
    in_body = kind.endpoint.id_key
    return in_body, in_body if in_body.startswith(f"{kind.name}_") else f"{kind.name}_{in_body}"


def commands(kind: Kind) -> Iterator[tuple[str, IdFinder]]:
    """Yield what the server's own command line logs; functions are named after kind or section."""
    for name in (kind.name, kind.section):
        for verb in kind.endpoint.commands:
            yield f"{_COMMAND}{name}_{verb}", partial(_argument, kind.section)
        yield f"{_COMMAND}{name}_import", untold


def _content(extra: str) -> Mapping[str, Any]:
    try:
        content = json.loads(extra)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_id(told: Any) -> bool:
    return isinstance(told, str) and told != "" and MASK_TEXT not in told


def untold(_: Mapping[str, Any]) -> Told:
    """Tell that any object of the kind may have been touched."""
    yield None


def fields(*names: str) -> IdFinder:
    """Return what finds the ids under these names; without any, any object may have been touched."""

    def find(content: Mapping[str, Any]) -> Told:
        yield from [content[name] for name in names if name in content] or [None]

    return find


def _argument(section: str, content: Mapping[str, Any]) -> Told:
    """Yield the id in `airflow SECTION VERB ID ...`, unless an option stands there: it may take an argument.

    The arguments stand there as Python writes a list.
    """
    try:
        _, group, _, found, *_ = ast.literal_eval(content["full_command"])
    except (LookupError, TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
        yield None
    else:
        stands_first = group == section and not str(found).startswith("-")
        yield found if stands_first else None
