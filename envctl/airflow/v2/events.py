"""What writes are called in the event log of Airflow 3.

A route logs under the name of the function behind it, with the body if there is one, else with path and
query (`action_logging` in airflow/api_fastapi/logging/decorators.py). The web pages use the same routes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from envctl.airflow.event_entry import Source, commands, fields, keys_of, untold
from envctl.airflow.journal import bulk_event, single_event
from envctl.kinds.kind import Power

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from envctl.airflow.api import Query
    from envctl.airflow.event_entry import IdFinder, Sources, Told
    from envctl.kinds.kind import Kind


class NewNames:
    """See `envctl.airflow.api.EventNames`."""

    def sources(self, kinds: Sequence[Kind]) -> Sources:
        """Return the names under which Airflow logs writes to the kinds, each with how to find the ids."""
        # Nothing logs what is kept elsewhere, by an auth manager, and nobody can write what is only observed.
        logged = [kind for kind in kinds if kind.power > Power.OBSERVE and kind.endpoint.base is None]
        return {name: Source(kind, ids, name) for kind in logged for name, ids in _sources(kind)}

    def only(self, names: Iterable[str]) -> Iterator[Query]:
        """Yield the query for entries of these names."""
        yield tuple(("included_events", name) for name in names)


def _sources(kind: Kind) -> Iterator[tuple[str, IdFinder]]:
    in_body, in_path = keys_of(kind)
    yield single_event(kind, "POST"), fields(in_body)
    yield single_event(kind, "PATCH"), fields(in_body, in_path)
    # A body would hide the path, and may name anything: Airflow does not read it.
    yield single_event(kind, "DELETE"), fields(in_path)
    # A test may be asked to save what it tested.
    yield f"enqueue_{kind.name}_test", fields(in_body)
    yield bulk_event(kind), partial(_entities, in_body)
    yield f"create_default_{kind.section}", untold
    if not kind.endpoint.bulk:
        yield f"patch_{kind.section}", untold
    yield from commands(kind)


def _entities(id_key: str, content: Mapping[str, Any]) -> Told:
    """Yield the ids of a bulk request, whose entities are bodies, or plain ids to delete."""
    actions = content.get("actions")
    for action in actions if isinstance(actions, list) else [None]:
        entities = action.get("entities") if isinstance(action, dict) else None
        for entity in entities if isinstance(entities, list) else [None]:
            yield entity.get(id_key) if isinstance(entity, dict) else entity
