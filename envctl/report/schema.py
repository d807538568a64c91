"""The JSON Schema of the JSON reports, version 1."""

from __future__ import annotations

from typing import Any

from envctl.model.change import Action, Reason
from envctl.model.checkup import Health
from envctl.model.ledger_state import Fingerprints
from envctl.model.outcome import Outcome
from envctl.model.verdict import Verdict
from envctl.report.json_report import FORMAT_VERSION
from envctl.report.state import State

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
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
        "live_unsaid": {"const": True, "description": "Airflow 2 does not tell whether there is anything."},
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
        "by": {
            **_object({"actor": _TEXT, "time": _TEXT}, "actor", "time"),
            "description": "Who else wrote the object since the last apply, by Airflow's event log.",
        },
        "versions": {
            **_list(_object({"reference": _TEXT, "applied": _TEXT_OR_NULL, "desired": _TEXT}, "reference")),
            "description": "The versions of its secrets in their stores, applied last and now.",
        },
        "blocked": {**_TEXT, "description": "Why the change cannot be carried out although it is due."},
        "store": {
            **_object(
                {"kind": {"const": "vault"}, "path": _TEXT, "version": {"type": ["integer", "null"]}},
                "kind",
                "path",
                "version",
            ),
            "description": "Where the object is kept when that is not Airflow's database.",
        },
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
_REVISION = _object({"git": _TEXT_OR_NULL, "dirty": {"type": "boolean"}}, "git", "dirty")
_COUNTS_BY_NAME = {"type": "object", "additionalProperties": _COUNT}
_HISTORY_RECORD = _object(
    {
        "serial": _COUNT,
        "time": _TEXT,
        "actor": _TEXT,
        "revision": _REVISION,
        "counts": _COUNTS_BY_NAME,
        "plan": _TEXT_OR_NULL,
    },
    "serial",
    "time",
    "actor",
    "revision",
    "counts",
    "plan",
)
_LEDGER = _object(
    {
        "owner": _TEXT,
        "serial": _COUNT,
        "time": _TEXT_OR_NULL,
        "actor": _TEXT_OR_NULL,
        "problem": _TEXT_OR_NULL,
        "bytes": _COUNT,
        "objects": {**_COUNTS_BY_NAME, "description": "How many, by kind."},
        "fingerprints": _object(dict.fromkeys(Fingerprints._fields, _COUNT), *Fingerprints._fields),
        "addresses": _list(_TEXT),
        "history": {**_list(_HISTORY_RECORD), "description": "Newest first."},
    },
    "owner",
    "serial",
    "time",
    "actor",
    "problem",
)
_OTHER_LEDGER = _object(
    {
        "owner": _TEXT,
        "serial": _COUNT,
        "objects": {"type": ["integer", "null"], "minimum": 0},
        "problem": _TEXT_OR_NULL,
    },
    "owner",
    "serial",
    "objects",
    "problem",
)
_REFERENCE = _object(
    {
        "reference": _TEXT,
        "ok": {"type": "boolean"},
        "secret": {"type": "boolean", "description": "Whether it comes from a secret source."},
        "version": _TEXT_OR_NULL,
        "length": {**_TEXT_OR_NULL, "description": "About how long it is, such as 16-31."},
        "problem": _TEXT_OR_NULL,
        "hint": _TEXT_OR_NULL,
        "uses": _list(_object({"object": _TEXT, "path": _TEXT, "source": _TEXT}, "object", "path", "source")),
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
    "additionalProperties": {"type": "object", "additionalProperties": _TEXT},
}
_CHECK = _object(
    {"name": _TEXT, "state": _values(Health), "found": _TEXT, "advice": _TEXT_OR_NULL},
    "name",
    "state",
    "found",
    "advice",
)
_ENVIRONMENT = {
    "environment": _TEXT_OR_NULL,
    "instance": _object({"url": _TEXT, "airflow_version": _TEXT}, "url", "airflow_version"),
    "revision": _REVISION,
    "ledger": {"anyOf": [{"type": "null"}, _LEDGER]},
    "other_ledgers": _list(_OTHER_LEDGER),
    "was_damaged": _TEXT_OR_NULL,
    "adopted": _list(_TEXT),
    "differing": _list(_TEXT),
    "absent": _list(_TEXT),
    "owner": _TEXT,
    "released": _list(_TEXT),
    "doomed": _list(_TEXT),
    "summary": _object(dict.fromkeys(_COUNTS, _COUNT), *_COUNTS),
    "changes": _list(_CHANGE),
    "unverifiable": _list(
        _object({"address": _TEXT, "fields": _list(_TEXT), "why": _TEXT_OR_NULL}, "address", "fields", "why")
    ),
    "unmanaged": _list(_TEXT),
    "foreign": _list(_object({"address": _TEXT, "owner": _TEXT}, "address", "owner")),
    "kept": _list(_TEXT),
    "left_out": _list(_object({"address": _TEXT, "action": _values(Action)}, "address", "action")),
    "not_compared": _list(_TEXT),
    "config": _TEXTS_BY_SECTION,
    "secret": _TEXTS_BY_SECTION,
    "plan": _TEXT_OR_NULL,
    "refusals": _list(_TEXT),
    "refused_by": _list(
        _object({"rule": _TEXT, "message": _TEXT, "flag": _TEXT_OR_NULL}, "rule", "message", "flag")
    ),
    "diagnostics": _list(_DIAGNOSTIC),
    "error": _object({"message": _TEXT, "hint": _TEXT_OR_NULL, "reasons": _list(_TEXT)}, "message", "hint"),
    "state": _values(State),
    "converged": {"type": ["boolean", "null"]},
    "interrupted": _TEXT_OR_NULL,
    "valid": {"type": "boolean"},
    "entries": _COUNTS_BY_NAME,
    "references": _list(_REFERENCE),
    "checks": _list(_CHECK),
}


def report_schema() -> dict[str, Any]:
    """Return the schema of what `--format json` prints for the commands that it names."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"envctl report, version {FORMAT_VERSION}",
        **_object(
            {
                "format_version": {"const": FORMAT_VERSION},
                "command": {"enum": list(_COMMANDS)},
                **_ENVIRONMENT,
                "environments": _list({"$ref": "#/$defs/environment"}),
            },
            "format_version",
            "command",
        ),
        "$defs": {"environment": _object(_ENVIRONMENT, "environment")},
    }
