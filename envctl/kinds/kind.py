"""What a kind of object is to envctl: one frozen description, pure, without any I/O.

Adding a kind is one file that makes a `Kind` and one line in `envctl.kinds.KINDS`. Everything else
(reading, comparing, planning, applying, reporting, the schema) works from what is said here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from msgspec import Struct, field

from envctl.kinds.old_api import ALIKE, OldApi
from envctl.kinds.sensitive import looks_sensitive
from envctl.model.request import ApiCall
from envctl.model.value import UNMANAGED, UNSET, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.kinds.entry import Entry
    from envctl.model.change import FieldDiff
    from envctl.model.resource import Desired

Fields: TypeAlias = "dict[str, Value]"


class Level(IntEnum):
    """The order of applying, lowest first; deletes go the other way round.

    SUPPORT   pools, connections, roles   what tasks stand on, and what rights are made of
       |
    SWITCH    variables, users            what makes them used: switched last, withdrawn first
       |
    START     dags                        what begins to run: when all it needs is there
    """

    SUPPORT = 1
    SWITCH = 2
    START = 3


class Power(IntEnum):
    """What envctl can do to the objects of a kind over the API; each includes what stands before it."""

    OBSERVE = 0
    """Tell that they differ. They are in no ledger: nothing is ever applied."""
    UPDATE = 1
    """Change those that are there. What is not there is no object to be made, but a mistake in the spec."""
    ALL = 2
    """Create, change and delete."""


class Endpoint(Struct, frozen=True):
    """Where the REST API keeps a kind: `GET path` lists under `list_key`, each item named by `id_key`.

    `base` is what the path stands below where that is not the API's own root, such as `/auth/fab/v1`; of an
    endpoint with one an instance may have nothing at all. A list that is not `paged` is answered whole. With
    `bulk`, API v2 takes many objects in one request, but passes over the fields that are in `alone`, and when
    it updates over nulls before the version `nulls_since`. `since`
    names keys that older versions refuse, each with the first version that knows it, such as (3, 2).
    `commands` are what writes objects on the server's own command line, each named as its first argument.
    """

    path: str
    list_key: str
    id_key: str
    base: str | None = None
    paged: bool = True
    bulk: bool = True
    alone: frozenset[str] = frozenset()
    nulls_since: tuple[int, int] = (0, 0)
    commands: tuple[str, ...] = ("set", "add", "delete")
    old: OldApi = ALIKE
    since: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def _no_complaint(_id: str) -> str | None:
    return None


def _no_obstacle(_fields: Sequence[FieldDiff]) -> str | None:
    return None


def _same(_field: str, value: Value) -> Value:
    return value


def _names_a_secret(_id: str, path: str) -> bool:
    return looks_sensitive(path)


class Kind(Struct, frozen=True):
    """One kind of object.

    `name` stands in addresses, `section` is the key in spec files. `entry` is the typed form of one
    entry there; an entry that is no mapping is read as `{shorthand: entry}`. `desired` turns a typed
    entry into fields, `read` an item of the API's list. `entity` makes the body that writes a whole
    object, from fields whose UNSET are already None. `as_read` gives a desired field in the form in
    which Airflow answers it. `obstacle` says why an update that is due could not be carried out by
    Airflow. `check_id` complains about ids that Airflow refuses. `hides` tells by an object's id and a
    leaf's path whether Airflow masks that leaf, as far as names tell. `power` says what the API lets be done
    to its objects. With `selects`, an id in the spec may be a glob: it speaks of every object that matches.
    With `closed`, a field that the instance does not have is a mistake in the spec.
    """

    name: str
    section: str
    level: Level
    endpoint: Endpoint
    entry: type[Entry]
    desired: Callable[[str, Any], Fields]
    read: Callable[[Mapping[str, Any]], Fields]
    entity: Callable[[str, Mapping[str, Value]], dict[str, Value]]
    as_read: Callable[[str, Value], Value] = _same
    obstacle: Callable[[Sequence[FieldDiff]], str | None] = _no_obstacle
    check_id: Callable[[str], str | None] = _no_complaint
    hides: Callable[[str, str], bool] = _names_a_secret
    shorthand: str | None = None
    power: Power = Power.ALL
    selects: bool = False
    closed: bool = False
    built_in: frozenset[str] = frozenset()
    """Ids that Airflow itself makes; envctl never deletes them."""
    writable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Ids of which Airflow lets only some fields be written."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """What Airflow calls a field, where that is another word than the spec's."""
    required: frozenset[str] = frozenset()
    """Fields without which Airflow makes no object."""
    fillers: Mapping[str, Value] = field(default_factory=dict)
    """What stands in a body for a field that it must have, although the update mask leaves it alone."""

    carries: frozenset[str] = frozenset()
    """Fields of which no spec speaks, and which a body must have all the same: they go along as read."""

    def too_new(self, version: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """Return the fields that a version does not know yet, each with the first that does."""
        since = {name: self.endpoint.since.get(self._key(name)) for name in self.keys}
        return {name: first for name, first in since.items() if first is not None and version < first}

    def create_body(self, desired: Desired) -> dict[str, Value]:
        """Return the body that makes the object; what the spec leaves alone is left to Airflow."""
        fields = {name: _plain(value) for name, value in desired.fields.items()}
        alone = {self._key(name) for name, value in desired.fields.items() if value is UNMANAGED}
        body = self.entity(desired.address.id, fields)
        return {name: value for name, value in body.items() if name not in alone}

    def needs_mask(self, desired: Desired) -> bool:
        """Tell whether only some of the object's fields may be written, so that bulk requests will not do."""
        only_some = self.power is Power.UPDATE or desired.address.id in self.writable
        return only_some or UNMANAGED in desired.fields.values()

    def unwritable(self, desired: Desired) -> str | None:
        """Say why an update of just some fields cannot be sent, or None.

        It goes to the object's own address, and `.` and `..` are folded away in the path of a URL.
        """
        if self.needs_mask(desired) and desired.address.id in (".", ".."):
            return f"Airflow's API has no address for {desired.address}: let the spec own all of its fields"
        return None

    def masked_update(self, desired: Desired) -> ApiCall:
        """Return the single call that writes the fields which the spec owns, and no other.

        Bulk updates will not do: they ignore `update_mask` on some versions (apache/airflow#72486).
        """
        allowed = self.writable.get(desired.address.id, frozenset(desired.fields))
        mask = [name for name, value in desired.fields.items() if name in allowed and value is not UNMANAGED]
        mask = [name for name in mask if name not in self.carries]
        fields = {
            name: _plain(value) if name in mask or name in self.carries else self.fillers.get(name)
            for name, value in desired.fields.items()
        }
        body = self.entity(desired.address.id, fields)
        sent = {self.endpoint.id_key, *map(self._key, (*mask, *self.fillers, *self.carries))}
        kept = {name: value for name, value in body.items() if name in sent}
        return ApiCall(
            method="PATCH",
            path=f"{self.endpoint.path}/{quote(desired.address.id, safe='')}",
            query=tuple(("update_mask", self._key(name)) for name in mask),
            body=kept,
            base=self.endpoint.base,
        )

    def _key(self, name: str) -> str:
        """Return what Airflow calls a field."""
        return self.keys.get(name, name)


def _plain(value: Value) -> Value:
    """Turn UNSET and UNMANAGED into what a body can hold."""
    return None if value is UNSET or value is UNMANAGED else value
