"""`airflow:` of an `environment.yaml`: the instance, and the way to it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from envctl.fields.addresses import address
from envctl.fields.parts import Part, Section, ShownText
from envctl.fields.values import complaint
from envctl.model.secret import Secret
from envctl.spec.auth_entry import Auth
from envctl.spec.header_entry import AUTHORIZATION, Headers

Url = Annotated[Any, address("airflow.example.com", 8080), WithJsonSchema({"type": "string"})]


class Airflow(Part):
    """The Airflow instance of an environment, and the way to it."""

    url: Url = Field(description="The address of the instance, without /api/v2.")
    auth: Annotated[Auth, Section] = Field(
        default=Auth.model_construct(method="none"), description="The login."
    )
    headers: Headers = Field(
        default={}, description="Further headers of every request; a value from a reference is a secret."
    )
    ca_file: ShownText = Field(
        default=None, description="PEM file with the certificate authority of the instance."
    )
    client_cert: ShownText = Field(
        default=None, description="PEM file with the certificate that envctl shows to the instance."
    )
    client_key: ShownText = Field(
        default=None, description="PEM file with its private key; client_cert holds it too when left out."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.client_key is not None and self.client_cert is None:
            raise complaint("has a client_key without its client_cert")
        method = self.auth.method
        if isinstance(method, Secret):
            return self
        own = next((name for name in self.headers if name.lower() == AUTHORIZATION), None)
        if own and method != "none":
            raise complaint(
                f"has a header {own}, which is where method {method} logs in: leave out one of them"
            )
        spare = [name for name in ("headers", "client_cert") if getattr(self, name)]
        if method == "mwaa" and spare:
            raise complaint(f"has {' and '.join(spare)}, which method mwaa does not use: it is AWS that asks")
        return self


class AirflowPart(Part):
    """Of an `environment.yaml` only the way to the instance: what is read again once it is resolved."""

    airflow: Annotated[Airflow, Section] = Field(description="The instance.")
