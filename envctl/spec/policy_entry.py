"""`policy:` of an `environment.yaml`: the rules under which the instance is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from envctl.fields.parts import Items, Part, Section, choice
from envctl.fields.values import complaint, core_value, take_own_text
from envctl.model.node import Scalar
from envctl.model.policy import Limit, Policy, Protection, Prune
from envctl.spec.freeze_entry import FreezeEntry

if TYPE_CHECKING:
    from envctl.model.node import Node


def _limit(node: Node) -> Limit:
    text = str(take_own_text(node))
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise complaint(str(error)) from None


def _protection(node: Node) -> Protection:
    value = core_value(node) if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return Protection.YES if value else Protection.NO
    if value == "strict":
        return Protection.STRICT
    raise complaint("must be true, false or strict")


LimitText = Annotated[
    Any,
    PlainValidator(_limit),
    PlainSerializer(str),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+%$"}]}
    ),
]
PruneMode = Annotated[
    Any, choice("none", "managed", "all"), WithJsonSchema({"enum": ["none", "managed", "all"]})
]
ProtectionMode = Annotated[
    Any, PlainValidator(_protection), WithJsonSchema({"enum": [True, False, "strict"]})
]

_MAX_DELETES = Limit(30, share=True)
"""Made by a factory below: what stands as a default has to be JSON, for the schema."""


class PolicyEntry(Part):
    """The rules under which the instance is changed."""

    protected: ProtectionMode = Field(
        default=Protection.NO, description="true asks a person to type the name."
    )
    prune: PruneMode = Field(default="managed", description="What may be deleted.")
    max_changes: LimitText = Field(default=None, description="Most changes in one apply: count or share.")
    max_deletes: LimitText = Field(
        default_factory=lambda: _MAX_DELETES, description="Most deletes in one apply."
    )
    freeze: Annotated[tuple[Annotated[FreezeEntry, Section], ...], Items] = Field(
        default=(), description="Times in which nothing is to be changed."
    )

    def rules(self) -> Policy:
        """Return the policy as the engine knows it."""
        return Policy(
            protection=self.protected,
            prune=Prune(self.prune),
            max_changes=self.max_changes,
            max_deletes=self.max_deletes,
            freezes=tuple(entry.freeze() for entry in self.freeze),
        )


NO_POLICY = PolicyEntry.model_construct(
    protected=Protection.NO,
    prune="managed",
    max_changes=None,
    max_deletes=_MAX_DELETES,
    freeze=(),
)
"""The rules of an environment that has none of its own."""
