"""Requests as they go out, kept so that their entries in Airflow's log are told from those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.model.address import Address
from envctl.model.event import Sent, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from envctl.kinds.kind import Kind
    from envctl.model.request import ApiCall


def bulk_event(kind: Kind) -> str:
    """Return what Airflow's event log calls a bulk request for objects of a kind."""
    return f"bulk_{kind.section}"


def single_event(kind: Kind, method: str) -> str:
    """Return what the log calls a request for one object.

    Airflow 2 has other names, which are read as these: `envctl.airflow.v1.events`.
    """
    return f"{method.lower()}_{kind.name}"


def keeper(sent: list[Sent], name: str, addresses: Iterable[Address]) -> Callable[[int], None]:
    """Return what hears how often a request goes out, and adds that to `sent`.

    `name` is what the log calls it, `addresses` are the objects in it.
    """
    mark = mark_of(addresses)
    return lambda times: sent.append(Sent(name, mark, times))


def named_in(kind: Kind, call: ApiCall) -> Iterator[Address]:
    """Yield the objects that a bulk request names, a passenger's among them."""
    body: Any = call.body
    for action in body["actions"]:
        for entity in action["entities"]:
            yield Address(kind.name, entity[kind.endpoint.id_key] if isinstance(entity, dict) else entity)
