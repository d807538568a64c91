"""Requests as they go out, kept so that their entries in Airflow's log are told from those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.model.address import Address
from envctl.model.event import Sent, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envctl.kinds.kind import Kind
    from envctl.model.request import ApiCall


def keeper(sent: list[Sent], kind: Kind, call: ApiCall, single: Address | None) -> Callable[[int], None]:
    """Return what hears how often a request goes out, and adds that to `sent`.

    `single` is the one object that is updated at its own address, None of a bulk request.
    """
    name = kind.bulk_event if single is None else kind.patch_event
    mark = mark_of(_named_in(kind, call) if single is None else [single])
    return lambda times: sent.append(Sent(name, mark, times))


def _named_in(kind: Kind, call: ApiCall) -> Iterator[Address]:
    """Yield the objects that a bulk request names, a passenger's among them."""
    body: Any = call.body
    for action in body["actions"]:
        for entity in action["entities"]:
            yield Address(kind.name, entity[kind.endpoint.id_key] if isinstance(entity, dict) else entity)
