"""Saved plans in the course of a command: made from a look at an instance, and held against a later one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from envctl import __version__
from envctl.engine.pinned import NO_KEY, held, within, written_since
from envctl.engine.pins import Pinner
from envctl.errors import Diagnostic, PlanUnfit, SettingsError
from envctl.ledger.fingerprints import new_salt
from envctl.model.address import Address
from envctl.model.node import Mapping, Node, Sequence
from envctl.model.saved import Options, SavedPlan
from envctl.model.verdict import Verdict
from envctl.report.saved_values import encoded
from envctl.spec.environment_form import BACKEND
from envctl.stages.watching import heard_since

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.airflow.instance import AirflowInstance
    from envctl.engine.past import Past
    from envctl.model.event import Event, Seen
    from envctl.model.plan import Comparison, Plan
    from envctl.model.resource import Reading
    from envctl.request import Request
    from envctl.stages.keeping import Opened
    from envctl.stages.loading import Loaded

_WHOLE = Address("", "spec")
"""Where the mark of the whole spec stands, among those of leaves."""


def saved_plan(
    loaded: Loaded, request: Request, plan: Plan, reading: Reading, opened: Opened, seen: Seen | None
) -> SavedPlan:
    """Return a plan with what is needed to tell later whether it still holds; `seen` is the newest event.

    Raises SettingsError when the key is missing without which no fingerprints may be made here.
    """
    salt = new_salt()
    pinner = Pinner(loaded.kinds, loaded.desired, reading.live, opened.past, salt)
    planned = (*plan.changes, *plan.comparison.adopted)
    pins = {change.address: pinner.pin(change.address) for change in planned}
    marks = [side for pin in pins.values() for side in (pin.desired, pin.live) if side is not None]
    spec = opened.past.prints.salted(salt).make(spec_text(loaded, plan.instance.url), str(_WHOLE))
    if not spec or any(not mark for one in marks for mark in one.fingerprints.values()):
        raise SettingsError(
            "the plan cannot be saved: the ledger's fingerprints were made with a key, which is not at hand",
            hint="set ENVCTL_FINGERPRINT_KEY to the key with which others apply here",
        )
    options = Options(request.prune, request.rewrite_secrets, request.allowed)
    owner, serial = loaded.owner, opened.ledger.serial
    return SavedPlan(plan, options, owner, serial, spec, salt, seen, __version__, pins)


def check_environment(request: Request, name: str) -> None:
    """Raise PlanUnfit when the saved plan of a request was made for another environment."""
    saved = request.saved
    if saved is not None and saved.plan.environment != name:
        made_for = f"{saved.plan.environment} ({saved.plan.instance.url})"
        raise PlanUnfit(
            f"the saved plan was made for {made_for}, not for {name}",
            (),
            hint=f"make one for {name}: envctl plan {name} --out FILE",
        )


def hold(
    loaded: Loaded,
    request: Request,
    comparison: Comparison,
    reading: Reading,
    opened: Opened,
    instance: AirflowInstance,
) -> tuple[Comparison, Opened]:
    """Return what of a comparison is left of the saved plan of a request, if there is one.

    What cannot be known of it is added to the diagnostics. Raises PlanUnfit with everything that has moved
    since the plan was made.
    """
    saved = request.saved
    if saved is None:
        return comparison, opened
    found = held(saved, comparison, loaded.kinds, loaded.desired, reading.live, opened.past)
    events, blind = _events(saved, instance, opened) if found.exposed else ((), None)
    reasons = (
        *_about_all(saved, loaded, request, instance, opened),
        *found.objections,
        *(text for address in sorted(found.exposed) for text in _touched(address, events)),
    )
    if reasons:
        count = f"{len(reasons)} reason{'' if len(reasons) == 1 else 's'}"
        name = saved.plan.environment
        raise PlanUnfit(
            f"the saved plan no longer holds, for {count}; nothing was written",
            reasons,
            hint=f"make a new one: envctl plan {name} --out FILE",
        )
    if blind is not None:
        opened = replace(opened, diagnostics=(*opened.diagnostics, _unseen(found.exposed, blind)))
    return only_planned(request, comparison), opened


def only_planned(request: Request, comparison: Comparison) -> Comparison:
    """Return the part of a comparison by which an apply of a saved plan is judged: that plan's objects."""
    saved = request.saved
    return comparison if saved is None else within(comparison, saved.planned)


