"""Requests that write one object, and the bodies that bulk requests are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.kinds.kind import Endpoint, Kind
    from envctl.model.resource import Desired
    from envctl.model.value import Value

Version: TypeAlias = "tuple[int, int]"


class Calls(Struct, frozen=True):
    """How API v2 of a version of Airflow wants things said; keys that it refuses are left out."""

    version: Version

    def body(self, kind: Kind, desired: Desired) -> dict[str, Value]:
        """Return what makes, or writes anew, a whole object."""
        return self.known(kind.endpoint, kind.create_body(desired))

    def create(self, kind: Kind, desired: Desired) -> ApiCall:
        """Return the request that makes an object. It is not to be repeated: a second one is refused."""
        endpoint = kind.endpoint
        body = self.body(kind, desired)
        return ApiCall("POST", endpoint.path, body=body, repeatable=False, base=endpoint.base)

    def update(self, kind: Kind, desired: Desired) -> ApiCall:
        """Return the request that writes an object, or those of its fields that the spec owns."""
        if not kind.needs_mask(desired):
            return ApiCall(
                "PATCH",
                place_of(kind.endpoint, desired.address.id),
                body=self.body(kind, desired),
                base=kind.endpoint.base,
            )
        call = kind.masked_update(desired)
        body = self.known(kind.endpoint, call.body)
        mask = tuple((name, key) for name, key in call.query if self.knows(kind.endpoint, key))
        return replace(call, query=mask, body=body)

    def delete(self, kind: Kind, identifier: str) -> ApiCall:
        """Return the request that deletes an object."""
        return ApiCall("DELETE", place_of(kind.endpoint, identifier), base=kind.endpoint.base)

    def known(self, endpoint: Endpoint, body: Mapping[str, Value]) -> dict[str, Value]:
        """Return a body without the keys that came later than this version."""
        return {key: value for key, value in body.items() if self.knows(endpoint, key)}

    def knows(self, endpoint: Endpoint, key: str) -> bool:
        """Tell whether this version knows a key of a body."""
        return self.version >= endpoint.since.get(key, self.version)


def place_of(endpoint: Endpoint, identifier: str) -> str:
    """Return the path of one object."""
    return f"{endpoint.path}/{quote(identifier, safe='')}"
