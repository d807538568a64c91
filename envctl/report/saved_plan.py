"""A saved plan as the text of its file, and back.

    {"plan_format": 2, "envctl": "0.1.0", "digest": "...", "plan": {...}}

The digest covers everything else in the file, and a file whose bytes are not exactly those that envctl
would write is refused too: nothing in it can be edited by hand unnoticed. It is no signature: whoever
means to deceive can make another one.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace

from envctl.errors import PlanFileError, PlanUnfit
from envctl.model.plan import Instance, LedgerNote, Plan, Revision
from envctl.model.policy import Protection
from envctl.model.saved import SavedPlan
from envctl.report.plan_digest import digest_of, short
from envctl.report.saved_parts import (
    comparison_document,
    comparison_of,
    diagnostic_document,
    diagnostic_of,
    options_document,
    options_of,
    pins_of,
    refusal_document,
    refusal_of,
    seen_document,
    seen_of,
)

FORMAT = 2
_KEYS = ["plan_format", "envctl", "digest", "plan"]
_ENVCTL = "envctl plan ENV --out FILE"


def file_text(saved: SavedPlan) -> str:
    """Return what the file of a plan holds."""
    return _text(_whole(saved.version, _content(saved)))


def with_digest(saved: SavedPlan) -> SavedPlan:
    """Return the saved plan with its digest, as reports show it, in its plan."""
    digest = short(_whole(saved.version, _content(saved))["digest"])
    return replace(saved, plan=replace(saved.plan, digest=digest))


def read_saved_plan(data: bytes, name: str) -> SavedPlan:
    """Return the plan that the content of a file holds; `name` is the file's, for messages.

    Raises PlanFileError when it holds none that this envctl can read, PlanUnfit when it was edited.
    """
    document = _document(data, name)
    if not _is_genuine(document, data):
        raise PlanUnfit(
            f"{name} was edited, or damaged, since envctl wrote it: its digest is wrong",
            (),
            hint=f"make the plan anew: {_ENVCTL}",
        )
    try:
        saved = _saved(document["plan"], str(document["envctl"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _no_plan(name, "it lacks parts") from None
    return replace(saved, plan=replace(saved.plan, digest=short(document["digest"])))


def _document(data: bytes, name: str) -> dict[str, Any]:
    """Return the outermost object of a file, once it is clear that this envctl knows its format."""
    try:
        document = json.loads(data.decode())
    except json.JSONDecodeError as error:
        problem = f"it is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise _no_plan(name, problem) from None
    except (ValueError, RecursionError):
        raise _no_plan(name, "it is no JSON") from None
    if not isinstance(document, dict) or "plan_format" not in document:
        raise _no_plan(name, "it has no plan_format")
    _check_format(document, name)
    if list(document) != _KEYS:
        raise _no_plan(name, "it lacks parts, or has others")
    return document


def _check_format(document: dict[str, Any], name: str) -> None:
    """Raise PlanFileError for a file of another format; in one of an older format too little is pinned."""
    version = document["plan_format"]
    if type(version) is not int or version < 1:
        raise _no_plan(name, "it lacks parts, or has others")
    if version == FORMAT:
        return
    age, what_next = ("a newer", "use that envctl, or a newer one")
    if version < FORMAT:
        age, what_next = ("an older", f"make the plan anew: {_ENVCTL}")
    raise PlanFileError(
        f"{name} was written by {age} envctl ({document.get('envctl')}): its format is {version},"
        f" this one knows {FORMAT}",
        hint=what_next,
    )


def _no_plan(name: str, why: str) -> PlanFileError:
    return PlanFileError(f"{name} holds no saved plan: {why}", hint=f"make one with {_ENVCTL}")


def _whole(version: Any, content: Any) -> dict[str, Any]:
    """Return the outermost object, with the digest of everything in it."""
    signed = {"plan_format": FORMAT, "envctl": version, "plan": content}
    return {"plan_format": FORMAT, "envctl": version, "digest": digest_of(signed), "plan": content}


def _is_genuine(document: dict[str, Any], data: bytes) -> bool:
    try:
        whole = _whole(document["envctl"], document["plan"])
        return whole["digest"] == document["digest"] and _text(whole).encode() == data
    except RecursionError:
        return False


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1) + "\n"


def _content(saved: SavedPlan) -> dict[str, Any]:
    plan = saved.plan
    return {
        "environment": plan.environment,
        "instance": asdict(plan.instance),
        "revision": asdict(plan.revision),
        "ledger": asdict(plan.ledger) if plan.ledger else None,
        "time": plan.time.isoformat() if plan.time else None,
        "protection": plan.protection.value,
        "options": options_document(saved.options),
        "owner": saved.owner,
        "serial": saved.serial,
        "seen": seen_document(saved.seen),
        "salt": saved.salt,
        "spec": saved.spec,
        "refusals": [refusal_document(one) for one in plan.refusals],
        "diagnostics": [diagnostic_document(one) for one in plan.diagnostics],
        "comparison": comparison_document(plan.comparison, saved.pins),
    }


def _saved(content: dict[str, Any], version: str) -> SavedPlan:
    ledger, revision, time = content["ledger"], content["revision"], content["time"]
    comparison = content["comparison"]
    plan = Plan(
        environment=str(content["environment"]),
        instance=Instance(str(content["instance"]["url"]), str(content["instance"]["airflow_version"])),
        revision=Revision(_text_or_none(revision["commit"]), revision["dirty"] is True),
        comparison=comparison_of(comparison),
        protection=Protection(content["protection"]),
        refusals=tuple(map(refusal_of, content["refusals"])),
        diagnostics=tuple(map(diagnostic_of, content["diagnostics"])),
        ledger=_note(ledger) if ledger else None,
        time=datetime.fromisoformat(time) if time else None,
    )
    return SavedPlan(
        plan=plan,
        options=options_of(content["options"]),
        owner=str(content["owner"]),
        serial=int(content["serial"]),
        spec=str(content["spec"]),
        salt=str(content["salt"]),
        seen=seen_of(content["seen"]),
        version=version,
        pins=pins_of(comparison),
    )


def _note(content: dict[str, Any]) -> LedgerNote:
    return LedgerNote(
        owner=str(content["owner"]),
        serial=int(content["serial"]),
        time=_text_or_none(content["time"]),
        actor=_text_or_none(content["actor"]),
        problem=_text_or_none(content["problem"]),
    )


def _text_or_none(content: Any) -> str | None:
    return None if content is None else str(content)
