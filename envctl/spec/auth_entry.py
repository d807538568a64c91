"""`airflow.auth` of an `environment.yaml`: how envctl logs in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from envctl.fields.parts import Part, ShownText, choice, fitting, take_shown_text
from envctl.fields.values import TEXT_SCHEMA, OwnText, complaint, take_own_text
from envctl.model.node import Scalar, Sequence, describe
from envctl.model.secret import Secret

if TYPE_CHECKING:
    from envctl.model.node import Node
    from envctl.model.value import Value

_USES = {
    "none": set[str](),
    "basic": {"username", "password"},
    "password": {"username", "password"},
    "token": {"token"},
    "command": {"command"},
    "google": set[str](),
    "mwaa": {"environment", "region", "profile"},
}
_OPTIONAL = {"profile"}
METHODS = tuple(_USES)
SECRET_KEYS = frozenset({"password", "token"})
"""The keys whose references are secrets; those at all others are shown in messages."""

_TOKEN = re.compile(r"[!-~]+")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ENVIRONMENT = re.compile(r"[A-Za-z][0-9A-Za-z_-]{0,79}")


def _password(node: Node) -> Value:
    return fitting(take_own_text(node), lambda text: not text.endswith("\n"), "must not end in a newline")


def _token(node: Node) -> Value:
    wish = "must be printable ASCII without spaces, as HTTP headers are"
    return fitting(take_own_text(node), lambda text: bool(_TOKEN.fullmatch(text)), wish)


def _command(node: Node) -> tuple[Value, ...]:
    """Return a program and its arguments, a secret that is not known here among them at most."""
    if isinstance(node, Scalar):
        node = Sequence((node,), node.position)
    if not isinstance(node, Sequence) or not node.items:
        what = "an empty list" if isinstance(node, Sequence) else describe(node)
        raise complaint(f"must be a list, the program and its arguments, not {what}")
    words = tuple(take_shown_text(item) for item in node.items)
    if not words[0]:
        raise complaint("names no program: it is empty")
    if any("\0" in word for word in words if isinstance(word, str)):
        raise complaint("has a character that no program can be handed")
    return words


def _region(node: Node) -> Value:
    wish = "must be a region of AWS, such as eu-west-1"
    return fitting(take_shown_text(node), lambda text: bool(_REGION.fullmatch(text)), wish)


def _environment(node: Node) -> Value:
    wish = "must be the name of an MWAA environment: letters, digits, _ and -, a letter first"
    return fitting(take_shown_text(node), lambda text: bool(_ENVIRONMENT.fullmatch(text)), wish)


Password = Annotated[Any, PlainValidator(_password), WithJsonSchema(TEXT_SCHEMA)]
Token = Annotated[Any, PlainValidator(_token), WithJsonSchema(TEXT_SCHEMA)]
Command = Annotated[
    Any,
    PlainValidator(_command),
    WithJsonSchema({"anyOf": [{"type": "array", "items": TEXT_SCHEMA, "minItems": 1}, {"type": "string"}]}),
]
Region = Annotated[Any, PlainValidator(_region), WithJsonSchema({"type": "string"})]
Environment = Annotated[Any, PlainValidator(_environment), WithJsonSchema({"type": "string"})]
Method = Annotated[Any, choice(*METHODS), WithJsonSchema({"enum": list(METHODS)})]


class Auth(Part):
    """How envctl logs in."""

    method: Method = Field(
        description="none, basic, password (exchanged for a JWT), token, command, google or mwaa."
    )
    username: OwnText = Field(default=None, description="For methods basic and password.")
    password: Password = Field(
        default=None, description="For methods basic and password: a reference, never the text."
    )
    token: Token = Field(default=None, description="For method token: a reference, never the text.")
    command: Command = Field(
        default=None,
        description="For method command: a program and its arguments; its stdout is the token.",
    )
    environment: Environment = Field(default=None, description="For method mwaa: the environment's name.")
    region: Region = Field(default=None, description="For method mwaa: its region.")
    profile: ShownText = Field(
        default=None, description="For method mwaa: a profile of ~/.aws/config; AWS_PROFILE when left out."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if isinstance(self.method, Secret):
            return self
        uses = _USES[self.method]
        given = {name for name in type(self).model_fields if getattr(self, name) is not None} - {"method"}
        if missing := sorted(uses - _OPTIONAL - given):
            raise complaint(f"method {self.method} needs {' and '.join(missing)}")
        if spare := sorted(given - uses):
            raise complaint(f"method {self.method} does not use {' and '.join(spare)}")
        if self.method == "basic" and isinstance(self.username, str) and ":" in self.username:
            raise complaint("method basic takes no username with a ':' in it: it would end there")
        return self
