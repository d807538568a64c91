"""`policy: {freeze: [...]}` of an `environment.yaml`: when the instance is to stay as it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from envctl.fields.parts import Part
from envctl.fields.values import OwnText, complaint, complaints, take_own_text
from envctl.model.freeze import CronFreeze, DateFreeze, Span, check_cron
from envctl.model.nearest import close

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.freeze import Freeze
    from envctl.model.node import Node

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_LAST_YEAR = 9998
"""Times of the year after it leave Python's calendar when they are told in another time zone."""


def _moment(node: Node) -> date | datetime:
    text = str(take_own_text(node))
    try:
        if _MOMENT.fullmatch(text):
            moment = (
                date.fromisoformat(text) if len(text) == len("2026-12-20") else datetime.fromisoformat(text)
            )
            if 1 < moment.year <= _LAST_YEAR:
                return moment
    except ValueError:
        pass
    raise complaint("must be a date or a date-time that exists, such as 2026-12-20 or 2026-12-20T18:00")


def _zone(node: Node) -> ZoneInfo:
    name = str(take_own_text(node))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no zone; no name at all; a folder of zones
        near = close(name, available_timezones())
        hint = f"did you mean {near!r}?" if near else "names look like Europe/Berlin"
        raise complaint(f"must be the name of a time zone, and {name!r} is none", hint) from None


def _checked(check: Callable[[str], Any]) -> PlainValidator:
    """Return what takes a text that a check agrees to, and says what the check's ValueError says."""

    def take(node: Node) -> Any:
        text = str(take_own_text(node))
        try:
            found = check(text)
        except ValueError as error:
            raise complaint(str(error)) from None
        return text if found is None else found

    return PlainValidator(take)


Moment = Annotated[Any, PlainValidator(_moment), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-"})]
Zone = Annotated[Any, PlainValidator(_zone), WithJsonSchema({"type": "string"})]
Cron = Annotated[Any, _checked(check_cron), WithJsonSchema({"type": "string"})]
Length = Annotated[
    Any,
    _checked(Span.parse),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?$"}),
]
_UTC = ZoneInfo("UTC")


class FreezeEntry(Part):
    """A time in which nothing is to be changed: from a date to another, or at each match of a cron."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["from", "to"]}, {"required": ["cron", "for"]}]}
    )

    from_: Moment = Field(default=None, alias="from", description="The first day, or the moment it begins.")
    to: Moment = Field(default=None, description="The last day, all of it, or the moment it ends.")
    cron: Cron = Field(default=None, description="When it begins: minute hour day month weekday.")
    for_: Length = Field(default=None, alias="for", description="How long it lasts: 30m, 62h, 2d14h.")
    timezone: Zone = Field(default=_UTC, description="Of dates, times and cron; UTC when left out.")
    reason: OwnText = Field(default="", description="What a refusal gives as the reason.")

    @model_validator(mode="after")
    def _one_of_two_forms(self) -> Self:
        forms = {"from": self.from_, "to": self.to, "cron": self.cron, "for": self.for_}
        given = {name for name, value in forms.items() if value is not None}
        if given not in ({"from", "to"}, {"cron", "for"}):
            had = f"this one has {' and '.join(sorted(given))}" if given else "this one has none of them"
            raise complaint(f"needs either from and to, or cron and for: {had}")
        found = [
            ((name,), "has an offset of its own beside timezone: leave out one of them")
            for name in ("from", "to")
            if "timezone" in self.model_fields_set and getattr(forms[name], "tzinfo", None) is not None
        ]
        if "from" in given and not found and self._dates().begin >= self._dates().end:
            found = [(("to",), f"must be later than from, {forms['from']}")]
        if found:
            raise complaints(found)
        return self

    def freeze(self) -> Freeze:
        """Return the freeze as the engine knows it."""
        if self.cron is None:
            return self._dates()
        return CronFreeze(self.cron, self.for_, self.timezone, self.reason)

    def _dates(self) -> DateFreeze:
        end = self.to if isinstance(self.to, datetime) else self.to + timedelta(days=1)
        begins, ends = _instants(self.from_, self.timezone), _instants(end, self.timezone)
        return DateFreeze(min(begins), max(ends), self.timezone, self.reason)


def _instants(moment: date | datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the moments, in UTC, that are meant: two for an hour that clocks repeat or leave out."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
