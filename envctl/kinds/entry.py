"""What an entry of any kind may say about itself, besides what makes up the object in Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from envctl.fields.values import complaint, take_boolean
from envctl.model.node import UNMANAGED_TAG
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.value import Value


def _take_own_boolean(node: Node) -> Value:
    if node.tag == UNMANAGED_TAG:
        raise complaint("cannot be !unmanaged: it is a word to envctl, Airflow has no such field")
    value = take_boolean(node)
    if isinstance(value, Secret):
        raise complaint("must be known to everybody: it cannot come from a secret source")
    return value


OwnBoolean = Annotated[Any, PlainValidator(_take_own_boolean), WithJsonSchema({"type": "boolean"})]


class Entry(BaseModel):
    """The base of the entries of all kinds. Its own keys are never compared and never sent."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    protected: OwnBoolean = Field(default=False, description="Whether envctl must not delete the object.")
