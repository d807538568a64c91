"""`secrets_backend:` of an `environment.yaml`: what Airflow reads from Vault, and what envctl keeps there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from envctl.fields.parts import Part, Section, ShownText, take_shown_text
from envctl.fields.values import complaint
from envctl.model.node import Scalar
from envctl.model.secret import Secret
from envctl.secrets.vault.entry import KvVersion, VaultEntry
from envctl.secrets.vault.naming import DEFAULT_MOUNT
from envctl.spec.environment import ScopeEntry

if TYPE_CHECKING:
    from envctl.model.node import Node

OFF = None
"""What a path is that the instance does not look below: `null`, as in `backend_kwargs`."""
SECTIONS = ("variables", "connections")


def is_path(text: str) -> bool:
    """Tell whether a text can stand in a path of Vault: no step of it is empty, `.` or `..`."""
    return all(step not in ("", ".", "..") for step in text.split("/"))


def _path(node: Node) -> str | Secret | None:
    if isinstance(node, Scalar) and node.is_null:
        return OFF
    text = take_shown_text(node)
    if isinstance(text, Secret):
        return text
    path = str(text).strip("/")
    if not is_path(path):
        raise complaint(
            "must be a path such as airflow/variables, or null where Airflow reads none from there",
            "what stands directly in the mount cannot be told from other things there",
        )
    return path


BackendPath = Annotated[
    Any, PlainValidator(_path), WithJsonSchema({"type": ["string", "null"], "minLength": 1})
]


class BackendVault(VaultEntry):
    """The Vault that Airflow's VaultBackend reads: as `[secrets] backend_kwargs` have it."""

    mount: ShownText = Field(default=DEFAULT_MOUNT, description="Its `mount_point`; secret when left out.")
    kv_version: KvVersion = Field(default="2", description="Its `kv_engine_version`; 2 when left out.")
    variables_path: BackendPath = Field(
        default="variables", description="As there; null where Airflow reads no variables from Vault."
    )
    connections_path: BackendPath = Field(
        default="connections", description="As there; null where Airflow reads no connections from Vault."
    )

    def folders(self) -> dict[str, str]:
        """Return by section where Airflow looks, without those for which it does not."""
        paths = {section: getattr(self, f"{section}_path") for section in SECTIONS}
        return {section: path for section, path in paths.items() if path is not OFF}


class WriteEntry(Part):
    """The ids that are kept in Vault instead of in Airflow's database, by section."""

    variables: Annotated[ScopeEntry, Section] | None = Field(default=None, description="Which variables.")
    connections: Annotated[ScopeEntry, Section] | None = Field(default=None, description="Which connections.")


class BackendEntry(Part):
    """What Airflow reads from a secrets backend, and what envctl keeps there."""

    vault: Annotated[BackendVault, Section] = Field(
        description="The Vault that Airflow's VaultBackend reads; url, namespace, ca_file and auth are those"
        " of secrets.vault when left out."
    )
    write: Annotated[WriteEntry, Section] | None = Field(
        default=None,
        description="What is kept in Vault instead of in Airflow's database; nothing when left out.",
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for section in SECTIONS:
            chosen = getattr(self.write, section) if self.write else None
            if chosen is not None and getattr(self.vault, f"{section}_path") is OFF:
                raise complaint(
                    f"write has {section}, but vault.{section}_path is null: Airflow reads none from Vault"
                )
        return self
