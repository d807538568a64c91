"""One Airflow instance, open: what it is, what it holds, and the hands that change it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from envctl.airflow.auth_manager import auth_manager
from envctl.airflow.event_log import latest_events, oldest_entry, page_size, read_events
from envctl.airflow.pace import PacedCrew
from envctl.airflow.pages import pages_of
from envctl.airflow.session import Session
from envctl.airflow.v1.api import ApiV1
from envctl.airflow.v2.api import ApiV2
from envctl.airflow.version import greeted
from envctl.crew import Crew
from envctl.errors import Forbidden, InstanceError, NotOffered, WrongServer
from envctl.model.address import Address
from envctl.model.plan import Instance
from envctl.model.reserved import is_reserved
from envctl.model.resource import Live, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from envctl.airflow.api import Api, Hands
    from envctl.airflow.settings import InstanceSettings
    from envctl.kinds.kind import Kind
    from envctl.model.event import Event, Seen, Sent, Witness
    from envctl.model.request import ApiCall
    from envctl.model.value import Value

_LISTS_AT_ONCE = 4


class AirflowInstance:
    """An instance that answered with its version. Use as a context manager: it holds threads."""

    def __init__(self, settings: InstanceSettings) -> None:
        """Ask for the version. Raises the InstanceErrors that `greeted` raises."""
        self._session = Session(settings)
        began = time.monotonic()
        greeting = greeted(self._session)
        # The connection had to be made first.
        round_trip = (time.monotonic() - began) / 2
        self.described = Instance(settings.url, greeting.version)
        self.warnings = greeting.warnings
        self._version = greeting.minor
        self._api: Api = ApiV1(greeting.minor) if greeting.old else ApiV2(greeting.minor)
        self._session.root = self._api.root
        self._opened = greeting.time
        self._since = time.monotonic()
        # Pages and lists have crews of their own: a list that waits for its pages holds no page's thread.
        self._lists = Crew(_LISTS_AT_ONCE, "list")
        self._pages = PacedCrew(settings.wire.concurrency, "page", round_trip)
        self._hands = Crew(settings.wire.writes, "write")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads end."""
        self._lists.dismiss()
        self._pages.dismiss()
        self._hands.dismiss()

    def connected_ahead(
        self, kinds: Sequence[Kind], expected: Mapping[str, int]
    ) -> AbstractContextManager[None]:
        """Have connections opened for `read`, within the block, before there is a login; see `Session`."""
        pages = sum(pages_of(expected.get(kind.name, 0)) for kind in kinds[:_LISTS_AT_ONCE])
        # The connection over which the login comes is there already.
        return self._session.connected_ahead(min(pages, self._pages.size, self._pages.most - 1))

    def read(self, kinds: Sequence[Kind], expected: Mapping[str, int] | None = None) -> Reading:
        """Return every live object of the kinds, whatever its place in spec or scope; envctl's own apart.

        Reading is quicker when it is told how many of each kind are `expected`, by the kind's name.
        Kinds that the login may not read, or that the instance does not have, are `unread`. Raises other
        InstanceErrors.
        """
        counts = expected or {}
        lists = self._lists.map(lambda kind: self._list(kind, counts.get(kind.name, 0)), kinds)
        unread = {
            kind.name: found
            for kind, found in zip(kinds, lists, strict=True)
            if isinstance(found, InstanceError)
        }
        reading = Reading({}, {}, unread=unread, old=self.old, version=self._version)
        for objects_of_kind in lists:
            if isinstance(objects_of_kind, InstanceError):
                continue
            for identifier, live in objects_of_kind.items():
                objects = reading.own if is_reserved(identifier) else reading.live
                objects[live.address] = live
        return reading

    def _list(self, kind: Kind, expected: int) -> dict[str, Live] | InstanceError:
        """Return the objects of a kind, or why they cannot be had although all else may."""

        def taken(item: dict[str, Any]) -> Live:
            return Live(Address(kind.name, item[kind.endpoint.id_key]), self._fields(kind, item))

        try:
            return self._api.items(self._session, kind.endpoint, self._pages, taken, expected)
        except (Forbidden, NotOffered) as error:
            return error

    def events(self, kinds: Sequence[Kind], since: Seen | None) -> Witness:
        """Return what the instance's log says of the kinds after `since`; see `read_events`."""
        return read_events(self._session, self._api.names, kinds, since)

    def page_size(self) -> int | None:
        """Return how many items a page holds, None when the event log is too short to tell."""
        return page_size(self._session)

    def latest_events(self, kinds: Sequence[Kind]) -> tuple[Event, ...]:
        """Return the latest writes to the kinds, newest first; see `latest_events` of the event log."""
        return latest_events(self._session, self._api.names, kinds)

    def oldest_event(self) -> Seen | None:
        """Return the entry with which the log begins, None when it is empty. Raises InstanceError."""
        return oldest_entry(self._session)

    @property
    def api(self) -> str:
        """Which of Airflow's REST APIs is spoken: `v1` or `v2`."""
        return self._session.root.rpartition("/")[2]

    def auth_manager(self) -> str | None:
        """Return the name of the instance's auth manager; see `envctl.airflow.auth_manager`."""
        return auth_manager(self._session)

    def claims(self) -> Mapping[str, Any]:
        """Return what the login's token says of itself; see `Session.claims`."""
        return self._session.claims()

    def send(self, call: ApiCall, purpose: str) -> Any:
        """Make one request and return the JSON of its answer; see `Session.request`."""
        return self._session.request(call, purpose)

    def clock(self) -> datetime:
        """Return the time by the server's clock, as it was when the instance was opened and went on since."""
        return self._opened + timedelta(seconds=time.monotonic() - self._since)

    @property
    def old(self) -> bool:
        """Whether it is an Airflow 2, with API v1."""
        return self._api.old

    def _fields(self, kind: Kind, item: dict[str, Any]) -> Mapping[str, Value]:
        try:
            return self._api.fields(kind, item)
        except (KeyError, TypeError, ValueError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else "a field is mistyped"
            raise WrongServer(
                f"{self._session.place} answers a {kind.name} that envctl cannot read: {why}",
                hint=f"is Airflow {self.described.airflow_version} newer than this envctl?",
            ) from None

    def writer(self, sent: list[Sent], ready: Callable[[], None]) -> Hands:
        """Return the hands that carry out the steps of a plan.

        What they send is added to `sent`; `ready` goes before each request and may raise Locked.
        """
        return self._api.writer(self._session, self._hands, sent, ready)
