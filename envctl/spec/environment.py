"""`environment.yaml`: which instance an environment is, and the rules under which it is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from envctl.kinds.fields import Text, complaint, core_value, take_text, take_text_mapping, take_texts
from envctl.model.node import Mapping, Node, Scalar, Sequence, describe
from envctl.model.policy import Limit, Policy, Protection, Prune, Scope

if TYPE_CHECKING:
    from envctl.model.value import Value

_LIMIT = re.compile(r"([0-9]{1,9})(%?)")
_WHOLE = 100


def _limit(node: Node) -> Limit:
    text = take_text(node)
    found = _LIMIT.fullmatch(text) if isinstance(text, str) else None
    if not found or (found.group(2) and int(found.group(1)) > _WHOLE):
        raise complaint("must be a count such as 20, or a share such as 30%")
    return Limit(int(found.group(1)), share=bool(found.group(2)))


def _url(node: Node) -> Value:
    url = take_text(node)
    if not isinstance(url, str):
        raise complaint("must be a text that may be shown: it cannot come from a secret source")
    if "${" not in url:
        if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", url):
            raise complaint("must look like https://airflow.example.com, without user, query or fragment")
        return url.rstrip("/")
    return url


def _choice(*allowed: str) -> PlainValidator:
    def take(node: Node) -> str:
        text = take_text(node)
        if not isinstance(text, str) or text not in allowed:
            raise complaint(f"must be one of {', '.join(allowed)}")
        return text

    return PlainValidator(take)


def _protection(node: Node) -> Protection:
    value = core_value(node) if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return Protection.YES if value else Protection.NO
    if value == "strict":
        return Protection.STRICT
    raise complaint("must be true, false or strict")


def _section(node: Any) -> Any:
    """Let pydantic go into a mapping of nodes."""
    if isinstance(node, Mapping):
        return node.entries
    if isinstance(node, Scalar | Sequence):
        raise complaint(f"must be a mapping, not {describe(node)}")
    return node


_Section = BeforeValidator(_section)
Texts = Annotated[
    Any, PlainValidator(take_texts), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
TextMapping = Annotated[
    Any,
    PlainValidator(take_text_mapping),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}),
]
LimitText = Annotated[
    Any,
    PlainValidator(_limit),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+%$"}]}
    ),
]
Url = Annotated[Any, PlainValidator(_url), WithJsonSchema({"type": "string"})]
Method = Annotated[
    Literal["none", "password", "token"],
    _choice("none", "password", "token"),
    WithJsonSchema({"enum": ["none", "password", "token"]}),
]
PruneMode = Annotated[
    Any, _choice("none", "managed", "all"), WithJsonSchema({"enum": ["none", "managed", "all"]})
]
ProtectionMode = Annotated[
    Any, PlainValidator(_protection), WithJsonSchema({"enum": [True, False, "strict"]})
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Auth(_Part):
    """How envctl logs in."""

    method: Method = Field(description="none, password (exchanged for a JWT) or token.")
    username: Text = Field(default=None, description="For method password.")
    password: Text = Field(default=None, description="For method password: a reference, never the text.")
    token: Text = Field(default=None, description="For method token: a reference, never the text.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"none": set(), "password": {"username", "password"}, "token": {"token"}}[self.method]
        given = {name for name in ("username", "password", "token") if getattr(self, name) is not None}
        if missing := sorted(needed - given):
            raise complaint(f"method {self.method} needs {' and '.join(missing)}")
        if spare := sorted(given - needed):
            raise complaint(f"method {self.method} does not use {' and '.join(spare)}")
        return self


class Airflow(_Part):
    """The Airflow instance of an environment, and the way to it."""

    url: Url = Field(description="The address of the instance, without /api/v2.")
    auth: Annotated[Auth, _Section] = Field(
        default=Auth.model_construct(method="none"), description="The login."
    )
    ca_file: Text = Field(
        default=None, description="PEM file with the certificate authority of the instance."
    )


class ScopeEntry(_Part):
    """Which ids of a kind envctl owns here."""

    include: Texts = Field(default=("*",), description="Globs of ids; all when left out.")
    exclude: Texts = Field(default=(), description="Globs of ids that are left alone.")


class PolicyEntry(_Part):
    """The rules under which the instance is changed."""

    protected: ProtectionMode = Field(
        default=Protection.NO, description="true asks a person to type the name."
    )
    prune: PruneMode = Field(default="managed", description="What may be deleted.")
    max_changes: LimitText = Field(default=None, description="Most changes in one apply: count or share.")
    max_deletes: LimitText = Field(default=Limit(30, share=True), description="Most deletes in one apply.")


class FileSecrets(_Part):
    """Where ${file:PATH} may reach."""

    allowed: Texts = Field(default=(), description="Folders outside the spec tree that may be read.")


class SecretsEntry(_Part):
    """Where references are looked up."""

    file: Annotated[FileSecrets, _Section] = Field(
        default=FileSecrets.model_construct(allowed=()), description="Files, for ${file:PATH}."
    )


class EnvironmentFile(_Part):
    """`environment.yaml`."""

    model_config = ConfigDict(extra="forbid", title="environment.yaml")

    description: Text = Field(default="", description="What this environment is.")
    layers: Texts = Field(
        default=(), description="Folders to build on, in order; this one's files come last."
    )
    airflow: Annotated[Airflow, _Section] = Field(description="The instance.")
    params: TextMapping = Field(default={}, description="Plain texts for ${param:NAME}.")
    public_env: Texts = Field(default=(), description="Names of environment variables that are no secrets.")
    secrets: Annotated[SecretsEntry, _Section] = Field(
        default=SecretsEntry.model_construct(file=FileSecrets.model_construct(allowed=())),
        description="Where references are looked up.",
    )
    manage: Any = Field(
        default=None, description="What envctl owns here, by section; everything when left out."
    )
    policy: Annotated[PolicyEntry, _Section] = Field(
        default=PolicyEntry.model_construct(
            protected=Protection.NO, prune="managed", max_changes=None, max_deletes=Limit(30, share=True)
        )
    )

    def rules(self) -> Policy:
        """Return the policy as the engine knows it."""
        entry = self.policy
        return Policy(
            protection=entry.protected,
            prune=Prune(entry.prune),
            max_changes=entry.max_changes,
            max_deletes=entry.max_deletes,
        )


def scope_of(entry: ScopeEntry) -> Scope:
    """Return a section's scope as the engine knows it."""
    return Scope(include=tuple(entry.include), exclude=tuple(entry.exclude))
