"""Locks as connections: the one object that every Airflow refuses to create twice.

Airflow 2 overwrites a Variable that is posted again, but answers 409 to a second connection of the same
id. The record stands in `description`, as JSON, where people see it beside the lock in the web page.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from envctl.errors import Ambiguous, InstanceError, RequestFailed
from envctl.kinds.connection import CONNECTION
from envctl.model.lock import LockRecord
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Callable

_CONFLICT, _NOT_FOUND = 409, 404
_PATH = CONNECTION.endpoint.path


class Send(Protocol):
    """Makes a request; `purpose` completes "may not ..." in errors. Raises InstanceError."""

    def __call__(self, call: ApiCall, purpose: str) -> Any:
        """Return the JSON of the answer."""
        ...


class ConnectionLocks:
    """See `envctl.ledger.lock.LockStore`."""

    def __init__(self, send: Send, clock: Callable[[], datetime]) -> None:
        self._send = send
        self._clock = clock

    def create(self, name: str, record: LockRecord) -> bool:
        """Make the lock; False when there is one.

        When the answer is lost or an error, the lock itself tells whether it is ours: of several that
        create it at once, one gets 201 and the others 409 or 500.
        """
        call = ApiCall("POST", _PATH, body=_body(name, record), repeatable=False)
        try:
            self._send(call, "lock it (make the connection envctl.lock)")
        except (RequestFailed, Ambiguous) as error:
            if isinstance(error, RequestFailed) and error.status == _CONFLICT:
                return False
            return self._is_mine(name, record, error)
        return True

    def _is_mine(self, name: str, record: LockRecord, error: InstanceError) -> bool:
        current = self.read(name)
        if current is None:
            raise error
        return current.holder == record.holder

    def read(self, name: str) -> LockRecord | None:
        """Return who holds it, None when nobody does."""
        try:
            content = self._send(ApiCall("GET", _place(name)), "see its lock (the connection envctl.lock)")
        except RequestFailed as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return _record(content)

    def replace(self, name: str, record: LockRecord) -> None:
        """Write the lock anew; it must be one's own.

        It is sent once: a second try, a time-out later, could write over the lock of whoever took over.
        """
        call = ApiCall("PATCH", _place(name), body=_body(name, record), repeatable=False)
        self._send(call, "renew its lock (the connection envctl.lock)")

    def delete(self, name: str) -> None:
        """Remove the lock; one that is gone already is fine."""
        try:
            self._send(ApiCall("DELETE", _place(name)), "unlock it (delete the connection envctl.lock)")
        except RequestFailed as error:
            if error.status != _NOT_FOUND:
                raise

    def now(self) -> datetime:
        """Return the time by the server's clock."""
        return self._clock()


def _place(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _body(name: str, record: LockRecord) -> dict[str, Any]:
    content = {
        "holder": record.holder,
        "actor": record.actor,
        "command": record.command,
        "process": record.process,
        "expires": record.expires.isoformat() if record.expires else None,
    }
    return {"connection_id": name, "conn_type": "envctl", "description": json.dumps(content)}


def _record(content: Any) -> LockRecord:
    """Return what a lock says; one that says nothing sensible is held by nobody known, for ever."""
    try:
        found = json.loads(content["description"])
        return LockRecord(
            holder=str(found["holder"]),
            actor=str(found["actor"]),
            command=str(found["command"]),
            process=str(found["process"]),
            expires=datetime.fromisoformat(found["expires"]),
        )
    except (KeyError, TypeError, ValueError):
        return LockRecord("", "", "", "", None)
