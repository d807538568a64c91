"""`environment.yaml`: which instance an environment is, and the rules under which it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, create_model

from envctl.fields.parts import Part, Section, TextMapping, Texts, fitting
from envctl.fields.values import TEXT_SCHEMA, OwnText, take_own_text
from envctl.model.fingerprint_key import ADVICE, SHORTEST, are_long_enough
from envctl.model.policy import Scope
from envctl.spec.airflow_entry import Airflow
from envctl.spec.policy_entry import NO_POLICY, PolicyEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from envctl.model.node import Node
    from envctl.model.policy import Policy
    from envctl.model.value import Value


def _fingerprint_key(node: Node) -> Value:
    key = fitting(take_own_text(node), bool, "must not be empty")
    return fitting(key, are_long_enough, f"must have {SHORTEST} characters or more in each key: {ADVICE}")


FingerprintKey = Annotated[Any, PlainValidator(_fingerprint_key), WithJsonSchema(TEXT_SCHEMA)]


class ScopeEntry(Part):
    """Which ids of a kind envctl owns here."""

    include: Texts = Field(default=("*",), description="Globs of ids; all when left out.")
    exclude: Texts = Field(default=(), description="Globs of ids that are left alone.")


class FileSecrets(Part):
    """Where ${file:PATH} may reach."""

    allowed: Texts = Field(default=(), description="Folders outside the spec tree that may be read.")


class SecretsEntry(Part):
    """Where references are looked up."""

    file: Annotated[FileSecrets, Section] = Field(
        default=FileSecrets.model_construct(allowed=()), description="Files, for ${file:PATH}."
    )
    fingerprint_key: FingerprintKey = Field(
        default=None, description="What keys the fingerprints of secrets that were applied: a reference."
    )


class SecretsPart(Part):
    """Of an `environment.yaml` only `secrets:`: what is read again once its references are resolved."""

    secrets: Annotated[SecretsEntry, Section] = Field(description="Where references are looked up.")


class EnvironmentFile(Part):
    """`environment.yaml`."""

    model_config = ConfigDict(extra="forbid", title="environment.yaml")

    description: OwnText = Field(default="", description="What this environment is.")
    layers: Texts = Field(
        default=(), description="Folders to build on, in order; this one's files come last."
    )
    airflow: Annotated[Airflow, Section] = Field(description="The instance.")
    params: TextMapping = Field(default={}, description="Plain texts for ${param:NAME}.")
    public_env: Texts = Field(default=(), description="Names of environment variables that are no secrets.")
    secrets: Annotated[SecretsEntry, Section] = Field(
        default=SecretsEntry.model_construct(
            file=FileSecrets.model_construct(allowed=()), fingerprint_key=None
        ),
        description="Where references are looked up.",
    )
    manage: Any = Field(
        default=None, description="What envctl owns here, by section; everything when left out."
    )
    policy: Annotated[PolicyEntry, Section] = Field(default=NO_POLICY)

    def rules(self) -> Policy:
        """Return the policy as the engine knows it."""
        return self.policy.rules()


def environment_model(stores: Mapping[str, type[BaseModel]]) -> type[EnvironmentFile]:
    """Return the model of the file where `stores` can be configured, each below its key in `secrets:`."""
    if not stores:
        return EnvironmentFile
    entries: dict[str, Any] = {
        key: (Annotated[entry, Section], Field(default=None, description=_first_line(entry)))
        for key, entry in stores.items()
    }
    secrets = create_model("SecretsEntry", __base__=SecretsEntry, __doc__=SecretsEntry.__doc__, **entries)
    whole: dict[str, Any] = {
        "secrets": (
            Annotated[secrets, Section],
            Field(
                default=EnvironmentFile.model_fields["secrets"].default,
                description=EnvironmentFile.model_fields["secrets"].description,
            ),
        )
    }
    return create_model("EnvironmentFile", __base__=EnvironmentFile, __doc__=EnvironmentFile.__doc__, **whole)


def _first_line(entry: type[BaseModel]) -> str:
    return (entry.__doc__ or "").partition("\n")[0]


def scope_of(entry: ScopeEntry) -> Scope:
    """Return a section's scope as the engine knows it."""
    return Scope(include=tuple(entry.include), exclude=tuple(entry.exclude))
