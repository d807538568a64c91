"""Secrets Manager: newest versions by twenty, certain ones one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.secrets.aws.documents import Document, chunks
from envctl.secrets.aws.failures import Refused
from envctl.secrets.aws.naming import Thing, is_version_id
from envctl.secrets.backend import Missing, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.secrets.aws.connection import Service

_AT_ONCE = 20
_SUFFIX = len("-AbCdEf")
_ACTION = "secretsmanager:GetSecretValue"


class SecretsManager:
    """See `envctl.secrets.aws.documents.Shelf`."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def batches(self, things: Iterable[Thing]) -> list[tuple[Thing, ...]]:
        """Return newest versions by twenty: of all others AWS gives one at a time."""
        known = list(things)
        newest = chunks((one for one in known if one.version is None), _AT_ONCE)
        return newest + [(one,) for one in known if one.version is not None]

    def batch(self, things: tuple[Thing, ...]) -> Mapping[Thing, Document | Missing]:
        """Return what was read at once; nothing where that is not allowed, or not known there."""
        if len(things) == 1:
            return {things[0]: self.single(things[0])}
        parameters: dict[str, Any] = {"SecretIdList": [one.id for one in things]}
        values: list[Mapping[str, Any]] = []
        try:
            while True:
                page = self._service.ask("batch_get_secret_value", **parameters)
                values += page.get("SecretValues") or ()
                if not page.get("NextToken") or page["NextToken"] == parameters.get("NextToken"):
                    break
                parameters["NextToken"] = page["NextToken"]
        except Refused:
            return {}
        except Unusable as error:
            return dict.fromkeys(things, error.missing)
        return {
            thing: self._document(value)
            for thing in things
            for value in values
            if _is(thing.id, value.get("Name", ""), value.get("ARN", ""))
        }

    def single(self, thing: Thing) -> Document | Missing:
        """Return a secret, or just why there is none."""
        try:
            return self._read(thing)
        except Unusable as error:
            return error.missing
        except Refused as error:
            return self._why(thing, error)

    def _read(self, thing: Thing) -> Document | Missing:
        selector = {}
        if thing.version:
            selector = {"VersionId" if is_version_id(thing.version) else "VersionStage": thing.version}
        return self._document(self._service.ask("get_secret_value", SecretId=thing.id, **selector))

    def _document(self, value: Mapping[str, Any]) -> Document | Missing:
        if "VersionId" not in value:
            return self._service.strange().missing
        return Document(value.get("SecretString"), str(value["VersionId"]))

    def _why(self, thing: Thing, error: Refused) -> Missing:
        place = self._service.place
        if error.code == "ResourceNotFoundException":
            return self._absent(thing, error)
        if error.code == "InvalidRequestException" and "delet" in error.said:
            return Missing(
                f"the secret {thing.id} in {place} is marked for deletion",
                f"restore it: aws secretsmanager restore-secret --secret-id {thing.id}",
            )
        return error.missing(_ACTION, thing.id, place)

    def _absent(self, thing: Thing, error: Refused) -> Missing:
        place = self._service.place
        if thing.version:
            newest = self.single(Thing(thing.id, None))
            if isinstance(newest, Document):
                kind = "version" if is_version_id(thing.version) else "staging label"
                return Missing(
                    f"there is no {kind} {thing.version} of the secret {thing.id} in {place}",
                    f"the newest version is {newest.version}; leave @VERSION out to follow it",
                )
            hint = f"if the @ is part of its name, end it with one: {thing.id}@{thing.version}@"
            return Missing(f"there is no secret {thing.id} in {place}", hint)
        if "secret value" in error.said:
            return Missing(f"the secret {thing.id} in {place} has no value yet", "write one")
        return Missing(
            f"there is no secret {thing.id} in {place}", _elsewhere(thing.id, self._service.region)
        )


def _is(identity: str, name: str, arn: str) -> bool:
    """Tell whether a secret is the one that an ID means: its name, or its ARN with or without the suffix."""
    return identity in (name, arn, arn[:-_SUFFIX])


def _elsewhere(identity: str, region: str) -> str:
    """Return a hint for what is not to be found in a region."""
    steps = identity.split(":")
    if steps[0] == "arn" and steps[3] != region:
        return f"its ARN is of {steps[3]}, and {region} was asked: see secrets.aws.region"
    return "write it there, or mend the reference (and secrets.aws.region)"
