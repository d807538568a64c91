"""SSM Parameter Store: ten parameters at once, in any version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.secrets.aws.documents import Document
from envctl.secrets.aws.failures import Refused
from envctl.secrets.aws.naming import Thing
from envctl.secrets.backend import Missing, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.secrets.aws.connection import Service

_AT_ONCE = 10
_ACTION = "ssm:GetParameters"
_ABSENT = {"ParameterNotFound", "ParameterVersionNotFound"}


class ParameterStore:
    """See `envctl.secrets.aws.documents.Shelf`."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def batches(self, things: Iterable[Thing]) -> list[tuple[Thing, ...]]:
        """Return them by ten, two versions of one parameter never together: answers name the parameter."""
        found: list[dict[str, Thing]] = []
        for thing in things:
            name = _name(thing.id)
            group = next((one for one in found if len(one) < _AT_ONCE and name not in one), None)
            if group is None:
                found.append(group := {})
            group[name] = thing
        return [tuple(group.values()) for group in found]

    def batch(self, things: tuple[Thing, ...]) -> Mapping[Thing, Document | Missing]:
        """Return what was read at once; nothing where one of them is denied: AWS denies all of them then."""
        if len(things) == 1:
            return {things[0]: self.single(things[0])}
        try:
            values = self._several(things)
        except Refused:
            return {}
        except Unusable as error:
            return dict.fromkeys(things, error.missing)
        by_name = {_name(str(value.get("Name", ""))): value for value in values}
        return {thing: _document(by_name[_name(thing.id)]) for thing in things if _name(thing.id) in by_name}

    def single(self, thing: Thing) -> Document | Missing:
        """Return a parameter, or just why there is none."""
        try:
            return self._read(thing) or self._absent(thing)
        except Unusable as error:
            return error.missing
        except Refused as error:
            return error.missing(_ACTION, thing.id, self._service.place)

    def _several(self, things: Iterable[Thing]) -> list[Mapping[str, Any]]:
        names = [_selector(one) for one in things]
        answer = self._service.ask("get_parameters", Names=names, WithDecryption=True)
        if "Parameters" not in answer:
            raise self._service.strange()
        return list(answer["Parameters"])

    def _read(self, thing: Thing) -> Document | None:
        """Return a parameter, None when there is none."""
        try:
            values = self._several((thing,))
        except Refused as error:
            if not error.is_denied or error.is_of_the_key:
                raise
            return self._read_alone(thing, error)
        return _document(values[0]) if values else None

    def _read_alone(self, thing: Thing, denied: Refused) -> Document | None:
        """Return a parameter by the action that the login may have a right to instead."""
        try:
            answer = self._service.ask("get_parameter", Name=_selector(thing), WithDecryption=True)
        except Refused as error:
            if error.code in _ABSENT:
                return None
            if error.is_denied and not error.is_of_the_key:
                raise denied from None
            raise
        return _document(answer["Parameter"])

    def _absent(self, thing: Thing) -> Missing:
        place = self._service.place
        newest = self._read(Thing(thing.id, None)) if thing.version else None
        if newest:
            return Missing(
                f"there is no version {thing.version} of the parameter {thing.id} in {place}",
                f"the newest is {newest.version}; leave @VERSION out to follow it",
            )
        return Missing(
            f"there is no parameter {thing.id} in {place}",
            "write it there, or mend the reference (and secrets.aws.region)",
        )


def _selector(thing: Thing) -> str:
    return f"{thing.id}:{thing.version}" if thing.version else thing.id


def _name(identity: str) -> str:
    """Return the name in a parameter's name or ARN, which leaves out where a `/` begins it."""
    return (
        identity.rpartition(":parameter")[2].strip("/")
        if identity.startswith("arn:")
        else identity.strip("/")
    )


def _document(value: Mapping[str, Any]) -> Document:
    return Document(str(value["Value"]), str(value["Version"]))
