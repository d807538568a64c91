"""The JSON Schema of one change in a report."""

from __future__ import annotations

from envctl.model.change import Action, Reason
from envctl.model.outcome import Outcome
from envctl.model.verdict import Verdict
from envctl.report.schema_shapes import TEXT, TEXT_OR_NULL, list_of, object_of, values_of

FIELD = object_of(
    {
        "path": TEXT,
        "verdict": values_of(Verdict),
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
CHANGE = object_of(
    {
        "address": TEXT,
        "action": values_of(Action),
        "reason": values_of(Reason),
        "source": TEXT_OR_NULL,
        "fields": list_of(FIELD),
        "by": {
            **object_of({"actor": TEXT, "time": TEXT}, "actor", "time"),
            "description": "Who else wrote the object since the last apply, by Airflow's event log.",
        },
        "versions": {
            **list_of(object_of({"reference": TEXT, "applied": TEXT_OR_NULL, "desired": TEXT}, "reference")),
            "description": "The versions of its secrets in their stores, applied last and now.",
        },
        "blocked": {**TEXT, "description": "Why the change cannot be carried out although it is due."},
        "store": {
            **object_of(
                {"kind": {"const": "vault"}, "path": TEXT, "version": {"type": ["integer", "null"]}},
                "kind",
                "path",
                "version",
            ),
            "description": "Where the object is kept when that is not Airflow's database.",
        },
        "outcome": values_of(Outcome),
        "error": TEXT,
    },
    "address",
    "action",
    "reason",
    "source",
    "fields",
)
