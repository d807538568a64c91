"""envctl's own settings: `ENVCTL_*` from the process environment, then from `.env`, then defaults.

The command line stands above all of them. Any key under an environment's `airflow:` can be set from
outside too: `ENVCTL_ENVIRONMENTS__STAGE__AIRFLOW__URL`; see docs/reference/settings.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from envctl.errors import SettingsError
from envctl.model.fingerprint_key import ADVICE, SHORTEST, are_long_enough
from envctl.model.secret import Secret
from envctl.overrides import AIRFLOW, folded, overrides_in
from envctl.variables import PREFIX, read_variables

_DOTENV = ".env"


def _fingerprint_key(text: str | None) -> Secret | None:
    if text is None:
        return None
    if not text.isprintable():  # bytes that are no UTF-8 among them
        raise PydanticCustomError("envctl", "it holds what is no printable text")
    if not all(key.strip() for key in text.split(",")):
        raise PydanticCustomError("envctl", "there is an empty key in it: separate keys by single commas")
    if not are_long_enough(text):
        raise PydanticCustomError(
            "envctl", f"a key in it has fewer than {SHORTEST} characters and could be guessed: {ADVICE}"
        )
    return Secret(text, f"{PREFIX}FINGERPRINT_KEY")


def _age_key(text: str | None) -> Secret | None:
    return None if text is None else Secret(text, f"{PREFIX}AGE_KEY")


class Settings(BaseModel):
    """Settings of envctl itself; every one has a default."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)

    root: Path = Field(default=Path("environments"), description="The folder that holds the environments.")
    format: Literal["text", "json"] = Field(default="text", description="What stdout carries.")
    color: Literal["auto", "always", "never"] = Field(default="auto", description="Colours in the terminal.")
    log_level: Literal["debug", "info", "warning", "error"] | None = Field(
        default=None, description="What is logged on stderr; -v sets info, -vv debug."
    )
    connect_timeout: float = Field(default=10, gt=0, le=600, description="Seconds to wait for a connection.")
    read_timeout: float = Field(default=60, gt=0, le=3600, description="Seconds to wait for an answer.")
    retries: int = Field(
        default=4, ge=0, le=20, description="Further tries of a request that may be repeated."
    )
    concurrency: int = Field(
        default=16,
        ge=1,
        le=64,
        description="Most requests at once to each instance and secret store; 8 of them writes to Airflow.",
    )
    lock_seconds: float = Field(
        default=60, ge=3, le=3600, description="Seconds after which the lock of a crashed apply expires."
    )
    fingerprint_key: Annotated[Secret | None, PlainValidator(_fingerprint_key)] = Field(
        default=None,
        description=(
            f"What keys the fingerprints of applied secrets: {SHORTEST} characters or more;"
            " commas between several."
        ),
    )
    age_key: Annotated[Secret | None, PlainValidator(_age_key)] = Field(
        default=None, description="The private keys that decrypt `secrets.enc.yaml`, as text."
    )
    age_key_file: Path | None = Field(
        default=None, description="A file with the private keys that decrypt `secrets.enc.yaml`."
    )
    environments: dict[str, dict[str, Any]] = Field(
        default={}, description="Keys under an environment's airflow:, by its name.", repr=False
    )

    def airflow_overrides(self, environment: str) -> dict[str, Any]:
        """Return the keys under `airflow:` that are set from outside for an environment, each a text."""
        keys: dict[str, Any] = self.environments.get(folded(environment), {}).get(AIRFLOW, {})
        return keys

    def origin(self, name: str) -> str:
        """Say where a setting comes from: `set` (process or .env) or `default`."""
        return "set" if name in self.model_fields_set else "default"


def read_settings() -> Settings:
    """Read the settings. Raises SettingsError that names the setting, never its value."""
    variables = read_variables(Path(_DOTENV))
    given: dict[str, Any] = {name.removeprefix(PREFIX).lower(): text for name, text in variables.items()}
    if overrides := overrides_in(variables):
        given["environments"] = overrides
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + "__".join(str(step) for step in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
