"""Which rights the login has to a kind, by asking for each in a way that can change nothing.

Airflow decides whether a login may do a thing before it looks at the thing itself: 403 says no, and
whatever else it finds wrong says yes. So a request is sent that cannot be carried out: to make an object,
with a body that lacks what every object must have and holds a key that there is not; to change and to
delete one, of an id that no object has. A bulk request tells nothing: with no objects in it every login gets
200.

Airflow logs a request before it decides. What this leaves in its event log names the one id, which is
nobody's, so that no other object seems to have been touched.
"""

from __future__ import annotations

import secrets
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from envctl.airflow.answer import NOT_FOUND
from envctl.doctor.chart import rights_name
from envctl.errors import Forbidden, InstanceError, LoginRefused, NotOffered, RequestFailed, WrongServer
from envctl.kinds.kind import Power
from envctl.model.checkup import fine, problem, warning
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envctl.airflow.instance import AirflowInstance
    from envctl.kinds.kind import Kind
    from envctl.model.checkup import Check
    from envctl.model.value import Value

PREFIX = "envctl.doctor."
"""How the ids begin that are asked with."""
_NO_KEY = "envctl_doctor"
_CANNOT_BE_DONE = (400, 404, 409, 422)
"""What Airflow answers a login that has the right to what cannot be done."""


class Right(NamedTuple):
    """A right, as people call it, and the request that asks for it."""

    name: str
    call: ApiCall


class Said(Enum):
    """What the instance says of a right."""

    GIVEN = "may"
    LACKING = "may not"
    ABSENT = "there is no such thing here"
    UNCLEAR = "no telling"


def rights_check(instance: AirflowInstance, kind: Kind, need: str) -> Check:
    """Tell which rights to a kind the login has and which it lacks. Raises LoginRefused.

    `need` says what they are needed for besides the spec, "" when for nothing else.
    """
    said = {
        right.name: _asked(instance, right, kind)
        for right in rights_to(kind, new_id(), old=instance.api == "v1")
    }
    name = rights_name(kind.section)
    if said["read"] is Said.ABSENT:
        found = f"no {kind.section} can be asked for here: the auth manager is not FAB, or it is MWAA"
        return warning(name, found, f"those of the spec are left out: take {kind.section} out of it")
    return _told(name, kind, said, need)


def new_id() -> str:
    """Return an id that no object has."""
    return PREFIX + secrets.token_hex(8)


def a_look(kind: Kind) -> ApiCall:
    """Return the smallest request that reads of a kind."""
    query = (("limit", "1"),) if kind.endpoint.paged else ()
    return ApiCall("GET", kind.endpoint.path, query, base=kind.endpoint.base)


def rights_to(kind: Kind, identifier: str, *, old: bool = False) -> Iterator[Right]:
    """Yield what envctl does with a kind, and how to ask for it with an id that no object has.

    `old` tells of API v1. Where an id can be read only, it says so before it decides about rights.
    """
    end = kind.endpoint
    place = f"{end.path}/{quote(identifier, safe='')}"
    yield Right("read", a_look(kind))
    if kind.power is Power.ALL:
        # An id makes the entry in the event log name nobody's object; elsewhere nothing is logged, and an id
        # might be enough to make an object.
        named: dict[str, Value] = {end.id_key: identifier} if kind.required and end.base is None else {}
        yield Right("create", ApiCall("POST", end.path, body={**named, _NO_KEY: True}, base=end.base))
    if kind.power >= Power.UPDATE:
        told: dict[str, Value] = {} if old and kind.power is Power.UPDATE else {end.id_key: identifier}
        body: dict[str, Value] = {**told, _NO_KEY: True}
        yield Right("update", ApiCall("PATCH", place, body=body, base=end.base))
    if kind.power is Power.ALL:
        yield Right("delete", ApiCall("DELETE", place, base=end.base))


def _asked(instance: AirflowInstance, right: Right, kind: Kind) -> Said:
    reading = right.call.method == "GET"
    try:
        instance.send(right.call, f"{right.name} {kind.section}")
    except Forbidden:
        return Said.LACKING
    except LoginRefused:
        raise
    except (NotOffered, WrongServer):
        return Said.ABSENT if reading and kind.endpoint.base else Said.UNCLEAR
    except RequestFailed as error:
        if reading:
            return Said.ABSENT if error.status == NOT_FOUND and kind.endpoint.base else Said.UNCLEAR
        return Said.GIVEN if error.status in _CANNOT_BE_DONE else Said.UNCLEAR
    except InstanceError:
        return Said.UNCLEAR
    # No Airflow does what cannot be done: whoever says so is not the one to ask.
    return Said.GIVEN if reading else Said.UNCLEAR


def _told(name: str, kind: Kind, said: Mapping[str, Said], need: str) -> Check:
    given, lacking, unclear = (
        [right for right, one in said.items() if one is which]
        for which in (Said.GIVEN, Said.LACKING, Said.UNCLEAR)
    )
    parts = [
        f"may {_listed(given, 'and')}" if given else "",
        f"may not {_listed(lacking, 'or')}" if lacking else "",
        f"no telling whether it may {_listed(unclear, 'or')}" if unclear else "",
    ]
    found = f"{'; '.join(part for part in parts if part)}{f' ({need})' if need else ''}"
    if lacking:
        missed = "apply needs" if "read" in given else "diff and apply need"
        wanted = f"{_listed(lacking, 'and')} {kind.section}"
        return problem(name, found, f"give the login's role the right to {wanted}: {missed} it")
    if unclear:
        return warning(name, found, "what stands before Airflow may keep such requests from it; see -vv")
    return fine(name, found)


def _listed(rights: list[str], word: str) -> str:
    return f" {word} ".join(filter(None, (", ".join(rights[:-1]), rights[-1])))
