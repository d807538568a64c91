"""`environment.yaml`: which instance an environment is, and the rules under which it is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from envctl.kinds.fields import (
    TEXT_SCHEMA,
    OwnText,
    complaint,
    core_value,
    take_own_text,
    take_text_mapping,
    take_texts,
)
from envctl.model.nearest import close
from envctl.model.node import Mapping, Node, Scalar, Sequence, describe
from envctl.model.policy import Limit, Policy, Protection, Prune, Scope
from envctl.model.secret import Secret
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.value import Value

_TOKEN = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[\w-]{1,63}", re.ASCII)


def _limit(node: Node) -> Limit:
    text = str(take_own_text(node))
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise complaint(str(error)) from None


def take_shown_text(node: Node) -> Value:
    """Return a text that may be shown, or the unavailable secret that stands for one not known here."""
    text = take_own_text(node)
    if isinstance(text, Secret) and text.available:
        raise complaint("must be a text that may be shown: it cannot come from a secret source")
    return text


def _url(node: Node) -> Value:
    url = take_shown_text(node)
    if isinstance(url, Secret):
        return url
    if not re.fullmatch(r"https?://[^\s/@?#\\]+(/[^\s?#]*)?", url):
        raise complaint("must look like https://airflow.example.com, without user, query or fragment")
    if not _has_sound_host(url):
        raise complaint(
            "has a host or a port that cannot be: it must look like https://airflow.example.com:8080"
        )
    return url.rstrip("/")


def _has_sound_host(url: str) -> bool:
    """Tell whether the transport can connect to a URL's host and port; it fails on others in the middle."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return False
    host = parts.host or ""
    labels = host.removesuffix(".").split(".")
    return parts.port != 0 and (host.startswith("[") or all(map(_LABEL.fullmatch, labels)))


def _password(node: Node) -> Value:
    return _fitting(take_own_text(node), lambda text: not text.endswith("\n"), "must not end in a newline")


def _token(node: Node) -> Value:
    wish = "must be printable ASCII without spaces, as HTTP headers are"
    return _fitting(take_own_text(node), lambda text: bool(_TOKEN.fullmatch(text)), wish)


def _fitting(text: str | Secret, fits: Callable[[str], bool], wish: str) -> str | Secret:
    """Return a login text that can be sent as it must be. Raises a complaint, which never shows it."""

    def judge(payload: str) -> Verdict:
        return Verdict.SAME if fits(payload) else Verdict.DIFFERENT

    if (text.judge(judge) if isinstance(text, Secret) else judge(text)) is Verdict.DIFFERENT:
        raise complaint(wish)
    return text


def _choice(*allowed: str) -> PlainValidator:
    def take(node: Node) -> str | Secret:
        text: str | Secret = take_shown_text(node)
        if text not in allowed and not isinstance(text, Secret):
            near = close(text, allowed)
            hint = f"did you mean {near!r}?" if near else None
            raise complaint(f"must be one of {', '.join(allowed)}", hint)
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
Password = Annotated[Any, PlainValidator(_password), WithJsonSchema(TEXT_SCHEMA)]
Token = Annotated[Any, PlainValidator(_token), WithJsonSchema(TEXT_SCHEMA)]
ShownText = Annotated[Any, PlainValidator(take_shown_text), WithJsonSchema(TEXT_SCHEMA)]
Method = Annotated[
    Any,
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


class Airflow(_Part):
    """The Airflow instance of an environment, and the way to it."""

    url: Url = Field(description="The address of the instance, without /api/v2.")
    auth: Annotated[Auth, _Section] = Field(
        default=Auth.model_construct(method="none"), description="The login."
    )
    ca_file: ShownText = Field(
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


class AirflowPart(_Part):
    """Of an `environment.yaml` only the way to the instance: what is read again once it is resolved."""

    airflow: Annotated[Airflow, _Section] = Field(description="The instance.")


class EnvironmentFile(_Part):
    """`environment.yaml`."""

    model_config = ConfigDict(extra="forbid", title="environment.yaml")

    description: OwnText = Field(default="", description="What this environment is.")
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
