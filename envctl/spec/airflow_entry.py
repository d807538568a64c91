"""`airflow:` of an `environment.yaml`: the instance, and the way to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from envctl.fields.addresses import address
from envctl.fields.parts import Part, Section, ShownText, choice, fitting
from envctl.fields.values import TEXT_SCHEMA, OwnText, complaint, take_own_text
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.value import Value

_TOKEN = re.compile(r"[!-~]+")


def _password(node: Node) -> Value:
    return fitting(take_own_text(node), lambda text: not text.endswith("\n"), "must not end in a newline")


def _token(node: Node) -> Value:
    wish = "must be printable ASCII without spaces, as HTTP headers are"
    return fitting(take_own_text(node), lambda text: bool(_TOKEN.fullmatch(text)), wish)


Url = Annotated[Any, address("airflow.example.com", 8080), WithJsonSchema({"type": "string"})]
Password = Annotated[Any, PlainValidator(_password), WithJsonSchema(TEXT_SCHEMA)]
Token = Annotated[Any, PlainValidator(_token), WithJsonSchema(TEXT_SCHEMA)]
Method = Annotated[
    Any,
    choice("none", "password", "token"),
    WithJsonSchema({"enum": ["none", "password", "token"]}),
]


class Auth(Part):
    """How envctl logs in."""

    method: Method = Field(description="none, password (exchanged for a JWT) or token.")
    username: OwnText = Field(default=None, description="For method password.")
    password: Password = Field(default=None, description="For method password: a reference, never the text.")
    token: Token = Field(default=None, description="For method token: a reference, never the text.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if isinstance(self.method, Secret):
            return self
        needed = {"none": set(), "password": {"username", "password"}, "token": {"token"}}[self.method]
        given = {name for name in ("username", "password", "token") if getattr(self, name) is not None}
        if missing := sorted(needed - given):
            raise complaint(f"method {self.method} needs {' and '.join(missing)}")
        if spare := sorted(given - needed):
            raise complaint(f"method {self.method} does not use {' and '.join(spare)}")
        return self


class Airflow(Part):
    """The Airflow instance of an environment, and the way to it."""

    url: Url = Field(description="The address of the instance, without /api/v2.")
    auth: Annotated[Auth, Section] = Field(
        default=Auth.model_construct(method="none"), description="The login."
    )
    ca_file: ShownText = Field(
        default=None, description="PEM file with the certificate authority of the instance."
    )


class AirflowPart(Part):
    """Of an `environment.yaml` only the way to the instance: what is read again once it is resolved."""

    airflow: Annotated[Airflow, Section] = Field(description="The instance.")
