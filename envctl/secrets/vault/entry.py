"""`secrets: {vault: ...}` of an `environment.yaml`: which Vault or OpenBao, and how to log in there."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from envctl.fields.addresses import address
from envctl.fields.parts import Part, Section, ShownText, choice
from envctl.fields.values import Boolean, OwnText, complaint
from envctl.model.secret import Secret

METHODS = ("token", "approle", "jwt", "kubernetes")
SECRET_KEYS = frozenset({"token", "role_id", "secret_id", "jwt"})
"""The keys whose references are secrets; those at all others are shown in messages."""

_USES = {
    "token": {"token", "token_file"},
    "approle": {"role_id", "secret_id", "wrapped"},
    "jwt": {"role", "jwt", "jwt_file"},
    "kubernetes": {"role", "jwt_file"},
}
_NEEDS = {
    "token": set[str](),
    "approle": {"role_id", "secret_id"},
    "jwt": {"role"},
    "kubernetes": {"role"},
}
_EITHER = {"token": ("token", "token_file"), "jwt": ("jwt", "jwt_file")}

Url = Annotated[Any, address("vault.example.com", 8200), WithJsonSchema({"type": "string"})]
Method = Annotated[Any, choice(*METHODS), WithJsonSchema({"enum": list(METHODS)})]
KvVersion = Annotated[Any, choice("1", "2"), WithJsonSchema({"enum": [1, 2, "1", "2"]})]


class VaultAuth(Part):
    """How envctl logs in to Vault."""

    method: Method = Field(default="token", description="token, approle, jwt or kubernetes.")
    mount: ShownText = Field(
        default=None, description="Where the method is mounted, when not under its own name."
    )
    token: OwnText = Field(default=None, description="For token: a reference; VAULT_TOKEN when left out.")
    token_file: ShownText = Field(default=None, description="For token: a file, such as ~/.vault-token.")
    role_id: OwnText = Field(default=None, description="For approle.")
    secret_id: OwnText = Field(
        default=None,
        description="For approle; better a reference than the text itself, which the file would show.",
    )
    wrapped: Boolean = Field(
        default=False, description="For approle: secret_id is a wrapping token that holds the secret id."
    )
    role: ShownText = Field(default=None, description="For jwt and kubernetes.")
    jwt: OwnText = Field(
        default=None, description="For jwt: the CI's identity token, better a reference to it."
    )
    jwt_file: ShownText = Field(
        default=None, description="For jwt and kubernetes: the file that holds the token."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if isinstance(self.method, Secret):
            return self
        given = self.model_fields_set - {"method", "mount"}
        if missing := sorted(_NEEDS[self.method] - given):
            raise complaint(f"method {self.method} needs {' and '.join(missing)}")
        if spare := sorted(given - _USES[self.method]):
            raise complaint(f"method {self.method} does not use {' and '.join(spare)}")
        one, other = _EITHER.get(self.method, ("", ""))
        if {one, other} <= given:
            raise complaint(f"has both {one} and {other}: write one of them")
        if self.method == "jwt" and not {one, other} & given:
            raise complaint("method jwt needs jwt or jwt_file")
        return self


class VaultEntry(Part):
    """A Vault or OpenBao server, for ${vault:PATH#FIELD}."""

    url: Url = Field(default=None, description="Its address; VAULT_ADDR or BAO_ADDR when left out.")
    namespace: ShownText = Field(
        default=None, description="The namespace; VAULT_NAMESPACE or BAO_NAMESPACE when left out."
    )
    mount: ShownText = Field(
        default=None,
        description="The KV mount below which every PATH stands; when left out, PATH begins with its mount"
        " as for `vault kv get`, or stands below `secret`.",
    )
    kv_version: KvVersion = Field(default=None, description="1 or 2; the server is asked when left out.")
    ca_file: ShownText = Field(
        default=None, description="PEM file with its certificate authority; VAULT_CACERT when left out."
    )
    auth: Annotated[VaultAuth, Section] = Field(
        default=VaultAuth.model_construct(method="token", wrapped=False), description="The login."
    )
