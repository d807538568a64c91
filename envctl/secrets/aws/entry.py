"""`secrets: {aws: ...}` of an `environment.yaml`: which AWS, and in whose name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from envctl.fields.addresses import address
from envctl.fields.parts import Part, ShownText, fitting, take_shown_text
from envctl.fields.values import TEXT_SCHEMA

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.value import Value

_ROLE = re.compile(r"arn:[\w-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)


def _role(node: Node) -> Value:
    text = take_shown_text(node)
    wish = "must look like arn:aws:iam::123456789012:role/NAME"
    return fitting(text, lambda one: bool(_ROLE.fullmatch(one)), wish)


Url = Annotated[Any, address("aws.example.com", 443), WithJsonSchema({"type": "string"})]
Role = Annotated[Any, PlainValidator(_role), WithJsonSchema(TEXT_SCHEMA)]


class AwsEntry(Part):
    """AWS, for ${aws-secret:ID#FIELD} and ${aws-ssm:NAME}."""

    region: ShownText = Field(
        default=None, description="AWS_DEFAULT_REGION, the profile's or AWS_REGION when left out."
    )
    profile: ShownText = Field(
        default=None, description="A profile of ~/.aws/config; AWS_PROFILE when left out."
    )
    endpoint_url: Url = Field(
        default=None, description="Another address for all services; AWS_ENDPOINT_URL when left out."
    )
    role_arn: Role = Field(default=None, description="A role that is assumed to read.")
    ca_file: ShownText = Field(
        default=None, description="PEM file with its certificate authority; AWS_CA_BUNDLE when left out."
    )
