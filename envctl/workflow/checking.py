"""What is asked of the files alone, and of secret stores: no instance is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import SpecError
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.model.lookup import Lookup
from envctl.request import Validated
from envctl.spec.tree import choose, open_tree, unused
from envctl.stages.checking import checked
from envctl.stages.loading import Draft, Loaded, draft, load, reader_for
from envctl.stages.opening import load_one

if TYPE_CHECKING:
    from envctl.errors import Diagnostic
    from envctl.model.checked import Checked
    from envctl.model.resource import Desired
    from envctl.request import Request


def validate(
    names: tuple[str, ...], request: Request
) -> tuple[tuple[Validated, ...], tuple[Diagnostic, ...]]:
    """Read environments, all of them when none is named, and return every mistake in them. Offline."""
    tree = open_tree(request.settings.root)
    chosen = choose(tree, names)
    reader = reader_for(tree, KINDS, request.settings)
    results: list[Validated] = []
    found: dict[Diagnostic, None] = {}
    for name in chosen:
        loaded = load(tree, reader, name, KINDS, settings=request.settings, lookup=request.lookup)
        found.update(dict.fromkeys(loaded.diagnostics if isinstance(loaded, Loaded) else loaded))
        counts = None
        if isinstance(loaded, Loaded):
            counts = {k.section: sum(1 for a in loaded.desired if a.kind == k.name) for k in loaded.kinds}
        results.append(Validated(name, counts))
    if not names and all(one.entries is not None for one in results):
        found.update(dict.fromkeys(unused(tree, reader.folders)))
    return tuple(results), tuple(found)


def check_secrets_of(name: str, request: Request) -> tuple[Checked, ...]:
    """Look up every reference of an environment; what stands in its instance is not asked for.

    Raises UsageError, and SpecError for mistakes that leave no telling which references there are.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    reader = reader_for(tree, KINDS, request.settings)
    drawn = draft(tree, reader, name, settings=request.settings, lookup=Lookup.ALL)
    if not isinstance(drawn, Draft):
        raise SpecError(drawn)
    if drawn.has_mistakes:
        raise SpecError(drawn.found)
    return checked(drawn, KINDS)


def expected_config(name: str, request: Request) -> tuple[Desired, ...]:
    """Return what a spec wants of an instance's airflow.cfg, a section each. Offline.

    Raises UsageError and SpecError.
    """
    loaded = load_one(open_tree(request.settings.root), name, request)
    names = {kind.name for kind in KINDS if kind.power is Power.OBSERVE}
    return tuple(one for address, one in loaded.desired.items() if address.kind in names)
