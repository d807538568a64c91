"""Ledgers as Variables: one for each owner, `envctl.ledger.OWNER`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from envctl.errors import RequestFailed, WrongServer
from envctl.kinds.variable import VARIABLE
from envctl.ledger.codec import encode
from envctl.model.address import Address
from envctl.model.request import ApiCall
from envctl.model.reserved import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.ledger import Ledger
    from envctl.model.resource import Live, Reading
    from envctl.model.value import Value

KIND = VARIABLE
_PATH = KIND.endpoint.path
_NOT_FOUND = 404
_PAGE = 100
"""What Airflow gives at most, see `envctl.airflow.pages`."""
_READ = "read its ledger (a Variable)"
_WRITE = "write its ledger (a Variable)"
_HINT = "check airflow.url: what answers there is no Airflow that envctl knows"


class Host(Protocol):
    """The instance in which the ledgers are."""

    @property
    def old(self) -> bool:
        """Whether it has API v1, where Variables are found by reading all, and written one by one."""
        ...

    def send(self, call: ApiCall, purpose: str) -> Any:
        """Make a request and return the JSON of the answer; `purpose` completes "may not ..." in errors.

        Raises InstanceError.
        """
        ...

    def read(self, kinds: Sequence[Kind]) -> Reading:
        """Return all objects of some kinds. Raises InstanceError."""
        ...


def ledger_address(owner: str) -> Address:
    """Return the address of an owner's ledger."""
    return Address(KIND.name, f"{LEDGER}.{owner}")


def ledgers_among(own: Mapping[Address, Live]) -> dict[str, Value]:
    """Return the values of the ledgers among envctl's own objects, by owner."""
    return dict(
        _by_owner((address.id, one.fields) for address, one in own.items() if address.kind == KIND.name)
    )


def entity_for(ledger: Ledger) -> dict[str, Value]:
    """Return the Variable that a ledger is."""
    return {
        "key": ledger_address(ledger.owner).id,
        "value": encode(ledger),
        "description": f"What envctl applied here as owner {ledger.owner}, up to apply #{ledger.serial}",
    }


def action_for(ledger: Ledger) -> dict[str, Value]:
    """Return the action that writes a ledger, as part of a bulk request for Variables."""
    return {"action": "create", "entities": [entity_for(ledger)], "action_on_existence": "overwrite"}


class VariableLedgers:
    """Reads and writes the ledgers of one instance."""

    def __init__(self, host: Host) -> None:
        self._host, self._send = host, host.send

    def read_all(self) -> dict[str, Value]:
        """Return the values of all ledgers, by owner; for when the Variables are not read anyway.

        Raises WrongServer when the answer is no list of Variables, and other InstanceErrors.
        """
        if self._host.old:
            reading = self._host.read((KIND,))
            # That they may not be read is not the same as that there are none.
            if why := reading.unread.get(KIND.name):
                raise why
            return ledgers_among(reading.own)
        found: dict[str, Mapping[str, Value]] = {}
        offset = 0
        while True:
            items, total = self._page(offset)
            found |= items
            offset += len(items)
            if not items or offset >= total:
                return dict(_by_owner(found.items()))

    def _page(self, offset: int) -> tuple[dict[str, Mapping[str, Value]], int]:
        """Return ledgers by their key, from an offset on, and how many there are altogether."""
        query = (("variable_key_pattern", f"{LEDGER}.%"), ("limit", str(_PAGE)), ("offset", str(offset)))
        answer = self._send(ApiCall("GET", _PATH, query), _READ)
        try:
            return (
                {str(item["key"]): KIND.read(item) for item in answer[KIND.endpoint.list_key]},
                int(answer["total_entries"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise WrongServer(
                f"GET {_PATH} is answered with JSON that is no list of Variables", hint=_HINT
            ) from None

    def read(self, owner: str) -> Value:
        """Return the value of one ledger, None when there is none. Raises as `read_all` does."""
        try:
            answer = self._send(ApiCall("GET", _place(owner)), _READ)
        except RequestFailed as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        try:
            return _value(KIND.read(answer))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise WrongServer(
                f"GET {_place(owner)} is answered with JSON that is no Variable", hint=_HINT
            ) from None

    def write(self, ledger: Ledger) -> None:
        """Write a ledger over whatever is there. Raises InstanceError."""
        if self._host.old:
            self._send(ApiCall("POST", _PATH, body=entity_for(ledger)), _WRITE)
            return
        call = ApiCall("PATCH", _PATH, body={"actions": [action_for(ledger)]})
        answer = self._send(call, _WRITE)
        if not was_written(answer, ledger.owner):
            raise WrongServer(
                f"the server does not say that it wrote the ledger {ledger_address(ledger.owner).id}"
            )

    def delete(self, owner: str) -> None:
        """Delete a ledger; one that is gone already is fine."""
        try:
            self._send(ApiCall("DELETE", _place(owner)), "delete its ledger (a Variable)")
        except RequestFailed as error:
            if error.status != _NOT_FOUND:
                raise


def was_written(answer: Any, owner: str) -> bool:
    """Tell whether the answer to a bulk request says that the ledger in it was written."""
    part = answer.get("create") if isinstance(answer, dict) else None
    done = part.get("success") if isinstance(part, dict) else None
    return ledger_address(owner).id in (done or ())


def _by_owner(items: Iterable[tuple[str, Mapping[str, Value]]]) -> Iterable[tuple[str, Value]]:
    prefix = f"{LEDGER}."
    for name, fields in items:
        if name.startswith(prefix) and len(name) > len(prefix):
            yield name[len(prefix) :], _value(fields)


def _value(fields: Mapping[str, Value]) -> Value:
    """Return the value of a ledger that is there: not None, which stands for what Airflow cannot decrypt."""
    return "" if fields["value"] is None else fields["value"]


def _place(owner: str) -> str:
    return f"{_PATH}/{quote(ledger_address(owner).id, safe='')}"
