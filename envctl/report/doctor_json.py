"""Checks as JSON; see docs/reference/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envctl.model.checkup import Checkup


def doctor_json(checkup: Checkup) -> dict[str, Any]:
    """Return the checks of one environment; `instance` only when an Airflow answered."""
    content: dict[str, Any] = {"environment": checkup.environment}
    if checkup.url is not None and checkup.airflow_version is not None:
        content["instance"] = {"url": checkup.url, "airflow_version": checkup.airflow_version}
    content["checks"] = [
        {"name": one.name, "state": one.health.value, "found": one.found, "advice": one.advice}
        for one in checkup.checks
    ]
    return content
