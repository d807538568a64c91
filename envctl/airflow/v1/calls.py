"""Requests that write one object over API v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.airflow.calls import Calls
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired
    from envctl.model.value import Value


class OldCalls(Calls, frozen=True):
    """How API v1 wants things said: some keys take no null, and a mask is one text."""

    def create(self, kind: Kind, desired: Desired) -> ApiCall:
        """Return the request that makes an object; what takes no null is left out, which is the same.

        Even where it overwrites it is no request to be sent twice unseen: before the second one, envctl looks
        whether the lock is still its own.
        """
        endpoint = kind.endpoint
        body = {
            key: value
            for key, value in self.body(kind, desired).items()
            if not (value is None and key in endpoint.old.not_null)
        }
        return ApiCall("POST", endpoint.path, body=body, repeatable=False, base=endpoint.base)

    def update(self, kind: Kind, desired: Desired) -> ApiCall:
        """Return the request that writes an object, or those of its fields that the spec owns.

        Where creating overwrites, that is what unsets a key that takes no null, and writes what has no
        address.
        """
        old = kind.endpoint.old
        call = _masked(kind, Calls.update(self, kind, desired))
        if old.overwrites and not kind.needs_mask(desired):
            unset = any(call.body[key] is None for key in old.not_null.intersection(call.body))
            if unset or not old.reaches(desired.address.id):
                return replace(self.create(kind, desired), repeatable=True)
        return replace(call, body=_without_nulls(kind, call.body))


def _masked(kind: Kind, call: ApiCall) -> ApiCall:
    """Return an update with its mask as v1 takes it; where it may not be named, what is left out is kept."""
    if not call.query:
        return call
    endpoint = kind.endpoint
    names = [name for _, name in call.query]
    if endpoint.old.unmaskable.isdisjoint(names):
        return replace(call, query=(("update_mask", ",".join(names)),))
    kept = {*names, endpoint.id_key}
    return replace(call, query=(), body={key: value for key, value in call.body.items() if key in kept})


def _without_nulls(kind: Kind, body: Mapping[str, Value]) -> dict[str, Value]:
    """Return a body with empty texts where v1 takes no null: to leave those out would keep what is there."""
    refused = kind.endpoint.old.not_null
    return {key: "" if value is None and key in refused else value for key, value in body.items()}
