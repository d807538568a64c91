"""What writes are called in the event log of Airflow 2.

`action_logging` in airflow/www/decorators.py: a request to the API logs under `api.` (`ui.` when a page of
the server itself sent it) and either `KIND.create`, `.edit`, `.delete` or the name of the function behind
it, with the body if there is one; a web page under `KIND.create` and so on, with what its form had. Opening
a form logs the same name with nothing in it, or with nothing but the number of a row: that touches nothing.
Deleting rows that were ticked in a list is not logged at all. What is called `dag_id` and the like stands
in columns of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.airflow.event_entry import Source, commands, fields, keys_of, untold
from envctl.airflow.journal import single_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from envctl.airflow.api import Query
    from envctl.airflow.event_entry import IdFinder, Sources, Told
    from envctl.kinds.kind import Kind

_VERBS = (("POST", "create"), ("PATCH", "edit"), ("DELETE", "delete"))
_MOST_NAMES = 80
"""In one query: the server takes no first line of a request beyond 4,094 bytes."""


class OldNames:
    """See `envctl.airflow.api.EventNames`."""

    def sources(self, kinds: Sequence[Kind]) -> Sources:
        """Return the names under which Airflow 2 logs writes to the kinds, each with how to find the ids."""
        return {name: Source(kind, ids, called) for kind in kinds for name, ids, called in _sources(kind)}

    def only(self, names: Iterable[str]) -> Iterator[Query]:
        """Yield queries for entries of these names: of a repeated parameter the last one would count."""
        every = list(names)
        for start in range(0, len(every), _MOST_NAMES):
            yield (("included_events", ",".join(every[start : start + _MOST_NAMES])),)


def _sources(kind: Kind) -> Iterator[tuple[str, IdFinder, str]]:
    in_body, in_path = keys_of(kind)
    ids = {"POST": fields(in_body), "PATCH": fields(in_body, in_path), "DELETE": fields(in_path)}
    for method, verb in _VERBS:
        called = single_event(kind, method)
        for origin in ("api", "ui"):
            yield f"{origin}.{kind.name}.{verb}", ids[method], called
            yield f"{origin}.{called}", ids[method], called
    form_id = kind.endpoint.old.form_id
    for verb in ("create", "edit"):
        yield f"{kind.name}.{verb}", _in_form(form_id), f"{kind.name}.{verb}"
    for name in kind.endpoint.old.pages:
        yield name, fields(in_body), name
    # All that it tells is the number of a row.
    yield f"{kind.name}.delete", untold, f"{kind.name}.delete"
    yield f"{kind.section}.varimport", untold, f"{kind.section}.varimport"
    if not kind.endpoint.bulk:
        yield f"api.patch_{kind.section}", untold, f"patch_{kind.section}"
    for name, found in commands(kind):
        yield name, found, name


def _in_form(form_id: str) -> IdFinder:
    """Return what finds the id in a form that was sent; one that was only opened names nothing."""

    def find(content: Mapping[str, Any]) -> Told:
        if form_id in content:
            yield content[form_id]

    return find
