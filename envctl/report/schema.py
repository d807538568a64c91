"""The JSON Schema of the JSON reports, version 1."""

from __future__ import annotations

from typing import Any

from envctl.model.change import Action
from envctl.model.checkup import Health
from envctl.model.ledger_state import Fingerprints
from envctl.report.json_report import FORMAT_VERSION
from envctl.report.schema_change import CHANGE
from envctl.report.schema_shapes import COUNT, TEXT, TEXT_OR_NULL, list_of, object_of, values_of
from envctl.report.state import State

_COMMANDS = (
    "validate",
    "diff",
    "plan",
    "show",
    "apply",
    "status",
    "ledger show",
    "ledger repair",
    "ledger forget",
    "release",
    "secrets check",
    "doctor",
    "render",
)
_COUNTS = (
    *(action.value for action in Action),
    "in_sync",
    "unverifiable",
    "unmanaged",
    "foreign",
    "kept",
    "refused",
)
_DIAGNOSTIC = object_of(
    {
        "severity": {"enum": ["error", "warning"]},
        "message": TEXT,
        "source": TEXT_OR_NULL,
        "hint": TEXT_OR_NULL,
    },
    "severity",
    "message",
    "source",
    "hint",
)
_REVISION = object_of({"git": TEXT_OR_NULL, "dirty": {"type": "boolean"}}, "git", "dirty")
_COUNTS_BY_NAME = {"type": "object", "additionalProperties": COUNT}
_HISTORY_RECORD = object_of(
    {
        "serial": COUNT,
        "time": TEXT,
        "actor": TEXT,
        "revision": _REVISION,
        "counts": _COUNTS_BY_NAME,
        "plan": TEXT_OR_NULL,
    },
    "serial",
    "time",
    "actor",
    "revision",
    "counts",
    "plan",
)
_LEDGER = object_of(
    {
        "owner": TEXT,
        "serial": COUNT,
        "time": TEXT_OR_NULL,
        "actor": TEXT_OR_NULL,
        "problem": TEXT_OR_NULL,
        "bytes": COUNT,
        "objects": {**_COUNTS_BY_NAME, "description": "How many, by kind."},
        "fingerprints": object_of(dict.fromkeys(Fingerprints._fields, COUNT), *Fingerprints._fields),
        "addresses": list_of(TEXT),
        "history": {**list_of(_HISTORY_RECORD), "description": "Newest first."},
    },
    "owner",
    "serial",
    "time",
    "actor",
    "problem",
)
_OTHER_LEDGER = object_of(
    {
        "owner": TEXT,
        "serial": COUNT,
        "objects": {"type": ["integer", "null"], "minimum": 0},
        "problem": TEXT_OR_NULL,
    },
    "owner",
    "serial",
    "objects",
    "problem",
)
_REFERENCE = object_of(
    {
        "reference": TEXT,
        "ok": {"type": "boolean"},
        "secret": {"type": "boolean", "description": "Whether it comes from a secret source."},
        "version": TEXT_OR_NULL,
        "length": {**TEXT_OR_NULL, "description": "About how long it is, such as 16-31."},
        "problem": TEXT_OR_NULL,
        "hint": TEXT_OR_NULL,
        "uses": list_of(
            object_of({"object": TEXT, "path": TEXT, "source": TEXT}, "object", "path", "source")
        ),
    },
    "reference",
    "ok",
    "secret",
    "version",
    "length",
    "problem",
    "hint",
    "uses",
)
_TEXTS_BY_SECTION = {
    "type": "object",
    "additionalProperties": {"type": "object", "additionalProperties": TEXT},
}
_CHECK = object_of(
    {"name": TEXT, "state": values_of(Health), "found": TEXT, "advice": TEXT_OR_NULL},
    "name",
    "state",
    "found",
    "advice",
)
_ENVIRONMENT = {
    "environment": TEXT_OR_NULL,
    "instance": object_of({"url": TEXT, "airflow_version": TEXT}, "url", "airflow_version"),
    "revision": _REVISION,
    "ledger": {"anyOf": [{"type": "null"}, _LEDGER]},
    "other_ledgers": list_of(_OTHER_LEDGER),
    "was_damaged": TEXT_OR_NULL,
    "adopted": list_of(TEXT),
    "differing": list_of(TEXT),
    "absent": list_of(TEXT),
    "owner": TEXT,
    "released": list_of(TEXT),
    "doomed": list_of(TEXT),
    "summary": object_of(dict.fromkeys(_COUNTS, COUNT), *_COUNTS),
    "changes": list_of(CHANGE),
    "unverifiable": list_of(
        object_of({"address": TEXT, "fields": list_of(TEXT), "why": TEXT_OR_NULL}, "address", "fields", "why")
    ),
    "unmanaged": list_of(TEXT),
    "foreign": list_of(object_of({"address": TEXT, "owner": TEXT}, "address", "owner")),
    "kept": list_of(TEXT),
    "left_out": list_of(object_of({"address": TEXT, "action": values_of(Action)}, "address", "action")),
    "not_compared": list_of(TEXT),
    "config": _TEXTS_BY_SECTION,
    "secret": _TEXTS_BY_SECTION,
    "plan": TEXT_OR_NULL,
    "refusals": list_of(TEXT),
    "refused_by": list_of(
        object_of({"rule": TEXT, "message": TEXT, "flag": TEXT_OR_NULL}, "rule", "message", "flag")
    ),
    "diagnostics": list_of(_DIAGNOSTIC),
    "error": object_of({"message": TEXT, "hint": TEXT_OR_NULL, "reasons": list_of(TEXT)}, "message", "hint"),
    "state": values_of(State),
    "converged": {"type": ["boolean", "null"]},
    "interrupted": TEXT_OR_NULL,
    "valid": {"type": "boolean"},
    "entries": _COUNTS_BY_NAME,
    "references": list_of(_REFERENCE),
    "checks": list_of(_CHECK),
}


def report_schema() -> dict[str, Any]:
    """Return the schema of what `--format json` prints for the commands that it names."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"envctl report, version {FORMAT_VERSION}",
        **object_of(
            {
                "format_version": {"const": FORMAT_VERSION},
                "command": {"enum": list(_COMMANDS)},
                **_ENVIRONMENT,
                "environments": list_of({"$ref": "#/$defs/environment"}),
            },
            "format_version",
            "command",
        ),
        "$defs": {"environment": object_of(_ENVIRONMENT, "environment")},
    }