def rewritten(request: Request, past: Past) -> frozenset[Address]:
    """Return the objects whose secrets need not be written again on the wish of a request's saved plan."""
    saved = request.saved
    return frozenset() if saved is None else written_since(saved, past)


def spec_text(loaded: Loaded, url: str) -> str:
    """Return everything in a spec that decides what is done, as one text to be marked.

    It has the objects as the spec wants them, references resolved where that is no secret, so that a
    parameter from the process counts and moved lines do not. A secret stands there as its reference, one
    written out in the spec as no more than that: no mark leads back to any. Whether its content has
    changed is for the marks of the single changes to tell.
    """
    loaded = loaded.as_written
    root = loaded.spec.root.entries
    content = {
        "environment": loaded.spec.name,
        "url": url,
        "owner": loaded.owner,
        "kinds": [kind.name for kind in loaded.kinds],
        "rules": {key: _unresolved(root[key]) for key in ("manage", "policy", BACKEND) if key in root},
        "objects": [
            [str(address), encoded(dict(one.fields)), one.protected]
            for address, one in sorted(loaded.desired.items())
        ],
    }
    return json.dumps(content, sort_keys=True, allow_nan=False)


def _about_all(
    saved: SavedPlan, loaded: Loaded, request: Request, instance: AirflowInstance, opened: Opened
) -> Iterable[str]:
    """Yield what is against the plan as a whole."""
    made_for, url = saved.plan.instance.url, instance.described.url
    if made_for != url:
        yield f"it was made for {made_for}, and {saved.plan.environment} is {url} now"
    if saved.owner != loaded.owner:
        yield f"it was made for owner {saved.owner}, and this spec tree is of owner {loaded.owner}"
    if opened.problem is None and opened.ledger.serial < saved.serial:
        yield (
            f"the ledger is back at apply #{opened.ledger.serial} from #{saved.serial}: another instance"
            " answers here, or an older state of it"
        )
    if request.strict:
        prints = opened.past.prints.salted(saved.salt)
        verdict = prints.check(spec_text(loaded, url), str(_WHOLE), saved.spec)
        if verdict is Verdict.UNVERIFIABLE:
            yield f"the spec as a whole {NO_KEY}"
        elif verdict is Verdict.DIFFERENT:
            yield "the spec has changed since, and --strict was given"


def _events(
    saved: SavedPlan, instance: AirflowInstance, opened: Opened
) -> tuple[tuple[Event, ...], str | None]:
    """Return the events of others since the plan was made, and why some may be missing."""
    if saved.seen is None:
        return (), "Airflow's event log could not be read when the plan was made"
    return heard_since(
        instance,
        saved.seen,
        opened.ledger.own,
        "Airflow's event log no longer reaches back to the plan",
    )


def _touched(address: Address, events: Iterable[Event]) -> Iterable[str]:
    event = next((event for event in events if event.touches(address)), None)
    if event is not None:
        when = event.time.strftime("%Y-%m-%d %H:%M:%S")
        yield (
            f"live moved: {address} was written by {event.actor} at {when} UTC, and Airflow hides what it has"
        )


def _unseen(exposed: Iterable[Address], why: str) -> Diagnostic:
    names = ", ".join(map(str, sorted(exposed)))
    problem = f"whether anybody wrote what Airflow hides of {names} since the plan was made is not known"
    return Diagnostic(problem, None, why, "warning")


def _unresolved(node: Node) -> Any:
    """Return a node as its file has it, without the places."""
    if isinstance(node, Mapping):
        return {key: _unresolved(child) for key, child in node.entries.items()}
    if isinstance(node, Sequence):
        return [_unresolved(item) for item in node.items]
    return [str(node.text), node.tag, node.plain]
