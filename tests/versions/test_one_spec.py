"""The same spec on Airflow 2.11 and on Airflow 3.3: the same plans, the same words, the same end."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.faults import delay
from tests.versions.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.versions.conftest import Place

pytestmark = pytest.mark.server

FURTHER = """
connections:
  bare: {conn_type: http}
  spare: {conn_type: http, host: h}
variables:
  with/slash and space: {value: kept, description: d}
  emptied: {value: v, description: gone soon}
pools:
  default_pool: {slots: 64}
"""
LESS = """
connections:
  bare: {conn_type: http, login: somebody}
variables:
  with/slash and space: {value: moved}
  emptied: {value: v}
pools:
  default_pool: {slots: 64}
"""


def on_both(places: dict[str, Place], step: Callable[[Place], Any]) -> Any:
    """Do something on both Airflows and give what came of it, which is to be the same."""
    old, new = (step(place) for place in places.values())
    assert old == new
    return new


def applied(place: Place) -> Any:
    done = place.json("apply", "dev", "--allow-empty")
    assert done.code == 0, done.said
    return told(done)


def diff(place: Place) -> Any:
    done = place.json("diff", "dev")
    return done.code, told(done)


def stored(place: Place) -> Any:
    """Give what there is, as far as both APIs tell it: Airflow 3 writes JSON anew when it is read."""
    api, keys = place.api, {"variables": ("value", "description"), "pools": ("slots", "description")}
    found = {
        f"{section}/{name}": [_parsed(one[key]) for key in fields]
        for section, fields in keys.items()
        for name, one in api.all(section).items()
    }
    fields = ("conn_type", "description", "host", "login", "schema", "port", "extra")
    for name in api.all("connections"):
        one = api.connection(name)
        found[f"connections/{name}"] = [_parsed(one[field]) for field in fields]
    return {address: one for address, one in found.items() if "/unmanaged" not in address}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def test_from_nothing_to_converged_and_nothing_more(places: dict[str, Place]) -> None:
    for place in places.values():
        place.write(FURTHER)
    code, report = on_both(places, diff)
    assert code == 2
    assert report["summary"]["create"] > 10
    assert on_both(places, applied)["converged"] is True
    on_both(places, stored)
    code, report = on_both(places, diff)
    assert (code, report["changes"], report["unverifiable"]) == (0, [], [])
    for place in places.values():
        place.proxy.calm()
    on_both(places, applied)
    assert [place.proxy.all_writes for place in places.values()] == [[], []]


def test_what_moves_is_told_and_put_right(places: dict[str, Place]) -> None:
    """Drift, conflict, deletion outside, a rotated secret, and objects that the spec gives up."""
    for place in places.values():
        place.write(FURTHER)
    on_both(places, applied)
    for place in places.values():
        api = place.api
        api.set_variable("batch_size", "51")
        api.set_variable("with/slash and space", "theirs", description="d")
        api.delete("pools", "gpu")
        api.delete("variables", "model_bucket")
        api.call(
            "PATCH",
            "/connections/model_registry?update_mask=host",
            {"connection_id": "model_registry", "conn_type": "http", "host": "theirs"},
        )
        place.envctl.secrets["PG_PASSWORD"] = "versions-pg-password-rotated-2"
        place.write(LESS)
    code, report = on_both(places, diff)
    assert code == 2
    reasons = {one["address"]: (one["action"], one["reason"]) for one in report["changes"]}
    assert reasons == {
        "connection/bare": ("update", "spec_changed"),
        "connection/features_db": ("rewrite", "secret_rotated"),
        "connection/model_registry": ("update", "drift"),
        "connection/spare": ("delete", "removed_from_spec"),
        "pool/gpu": ("create", "deleted_outside"),
        "variable/batch_size": ("update", "drift"),
        "variable/emptied": ("update", "spec_changed"),
        "variable/model_bucket": ("create", "deleted_outside"),
        "variable/with/slash and space": ("update", "conflict"),
    }
    actors = {one["address"]: one["by"]["actor"] for one in report["changes"] if "by" in one}
    assert set(actors.values()) == {"admin"}
    assert {"variable/batch_size", "pool/gpu", "connection/model_registry"} <= set(actors)
    assert on_both(places, applied)["converged"] is True
    on_both(places, stored)
    code, report = on_both(places, diff)
    assert (code, report["changes"], report["unverifiable"]) == (0, [], [])


def test_a_saved_plan_says_the_same(places: dict[str, Place]) -> None:
    def planned(place: Place) -> Any:
        done = place.envctl("plan", "dev", "--out", "plan")
        assert done.code == 2, done.said
        carried_out = place.json("apply", "dev", "--plan", "plan")
        assert carried_out.code == 0, carried_out.said
        report = told(carried_out)
        report.pop("plan")
        return report

    for place in places.values():
        place.write(FURTHER)
    assert on_both(places, planned)["converged"] is True


def test_a_killed_apply_is_ended_by_the_next(places: dict[str, Place]) -> None:
    for place in places.values():
        place.write(FURTHER)
        method = "POST" if place.api.prefix == "/api/v1" else "PATCH"
        place.proxy.on(method, "/variables", delay(20), nth={1})
        with place.envctl.started("apply", "dev") as running:
            place.proxy.wait_for(method, "/variables", 1)
            running.process.send_signal(signal.SIGKILL)
            running.process.wait()
        place.proxy.calm()
        assert place.json("apply", "dev").json["converged"] is True
    on_both(places, stored)
    assert on_both(places, diff)[0] == 0
