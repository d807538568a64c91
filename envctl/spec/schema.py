"""JSON Schemas of the files of a spec tree, for editors: made from the same models that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from envctl.spec.environment import ScopeEntry, environment_model
from envctl.spec.tree_file import TreeFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core.core_schema import WithDefaultSchema

    from envctl.kinds.kind import Kind

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithoutDefaults(GenerateJsonSchema):
    """Leaves defaults out: they are Python objects, and the texts of the fields say what is left out."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a field that has a default, as if it had none."""
        return self.generate_inner(schema["schema"])


def spec_schema(kinds: Sequence[Kind]) -> dict[str, Any]:
    """Return the schema of every spec file but environment.yaml."""
    definitions: dict[str, Any] = {}
    sections: dict[str, Any] = {}
    for kind in kinds:
        definitions[kind.name] = _partial(_model(kind.entry, definitions))
        entry: dict[str, Any] = {"$ref": f"#/$defs/{kind.name}"}
        if kind.shorthand is not None:
            entry = {"anyOf": [entry, {"type": ["string", "number", "boolean", "array"]}]}
        sections[kind.section] = {"type": "object", "additionalProperties": entry}
    return {
        "$schema": _DIALECT,
        "title": "envctl spec file",
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "$defs": definitions,
    }


def environment_schema(
    kinds: Sequence[Kind], stores: Mapping[str, type[BaseModel]], backend: type[BaseModel] | None = None
) -> dict[str, Any]:
    """Return the schema of environment.yaml.

    `stores` are the secret stores that can be configured, `backend` is the typed form of `secrets_backend:`.
    """
    definitions: dict[str, Any] = {}
    schema = _model(environment_model(stores, backend), definitions)
    definitions["ScopeEntry"] = _model(ScopeEntry, definitions)
    schema["properties"]["manage"] = {
        "type": "object",
        "description": schema["properties"]["manage"].get("description", ""),
        "properties": {kind.section: {"$ref": "#/$defs/ScopeEntry"} for kind in kinds},
        "additionalProperties": False,
    }
    return {"$schema": _DIALECT, **schema, "$defs": definitions}


def tree_schema() -> dict[str, Any]:
    """Return the schema of envctl.yaml."""
    return {"$schema": _DIALECT, **_model(TreeFile, {})}


def _model(model: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a model's schema, its definitions moved to where the whole schema keeps them."""
    schema: dict[str, Any] = model.model_json_schema(by_alias=True, schema_generator=_WithoutDefaults)
    definitions.update(schema.pop("$defs", {}))
    return schema


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    """Require nothing: a file may lay just one key over a layer; `validate` sees the whole."""
    return {key: value for key, value in schema.items() if key not in ("required", "anyOf")}
