"""The JSON Schema of the JSON reports, version 1."""

from __future__ import annotations

from typing import Any

from envctl.model.change import Action, Reason
from envctl.model.outcome import Outcome
from envctl.model.verdict import Verdict
from envctl.report.json_report import FORMAT_VERSION
from envctl.report.state import State

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_COUNTS = (*(action.value for action in Action), "in_sync", "unverifiable", "unmanaged", "refused")


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _values(enumeration: Any) -> dict[str, Any]:
    return {"enum": [one.value for one in enumeration]}


_FIELD = _object(
    {
        "path": _TEXT,
        "verdict": _values(Verdict),
        "live": {
            "description": "What the instance has; no key when it lacks the leaf or it may not be shown."
        },
        "desired": {
            "description": "What the spec wants; a secret as its reference; no key when it lacks the leaf."
        },
        "live_masked": {"const": True, "description": "Airflow hides what it has."},
        "live_hidden": {"const": True, "description": "It can be read, but stands where a secret belongs."},
        "secret": {"const": True, "description": "The spec's value comes from a secret source."},
    },
    "path",
    "verdict",
)
_CHANGE = _object(
    {
        "address": _TEXT,
        "action": _values(Action),
        "reason": _values(Reason),
        "source": _TEXT_OR_NULL,
        "fields": _list(_FIELD),
        "blocked": {**_TEXT, "description": "Why the change cannot be carried out although it is due."},
        "outcome": _values(Outcome),
        "error": _TEXT,
    },
    "address",
    "action",
    "reason",
    "source",
    "fields",
)
_DIAGNOSTIC = _object(
    {
        "severity": {"enum": ["error", "warning"]},
        "message": _TEXT,
        "source": _TEXT_OR_NULL,
        "hint": _TEXT_OR_NULL,
    },
    "severity",
    "message",
    "source",
    "hint",
)
_ENVIRONMENT = {
    "environment": _TEXT_OR_NULL,
    "instance": _object({"url": _TEXT, "airflow_version": _TEXT}, "url", "airflow_version"),
    "revision": _object({"git": _TEXT_OR_NULL, "dirty": {"type": "boolean"}}, "git", "dirty"),
    "summary": _object(dict.fromkeys(_COUNTS, _COUNT), *_COUNTS),
    "changes": _list(_CHANGE),
    "unverifiable": _list(_object({"address": _TEXT, "fields": _list(_TEXT)}, "address", "fields")),
    "unmanaged": _list(_TEXT),
    "refusals": _list(_TEXT),
    "diagnostics": _list(_DIAGNOSTIC),
    "error": _object({"message": _TEXT, "hint": _TEXT_OR_NULL}, "message", "hint"),
    "state": _values(State),
    "converged": {"type": ["boolean", "null"]},
    "interrupted": _TEXT_OR_NULL,
    "valid": {"type": "boolean"},
    "entries": {"type": "object", "additionalProperties": _COUNT},
}


def report_schema() -> dict[str, Any]:
    """Return the schema of what `--format json` prints for validate, diff, apply and status."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"envctl report, version {FORMAT_VERSION}",
        **_object(
            {
                "format_version": {"const": FORMAT_VERSION},
                "command": {"enum": ["validate", "diff", "apply", "status"]},
                **_ENVIRONMENT,
                "environments": _list({"$ref": "#/$defs/environment"}),
            },
            "format_version",
            "command",
        ),
        "$defs": {"environment": _object(_ENVIRONMENT, "environment")},
    }
