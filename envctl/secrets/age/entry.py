"""`secrets: {age: ...}` of an `environment.yaml`: the keys that decrypt."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from envctl.fields.parts import Part, ShownText
from envctl.fields.values import OwnText, complaint

SECRET_KEYS = frozenset({"identity"})
"""The keys whose references are secrets."""


class AgeEntry(Part):
    """The keys that decrypt secrets.enc.yaml, for ${age:NAME}."""

    identity: OwnText = Field(
        default=None, description="The private keys as text: a reference; ENVCTL_AGE_KEY when left out."
    )
    identity_file: ShownText = Field(
        default=None, description="A file with the private keys; ENVCTL_AGE_KEY_FILE when left out."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if {"identity", "identity_file"} <= self.model_fields_set:
            raise complaint("has both identity and identity_file: write one of them")
        return self
