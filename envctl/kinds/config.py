"""Options of airflow.cfg, a section each: compared with what the instance runs with, and never set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, PlainValidator, WithJsonSchema

from envctl.fields.values import TEXT_SCHEMA, take_text
from envctl.kinds.entry import Entry
from envctl.kinds.kind import Endpoint, Fields, Kind, Level, Power
from envctl.kinds.sensitive import looks_sensitive
from envctl.model.value import MASKED, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN_OPTION = "< hidden >"
"""What stands for a sensitive option: `as_dict` in airflow/configuration.py."""
_BOOLEANS = frozenset({"true", "false"})
_SENSITIVE = frozenset(
    [
        "broker_url",
        "fernet_key",
        "flower_basic_auth",
        "result_backend",
        "secret_key",
        "sql_alchemy_conn",
        "sql_alchemy_conn_async",
        "sql_alchemy_engine_args",
    ]
)
"""What Airflow marks as sensitive (config_templates/config.yml of 2.11 and 3.3, Celery's provider), besides
what has such a name. Airflow 2 answers them in clear; nobody here is to see them all the same."""

Option = Annotated[Any, PlainValidator(take_text), WithJsonSchema(TEXT_SCHEMA)]


class ConfigEntry(Entry):
    """A section of airflow.cfg: its options as text, such as `parallelism: 64`."""

    model_config = ConfigDict(title="Section of airflow.cfg", extra="allow")

    __pydantic_extra__: dict[str, Option]


def _desired(_section: str, entry: ConfigEntry) -> Fields:
    return dict(entry.__pydantic_extra__ or {})


def _read(item: Mapping[str, Any]) -> Fields:
    return {option["key"]: _live(option["key"], option["value"]) for option in item["options"]}


def _live(name: str, value: Any) -> Value:
    """Return an option as text; asked for its source, the API answers a pair."""
    text = str(value if not isinstance(value, list) else value[0])
    # No switch is a secret, whatever it is called; a number may be.
    named = name in _SENSITIVE or name.endswith("_kwargs") or looks_sensitive(name)
    hidden = text == HIDDEN_OPTION or (named and text.lower() not in _BOOLEANS)
    return MASKED if hidden else _spelled(text)


def _as_read(_option: str, value: Value) -> Value:
    return _spelled(value) if isinstance(value, str) else value


def _spelled(text: str) -> str:
    """Return a text with booleans in one spelling: Airflow reads any, and so does whoever writes YAML."""
    stripped = text.strip()
    return stripped.capitalize() if stripped.lower() in _BOOLEANS else stripped


def _entity(_section: str, _fields: Mapping[str, Value]) -> dict[str, Value]:
    raise AssertionError("options of airflow.cfg are never written over the API")


def _check_id(section: str) -> str | None:
    return None if section else "a section of airflow.cfg has a name"


CONFIG = Kind(
    name="config",
    section="config",
    level=Level.SUPPORT,
    endpoint=Endpoint(path="/config", list_key="sections", id_key="name", paged=False, bulk=False),
    entry=ConfigEntry,
    desired=_desired,
    read=_read,
    entity=_entity,
    as_read=_as_read,
    check_id=_check_id,
    power=Power.OBSERVE,
    closed=True,
)
